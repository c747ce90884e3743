import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compareWithRecord } from '../../src/asterisk/package-record';
import { acquireSettings, mirrorsIn, packagesIn } from '../../src/asterisk/private-apt';
import { type ProvisionOptions, provision, provisionedRoot } from '../../src/asterisk/provision';

const PROJECT = path.join(__dirname, '../..');

describe('what is read from the apt of the machine', () => {
  it('is its Debian mirrors, security and update suites left out', () => {
    const printed = [
      "'http://mirror.example/debian/dists/bookworm/InRelease' mirror.example_debian_dists_bookworm_InRelease 0 ",
      "'http://mirror.example/debian/dists/bookworm-updates/InRelease' x 0 ",
      "'https://other.example/debian-security/dists/bookworm-security/InRelease' x 0 ",
      "'https://second.example/deb/debian/dists/trixie/InRelease' x 0 ",
      "'http://mirror.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' x 0 ",
    ].join('\n');
    expect(mirrorsIn(printed)).toEqual(['http://mirror.example/debian', 'https://second.example/deb/debian']);
  });

  it('is how to reach a mirror, without anything that would let unsigned lists pass', () => {
    const dump = [
      'APT::Update::Post-Invoke:: "rm -rf /var/cache/apt";',
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::AllowInsecureRepositories "1";',
      'Acquire::AllowDowngradeToInsecureRepositories "1";',
      'Acquire::Languages:: "de";',
    ].join('\n');
    expect(acquireSettings(dump)).toBe('Acquire::http::Proxy "http://proxy.example:3128";');
  });

  it('is the packages that apt resolved, with their epochs', () => {
    const printed =
      "'http://m/pool/a/asterisk_22.deb' asterisk_1%3a22.10.1+dfsg-1_amd64.deb 2534036 MD5Sum:aa\nReading lists\n";
    expect(packagesIn(printed)).toEqual([
      { name: 'asterisk', version: '1:22.10.1+dfsg-1', file: 'asterisk_1%3a22.10.1+dfsg-1_amd64.deb', size: 2534036 },
    ]);
  });
});

describe('the record of versions', () => {
  const recorded = {
    suite: 'forky',
    packages: { asterisk: { version: '1', sha256: 'aa' }, libc6: { version: '5', sha256: 'bb' } },
  };
  const found = (asterisk: string, sha256: string, libc6 = '5') => ({
    suite: 'forky',
    packages: { asterisk: { version: asterisk, sha256 }, libc6: { version: libc6, sha256: 'bb' } },
  });

  it('is silent when everything is as recorded, or nothing is', () => {
    expect(compareWithRecord(recorded, found('1', 'aa'), ['asterisk'])).toEqual({ warning: undefined, tampered: [] });
    expect(compareWithRecord(undefined, found('1', 'aa'), ['asterisk'])).toEqual({ warning: undefined, tampered: [] });
  });

  it('accepts newer versions with a warning', () => {
    const { warning, tampered } = compareWithRecord(recorded, found('2', 'cc', '6'), ['asterisk']);
    expect(tampered).toEqual([]);
    expect(warning).toBe('other versions than recorded: asterisk 2 (recorded: 1), 1 of the packages they need');
  });

  it('never accepts other bytes under the same version', () => {
    expect(compareWithRecord(recorded, found('1', 'cc'), ['asterisk']).tampered).toEqual(['asterisk']);
  });

  it('holds every set for both architectures', () => {
    const file = readFileSync(path.join(PROJECT, 'asterisk-config/packages.lock.json'), 'utf8');
    const record = JSON.parse(file) as Record<string, Record<string, { packages: Record<string, unknown> }>>;
    expect(Object.keys(record)).toEqual(['asterisk', 'speech', 'tones']);
    for (const architectures of Object.values(record))
      expect(Object.keys(architectures).sort()).toEqual(['amd64', 'arm64']);
    expect(file).not.toMatch(/https?:/);
  });
});

describe('provisioning', () => {
  let project: string;
  beforeEach(() => {
    project = mkdtempSync(path.join(tmpdir(), 'hushtone-provision-'));
    mkdirSync(path.join(project, 'asterisk-config'));
  });
  afterEach(() => {
    rmSync(project, { recursive: true, force: true });
  });

  const failureOf = async (
    options: Omit<ProvisionOptions, 'projectDir' | 'set'>,
  ): Promise<{ kind: string; message: string }> => {
    try {
      await provision({ projectDir: project, set: 'tones', ...options });
    } catch (error) {
      return error as { kind: string; message: string };
    }
    throw new Error('it succeeded');
  };

  /** A port of this machine on which nobody answers. */
  const closedPort = async (): Promise<number> => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    return typeof address === 'object' && address !== null ? address.port : 1;
  };

  it('says in one sentence that the mirror cannot be reached and what to do, and leaves nothing half done', async () => {
    const mirror = `http://127.0.0.1:${String(await closedPort())}/debian`;
    const { kind, message } = await failureOf({ environment: { ...process.env, HUSHTONE_DEBIAN_MIRROR: mirror } });
    expect(kind).toBe('mirror-unreachable');
    expect(message).toMatch(
      /^The Debian mirror http:\S+ cannot be reached: check the network .*HUSHTONE_DEBIAN_MIRROR.*\(log: .*\)\.$/,
    );
    expect(provisionedRoot(project, 'tones')).toBeUndefined();
    expect(readdirSync(path.join(project, '.cache'))).toEqual(['logs']);
  });

  it('says so where there is no apt', async () => {
    const { kind, message } = await failureOf({ environment: { PATH: '/nonexistent' } });
    expect(kind).toBe('no-apt');
    expect(message).toBe('This is no Debian system (apt-get is missing).');
  });

  it('returns what is in the cache without asking anybody', async () => {
    const steps: unknown[] = [];
    const { cached, root } = await provision({
      projectDir: PROJECT,
      set: 'asterisk',
      onProgress: (step) => steps.push(step),
    });
    expect({ cached, steps }).toEqual({ cached: true, steps: [] });
    expect(root).toBe(path.join(PROJECT, '.cache/asterisk/root'));
  });

  it('does not take a cache that was made for another list of packages', () => {
    mkdirSync(path.join(project, '.cache/tones'), { recursive: true });
    writeFileSync(path.join(project, '.cache/tones/provisioned.json'), '{ "stamp": "of an older list" }');
    expect(provisionedRoot(project, 'tones')).toBeUndefined();
  });
});
