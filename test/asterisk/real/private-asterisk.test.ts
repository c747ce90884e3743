import { execFile, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { closeAgainstDigits } from '../../../src/asterisk/console-control';
import * as freePorts from '../../../src/asterisk/free-ports';
import { removeLeftovers } from '../../../src/asterisk/leftovers';
import {
  type PrivateAsterisk,
  type PrivateAsteriskOptions,
  startPrivateAsterisk,
} from '../../../src/asterisk/private-asterisk';
import { provisionedRoot } from '../../../src/asterisk/provision';
import { unpackedCommand } from '../../../src/asterisk/unpacked';
import { HushtoneError } from '../../../src/errors';
import { PATIENCE_MS } from '../../../src/lab/patience';

const PROJECT = path.join(__dirname, '../../..');
const CONFIG = path.join(PROJECT, 'asterisk-config');
const APOLOGY = path.join(__dirname, '../support/apology.xml');

const start = (options: Partial<PrivateAsteriskOptions> = {}): Promise<PrivateAsterisk> =>
  startPrivateAsterisk({
    projectDir: PROJECT,
    configDir: CONFIG,
    soundsDir: path.join(PROJECT, 'sounds'),
    sipPort: 0,
    name: 'hushtone-test',
    ...options,
  });

const ask = async (asterisk: PrivateAsterisk, resource: string): Promise<unknown> => {
  const authorization = `Basic ${Buffer.from(`${asterisk.user}:${asterisk.password}`).toString('base64')}`;
  const response = await fetch(`${asterisk.ariUrl}/ari/${resource}`, { headers: { authorization } });
  return response.json();
};

const failureOf = async (starting: Promise<PrivateAsterisk>): Promise<HushtoneError> => {
  try {
    await (await starting).stop();
  } catch (error) {
    if (error instanceof HushtoneError) return error;
    throw error;
  }
  throw new Error('it started');
};

/** Asterisk takes a moment to be rid of a channel whose caller has been told that the call is over. */
async function untilIdle(asterisk: PrivateAsterisk): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await asterisk.control('core show channels count')).includes('0 active channels'))
    if (performance.now() >= deadline) throw new Error('a channel was left behind');
}

