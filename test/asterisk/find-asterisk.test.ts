import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findAsterisk } from '../../src/asterisk/find-asterisk';
import { HushtoneError } from '../../src/errors';

const PROJECT = path.join(__dirname, '../..');

describe('finding an Asterisk', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'hushtone-find-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  /** A program of this name on the PATH. */
  const program = (name: string, script: string): void => {
    writeFileSync(path.join(directory, name), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(directory, name), 0o755);
  };
  const failure = (): HushtoneError => {
    try {
      findAsterisk(directory, { PATH: directory });
    } catch (error) {
      if (error instanceof HushtoneError) return error;
      throw error;
    }
    throw new Error('one was found');
  };

  it('takes the unpacked one first', () => {
    program('asterisk', 'echo Asterisk 23.9.0');
    const found = findAsterisk(PROJECT, { PATH: directory });
    expect(found.origin).toBe('provisioned');
    expect(found.version).toMatch(/^Asterisk 2\d\./);
  });

  it('says what would help when there is none', () => {
    const { code, detail } = failure();
    expect(code).toBe('asterisk-unavailable');
    expect(detail).toMatch(/Debian 12 or newer.*install Asterisk 22\.10\.1.*Docker.*HUSHTONE_ARI_URL/);
  });

  it('names one that is too old and what is needed', () => {
    program('asterisk', 'echo Asterisk 20.6.0');
    const { code, detail } = failure();
    expect(code).toBe('asterisk-too-old');
    expect(detail).toBe(
      `${directory}/asterisk is "Asterisk 20.6.0"; allowed: 22.10.1 or newer of 22, or 23.4.1 or newer`,
    );
  });

  it('takes the image in Docker where that is all there is, with the network and the folders of the machine', () => {
    program('docker', 'exit 0');
    const found = findAsterisk(directory, { PATH: directory });
    expect(found.origin).toBe('docker');
    const run = found.commandLine(['-C', '/tmp/hushtone-x/etc/asterisk.conf', '-f'], '/tmp/hushtone-x').join(' ');
    expect(run).toMatch(/^docker run --rm .*--name hushtone-x --network host --user \d+:\d+ /);
    expect(run).toContain(
      `--volume /tmp/hushtone-x:/tmp/hushtone-x --volume ${directory}:${directory}:ro hushtone-asterisk -C`,
    );
    const control = found.commandLine(
      ['-C', '/tmp/hushtone-x/etc/asterisk.conf', '-rx', 'core show uptime'],
      '/tmp/hushtone-x',
    );
    expect(control.slice(0, 4)).toEqual(['docker', 'exec', 'hushtone-x', 'asterisk']);
  });
});
