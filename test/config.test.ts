import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NO_SETTINGS, readConfig } from '../src/config';
import { isError } from '../src/errors';

const read = (environment: Record<string, string>): ReturnType<typeof readConfig> =>
  readConfig(environment, '/srv/hushtone');

function mistakesOf(environment: Record<string, string>): string {
  try {
    read(environment);
  } catch (error) {
    if (isError(error, 'config-invalid')) return error.detail;
    throw error;
  }
  return '';
}

describe('configuration', () => {
  it('has a default for every value', () => {
    expect(read({})).toEqual({
      connectorHosts: [],
      httpPort: 8080,
      httpHost: '127.0.0.1',
      publicUrl: null,
      ari: null,
      asteriskSignedOff: null,
      sipPort: 5060,
      rtpPorts: { from: 10000, to: 19999 },
      dataDir: '/srv/hushtone/data',
      flowsDir: '/srv/hushtone/flows',
      soundsDir: '/srv/hushtone/sounds',
      secretsFile: null,
      ariPasswordFile: null,
      logLevel: 'info',
    });
  });

  it('knows nothing of an operator once NO_SETTINGS is over it', () => {
    const operator = {
      HUSHTONE_ARI_URL: 'http://127.0.0.1:8088',
      HUSHTONE_ARI_PASSWORD_FILE: '/none',
      HUSHTONE_SIP_PORT: 'x',
    };
    expect(read({ ...operator, ...NO_SETTINGS })).toEqual(read({}));
  });

  it('is frozen', () => {
    expect(Object.isFrozen(read({}))).toBe(true);
  });

  it('takes an empty value as unset', () => {
    expect(read({ HUSHTONE_HTTP_PORT: '' }).httpPort).toBe(8080);
  });

  it('reports every mistake at once, with the name and what is allowed', () => {
    const mistakes = mistakesOf({
      HUSHTONE_HTTP_PORT: '80a',
      HUSHTONE_SIP_PORT: '70000',
      HUSHTONE_RTP_PORTS: '20000-10000',
      HUSHTONE_LOG_LEVEL: 'loud',
      HUSHTONE_ARI_URL: 'asterisk:8088',
    });
    expect(mistakes).toContain('HUSHTONE_HTTP_PORT is "80a"; allowed: a port from 1 to 65535, or 0 for any free one');
    expect(mistakes).toContain('HUSHTONE_SIP_PORT is "70000"');
    expect(mistakes).toContain('HUSHTONE_RTP_PORTS is "20000-10000"; allowed: two ports from 1024 to 65535');
    expect(mistakes).toContain('HUSHTONE_LOG_LEVEL is "loud"; allowed: debug, info, warn or error');
    expect(mistakes).toContain(
      'HUSHTONE_ARI_URL is "asterisk:8088"; allowed: an address that starts with http:// or https://',
    );
  });

  it('names a setting that does not exist', () => {
    expect(mistakesOf({ HUSHTONE_SIPPORT: '5070' })).toContain(
      'HUSHTONE_SIPPORT is not a setting; the settings are HUSHTONE_HTTP_PORT',
    );
  });

  it('needs a password for a configured Asterisk, and reads it from a file', () => {
    expect(mistakesOf({ HUSHTONE_ARI_URL: 'http://127.0.0.1:8088' })).toContain(
      'HUSHTONE_ARI_PASSWORD or HUSHTONE_ARI_PASSWORD_FILE must be',
    );
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'hushtone-config-')), 'password');
    writeFileSync(file, 'from-a-file\n');
    expect(read({ HUSHTONE_ARI_URL: 'http://127.0.0.1:8088/', HUSHTONE_ARI_PASSWORD_FILE: file }).ari).toEqual({
      url: 'http://127.0.0.1:8088',
      user: 'hushtone',
      password: 'from-a-file',
    });
  });

  it('never repeats a password in a message', () => {
    const mistakes = mistakesOf({
      HUSHTONE_ARI_URL: 'http://a',
      HUSHTONE_ARI_PASSWORD: 'hunter2',
      HUSHTONE_ARI_PASSWORD_FILE: '/nonexistent',
    });
    expect(mistakes).toContain('both set');
    expect(mistakes).not.toContain('hunter2');
  });

  it('takes a signature with a date only', () => {
    expect(read({ HUSHTONE_ASTERISK_SIGNED_OFF: 'A. Rao 2026-11-21' }).asteriskSignedOff).toBe('A. Rao 2026-11-21');
    for (const value of ['yes', 'A. Rao', '2026-11-21', 'A. Rao 21.11.2026'])
      expect(() => read({ HUSHTONE_ASTERISK_SIGNED_OFF: value })).toThrow('your name and the date');
  });
});