describe('a private Asterisk', () => {
  let asterisk: PrivateAsterisk;
  beforeAll(async () => {
    asterisk = await start();
  });
  afterAll(async () => {
    await asterisk.stop();
  });

  it('answers ARI with a supported version and the name it was given', async () => {
    const info = (await ask(asterisk, 'asterisk/info')) as { system: { version: string }; config: { name: string } };
    expect(asterisk.version).toContain(info.system.version);
    expect(info.config.name).toBe('hushtone-test');
  });

  it('has every module that was asked for running, and none that passes on or writes out digits', async () => {
    const modules = (await ask(asterisk, 'asterisk/modules')) as { name: string; status: string }[];
    const wanted = [...readFileSync(path.join(CONFIG, 'modules.conf'), 'utf8').matchAll(/^load = (\S+)/gm)].map(
      (match) => match[1],
    );
    const running = new Set(modules.filter((module) => module.status === 'Running').map((module) => module.name));
    expect(wanted.filter((name) => name !== undefined && !running.has(name))).toEqual([]);
    expect(
      modules
        .map((module) => module.name)
        .filter((name) => /native_rtp|logger\.so|hep|mixmonitor|dtmf_info/.test(name)),
    ).toEqual([]);
  });

  it('dumps no core, opens no AMI and listens on loopback alone', async () => {
    const settings = await asterisk.control('core show settings');
    expect(settings).toMatch(/Dump core on crash: +No/);
    expect(settings).toMatch(/Manager \(AMI\): +Disabled/);
    expect(settings).toMatch(/Call data records: +Disabled/);
    expect(settings).toMatch(/Debug level: +0/);
    expect(readFileSync(`/proc/${String(asterisk.pid)}/limits`, 'utf8')).toMatch(/Max core file size +0 +0/);
    expect(await asterisk.control('pjsip show transports')).toContain(`127.0.0.1:${String(asterisk.sipPort)}`);
  });

  it('keeps its password to its own user, and has another one at every start', async () => {
    const mode = spawnSync('stat', ['-c', '%a', asterisk.directory, path.join(asterisk.directory, 'etc/ari.conf')], {
      encoding: 'utf8',
    });
    expect(mode.stdout).toBe('700\n600\n');
    const second = await start();
    await second.stop();
    expect(second.password).not.toBe(asterisk.password);
    expect(asterisk.password.length).toBeGreaterThanOrEqual(32);
  });

  it('finds the recordings of the project', () => {
    expect(existsSync(path.join(asterisk.soundsDir, 'en/hushtone/catalog.yaml'))).toBe(true);
    expect(existsSync(path.join(asterisk.soundsDir, 'en/beep.wav'))).toBe(true);
  });

  it('speaks an apology to a caller when no engine is there, and ends the call', async () => {
    const sipp = unpackedCommand(provisionedRoot(PROJECT, 'asterisk') ?? '', 'usr/bin/sipp');
    const mediaPort = await freePorts.freePort('127.0.0.1', true);
    const ear = createSocket('udp4');
    let heard = 0;
    let loud = 0;
    ear.on('message', (packet) => {
      heard++;
      // u-law silence is 0xff and 0x7f; speech has bytes far from it.
      if (packet.subarray(12).some((byte) => (byte & 0x7f) < 0x40)) loud++;
    });
    await new Promise<void>((resolve) => ear.bind(mediaPort, '127.0.0.1', resolve));
    const sipPort = await freePorts.freePort('127.0.0.1', true);
    const args = [
      ...sipp.args,
      `127.0.0.1:${String(asterisk.sipPort)}`,
      '-sf',
      APOLOGY,
      '-s',
      '7001',
      '-m',
      '1',
      '-nostdin',
    ];
    args.push(
      '-i',
      '127.0.0.1',
      '-p',
      String(sipPort),
      '-mp',
      String(mediaPort),
      '-timeout',
      `${PATIENCE_MS / 1_000}s`,
      '-timeout_error',
    );
    try {
      // SIPp opens its media port only for scenarios that send media, so the ear above receives.
      await promisify(execFile)(sipp.command, args, { cwd: tmpdir(), env: { ...process.env, TERM: 'dumb' } });
    } finally {
      ear.close();
    }
    expect(heard).toBeGreaterThan(50);
    expect(loud).toBeGreaterThan(25);
    expect(readFileSync(asterisk.logFile, 'utf8')).not.toMatch(/does not exist in any format/);
    await untilIdle(asterisk);
  });

  it('runs beside another one', async () => {
    const second = await start();
    const both = [asterisk, second];
    expect(new Set(both.map((one) => one.sipPort)).size).toBe(2);
    for (const one of both) expect(await one.control('core show uptime')).toContain('System uptime');
    await second.stop();
  });
});

describe('the check that nothing lets digits out', () => {
  let asterisk: PrivateAsterisk;
  beforeEach(async () => {
    asterisk = await start();
  });
  afterEach(async () => {
    await asterisk.stop();
  });

  it('passes on the shipped configuration and switches debugging off', async () => {
    await asterisk.control('core set debug 5');
    await asterisk.control('rtp set debug on');
    await closeAgainstDigits(asterisk.control);
    expect(await asterisk.control('core show settings')).toMatch(/Debug level: +0/);
  });

  it('refuses a log that takes DTMF', async () => {
    await asterisk.control('logger add channel keys.log dtmf');
    await expect(closeAgainstDigits(asterisk.control)).rejects.toThrow(/log file of logger.conf takes DTMF/);
  });

  it('refuses the module that passes digits on', async () => {
    await asterisk.control('module load bridge_native_rtp.so');
    await expect(closeAgainstDigits(asterisk.control)).rejects.toMatchObject({ code: 'asterisk-unsafe' });
  });
});

