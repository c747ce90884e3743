import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { renderFindings, signOffFinding } from '../../src/observe/findings';
import { inspectHost, type Host } from '../../src/observe/inspect-host';

const folder = mkdtempSync(path.join(tmpdir(), 'hushtone-host-'));
const HOST: Host = {
  nodeVersion: 'v20.19.0',
  now: Date.UTC(2026, 10, 21, 10, 40),
  timeZone: 'Asia/Kolkata',
  dataDir: path.join(folder, 'data'),
  secretsFile: null,
  ariPasswordFile: null,
  roomIn: () => ({ mb: 500, files: 1000 }),
};

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const wrong = (change: Partial<Host>): string[] =>
  inspectHost({ ...HOST, ...change })
    .filter(({ level }) => level !== 'ok')
    .map(({ level, about, found, todo }) => `${level} ${about}: ${found} -> ${todo}`);

describe('the machine of the engine', () => {
  it('is well, also before the first start', () => {
    expect(wrong({})).toEqual([]);
    expect(inspectHost(HOST).map(({ found }) => found)).toContain('2026-11-21 10:40 UTC; local time is Asia/Kolkata');
  });

  it.each(['v20.18.3', 'v18.20.0'])('is refused with Node.js %s', (nodeVersion) => {
    expect(wrong({ nodeVersion })).toEqual([`refused node: Node.js ${nodeVersion} -> install Node.js 20.19 or newer`]);
  });

  it.each([0o644, 0o666, 0o604, 0o620, 0o602])('warns of a secrets file of mode %i that others can get at', (mode) => {
    const secretsFile = path.join(folder, 'secrets.yaml');
    writeFileSync(secretsFile, 'a: b');
    chmodSync(secretsFile, mode);
    expect(wrong({ secretsFile })).toEqual([
      `warning secrets: other users can read or change the secrets file ${secretsFile} (mode ${mode.toString(8)}) -> run: chmod 600 ${secretsFile}`,
    ]);
  });

  it.each([0o600, 0o400, 0o640, 0o440])('takes a secrets file of mode %i', (mode) => {
    const secretsFile = path.join(folder, 'secrets.yaml');
    writeFileSync(secretsFile, 'a: b');
    chmodSync(secretsFile, mode);
    expect(wrong({ secretsFile })).toEqual([]);
    chmodSync(secretsFile, 0o600);
  });

  it('warns of the password of ARI in a file that others can read', () => {
    const ariPasswordFile = path.join(folder, 'ari-password');
    writeFileSync(ariPasswordFile, 'secret', { mode: 0o644 });
    chmodSync(ariPasswordFile, 0o644);
    expect(wrong({ ariPasswordFile })).toEqual([
      `warning secrets: other users can read or change the file with the password of ARI ${ariPasswordFile} (mode 644) -> run: chmod 600 ${ariPasswordFile}`,
    ]);
  });

  it('leaves a folder in the place of a secrets file to those who read it', () => {
    expect(wrong({ secretsFile: folder })).toEqual([]);
  });

  it('leaves a secrets file that is not there to those who read it', () => {
    expect(wrong({ secretsFile: path.join(folder, 'none.yaml') })).toEqual([]);
  });

  it('is refused while its clock has never been set', () => {
    expect(wrong({ now: 0 })).toEqual([
      'refused time: it is 1970-01-01 00:00 UTC here, so expiry dates and time limits would be wrong -> set the clock of this machine and run a time service (chrony, systemd-timesyncd)',
    ]);
  });
});

describe('what ARI cannot show', () => {
  it('is settled on a private Asterisk, and signed for on another', () => {
    expect(signOffFinding(true, null).level).toBe('ok');
    expect(signOffFinding(false, 'A. Rao 2026-11-21')).toMatchObject({
      level: 'ok',
      found: 'signed off by A. Rao 2026-11-21',
    });
  });

  it('is unverified until somebody signs, and the text says how', () => {
    expect(renderFindings([signOffFinding(false, null)])).toBe(
      [
        'unverified sign-off      core, RTP, SIP and ARI debugging, verbose level, CEL, AMI, HEP, core dumps and recordings are not visible from here',
        '                         -> go through "What ARI cannot show" of docs/operators/asterisk.md, then set HUSHTONE_ASTERISK_SIGNED_OFF to your name and the date',
        '',
        'Calls can be taken; 1 not verified.',
      ].join('\n'),
    );
  });
});

describe('the verdict', () => {
  const finding = { about: 'x', found: 'y', todo: '' };
  it.each([
    [[{ ...finding, level: 'ok' as const }], 'All is well.'],
    [[{ ...finding, level: 'warning' as const }], 'Calls can be taken; 1 to look at.'],
    [
      [
        { ...finding, level: 'refused' as const },
        { ...finding, level: 'refused' as const },
      ],
      'Not ready for calls: 2 things have to be put right.',
    ],
  ])('of %j', (findings, verdict) => {
    expect(renderFindings(findings).split('\n').pop()).toBe(verdict);
  });
});
