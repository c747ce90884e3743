import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fillIn } from '../../src/asterisk/config-template';

const CONFIG = path.join(__dirname, '../../asterisk-config');

describe('filling in a configuration file', () => {
  it('replaces the value of a marked line and nothing else', () => {
    const text = 'bindaddr = 127.0.0.1\nbindport = 8088   ;= http_port\n';
    expect(fillIn(text, { http_port: 4711 })).toBe('bindaddr = 127.0.0.1\nbindport = 4711\n');
  });

  it('understands the arrow form and the name of a section', () => {
    expect(fillIn('astrundir => /var/run/asterisk  ;= run_dir', { run_dir: '/tmp/x/run' })).toBe(
      'astrundir => /tmp/x/run',
    );
    expect(fillIn('[hushtone]      ;= ari_user', { ari_user: 'other' })).toBe('[other]');
  });

  it('keeps what the file says when there is no value', () => {
    const line = 'rtpend = 19999   ;= rtp_to';
    expect(fillIn(line, {})).toBe(line);
  });

  it('leaves comments alone', () => {
    expect(fillIn('; bindport = 8088 ;= http_port', { http_port: 1 })).toBe('; bindport = 8088 ;= http_port');
  });

  it('refuses a value that would add a line of its own', () => {
    expect(() => fillIn('password = x ;= ari_password', { ari_password: 'a\nread_only = no' })).toThrow(RangeError);
    expect(() => fillIn('password = x ;= ari_password', { ari_password: 'a;b' })).toThrow(RangeError);
  });
});

describe('the shipped configuration', () => {
  const files = readdirSync(CONFIG).filter((file) => file.endsWith('.conf'));
  const textOf = (file: string): string => readFileSync(path.join(CONFIG, file), 'utf8');
  /** Without comments. */
  const settingsOf = (file: string): string =>
    textOf(file)
      .split('\n')
      .map((line) => line.replace(/(^|\s);.*$/, '').trim())
      .filter((line) => line !== '')
      .join('\n');

  it('marks every value that has to differ between two Asterisks on one machine', () => {
    const names = files.flatMap((file) => [...textOf(file).matchAll(/;= (\w+)$/gm)].map((match) => match[1]));
    const wanted = [
      'etc_dir',
      'module_dir',
      'state_dir',
      'data_dir',
      'agi_dir',
      'spool_dir',
      'run_dir',
      'log_dir',
      'cache_dir',
    ];
    wanted.push('system_name', 'http_port', 'ari_user', 'ari_password', 'sip_bind', 'rtp_from', 'rtp_to');
    expect(new Set(names)).toEqual(new Set(wanted));
  });

  it('loads no module that passes on, writes out or records digits', () => {
    const modules = settingsOf('modules.conf');
    expect(modules).toContain('autoload = no');
    expect(modules).toContain('load = chan_pjsip.so');
    expect(modules).not.toMatch(
      /bridge_native_rtp|dtmf_info|pjsip_logger|pjsip_history|res_hep|mixmonitor|chanspy|app_record/,
    );
  });

  it('logs neither DTMF nor everything, keeps no CEL, opens no AMI and dumps no core', () => {
    expect(settingsOf('logger.conf')).not.toMatch(/dtmf|\*|debug|verbose/i);
    expect(settingsOf('cel.conf')).toContain('enable = no');
    expect(settingsOf('manager.conf')).toContain('enabled = no');
    expect(settingsOf('asterisk.conf')).toMatch(/dumpcore = no[^]*live_dangerously = no/);
  });

  it('keeps media in Asterisk and hears tones of every kind', () => {
    expect(settingsOf('pjsip.conf')).toMatch(
      /\[leg\]\(!\)[^[]*dtmf_mode = auto\ndirect_media = no\nallow_transfer = no/,
    );
  });

  it('hands calls to the engine before anything has answered them', () => {
    const dialplan = settingsOf('extensions.conf');
    const engine = /\[engine\]\n([^]*?)\n\[/.exec(dialplan)?.[1] ?? '';
    expect(engine).toContain('Stasis(hushtone)');
    expect(engine).not.toMatch(/Answer|Progress|Playback/);
  });
});