describe('the end of a private Asterisk', () => {
  it('leaves no process and no folder', async () => {
    const asterisk = await start();
    await asterisk.stop();
    await asterisk.stop();
    // By itself: it is killed only when it takes too long.
    expect(await asterisk.exited).toMatchObject({ code: 0, unexpected: false });
    expect(existsSync(`/proc/${String(asterisk.pid)}`)).toBe(false);
    expect(existsSync(asterisk.directory)).toBe(false);
  });

  it('is told, with the end of its log, when nobody asked for it', async () => {
    const asterisk = await start();
    process.kill(asterisk.pid, 'SIGKILL');
    const exit = await asterisk.exited;
    await asterisk.stop();
    expect(exit).toMatchObject({ code: null, signal: 'SIGKILL', unexpected: true });
    expect(exit.lastLines.join('\n')).toContain('modules will be loaded');
  });
});

describe('what a killed process has left', () => {
  const leave = (owner: string): string => {
    const directory = mkdtempSync(path.join(tmpdir(), 'hushtone-left-'));
    mkdirSync(path.join(directory, 'etc'));
    writeFileSync(path.join(directory, 'owner'), owner);
    return directory;
  };

  it('is removed by the next start, but nothing of a process that lives or of somebody else', () => {
    const dead = leave(`${String(spawnSync('true').pid)} 1\n`);
    const living = leave(`${String(process.ppid)} ${startTimeOf(process.ppid)}\n`);
    const foreign = mkdtempSync(path.join(tmpdir(), 'hushtone-left-'));
    removeLeftovers('hushtone-left');
    expect([dead, living, foreign].map((directory) => existsSync(directory))).toEqual([false, true, true]);
    for (const directory of [living, foreign]) rmSync(directory, { recursive: true });
  });
});

const startTimeOf = (pid: number): string => {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
};

describe('a port that somebody takes between its choice and its use', () => {
  it.each([
    ['of ARI', 1, 'tcp'],
    ['of SIP', 2, 'udp'],
  ] as const)('%s is replaced by another', async (_whose, call, protocol) => {
    const { port, release } = await takenPort(protocol);
    let calls = 0;
    const { freePort: really } = freePorts;
    const spy = jest
      .spyOn(freePorts, 'freePort')
      .mockImplementation((host, withUdp) => (++calls === call ? Promise.resolve(port) : really(host, withUdp)));
    try {
      const asterisk = await start();
      await asterisk.stop();
      expect([asterisk.sipPort, Number(new URL(asterisk.ariUrl).port)]).not.toContain(port);
      // Two more for another try, if not for a third, since on a busy machine somebody may really take one.
      expect(calls).toBeGreaterThanOrEqual(4);
    } finally {
      spy.mockRestore();
      release();
    }
  });

  async function takenPort(protocol: 'tcp' | 'udp'): Promise<{ port: number; release: () => void }> {
    if (protocol === 'tcp') {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return { port: (server.address() as AddressInfo).port, release: () => server.close() };
    }
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return { port: socket.address().port, release: () => socket.close() };
  }
});

describe('a start that cannot succeed', () => {
  it('names the port that is in use and the setting for it', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const { port } = socket.address();
    const failure = await failureOf(start({ sipPort: port }));
    socket.close();
    expect(failure.code).toBe('port-in-use');
    expect(failure.detail).toBe(
      `SIP port ${String(port)} on 127.0.0.1 belongs to another program; set HUSHTONE_SIP_PORT to a free port, or to 0 for any`,
    );
  });

  describe('because of its configuration', () => {
    let configDir: string;
    beforeEach(() => {
      configDir = mkdtempSync(path.join(tmpdir(), 'hushtone-conf-'));
      cpSync(CONFIG, configDir, { recursive: true });
    });
    afterEach(() => {
      rmSync(configDir, { recursive: true, force: true });
    });

    it('tells which module is missing', async () => {
      appendFileSync(path.join(configDir, 'modules.conf'), '\nload = res_nonexistent.so\n');
      const failure = await failureOf(start({ configDir }));
      expect(failure.code).toBe('asterisk-failed');
      expect(failure.detail).toContain('res_nonexistent.so');
    });

    it('tells the last it said when it ends while starting', async () => {
      appendFileSync(path.join(configDir, 'modules.conf'), '\nrequire = res_nonexistent.so\n');
      const failure = await failureOf(start({ configDir }));
      expect(failure.code).toBe('asterisk-failed');
      expect(failure.detail).toContain('it ended while starting');
      expect(failure.detail).toContain('res_nonexistent');
    });
  });
});
