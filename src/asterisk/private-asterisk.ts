import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { HushtoneError } from '../errors';
import { type AsteriskControl, makeControl } from './console-control';
import { type AsteriskExit, AsteriskProcess } from './running-process';
import { SUPPORTED_VERSIONS, isSupportedVersion } from './supported-version';
import type { TemplateVariables } from './config-template';
import { findAsterisk } from './find-asterisk';
import { type PortRange, freePort, freeRtpBlock, isFree } from './free-ports';
import { removeLeftovers } from './leftovers';
import { makeRunDirectory } from './run-directory';

const READY_LIMIT_MS = 30_000;
const POLL_MS = 50;
const STOP_GRACE_MS = 4000;
const RTP_BLOCK = 400;
/** Another process can take a port between the moment it was found free and the moment Asterisk opens it. */
const PORT_RACES = 3;

export interface PrivateAsteriskOptions {
  /** The root of the project: its cache holds the unpacked Asterisk. */
  readonly projectDir: string;
  /** Folder of configuration templates, such as `asterisk-config/`. */
  readonly configDir: string;
  /** The project's recordings, `<language>/<file>`. */
  readonly soundsDir: string;
  /** 0: any free port. */
  readonly sipPort: number;
  /** Address that SIP listens on. */
  readonly sipHost?: string;
  /** Left out: any free block of 400. */
  readonly rtpPorts?: PortRange;
  /** Further values for the templates. */
  readonly variables?: TemplateVariables;
  /** Configuration files written instead of, or beside, the templates. */
  readonly files?: Readonly<Record<string, string>>;
  /** Begins the name of its run directory and is its `systemname`. */
  readonly name?: string;
  /** Ends a start that is under way, which then rejects. */
  readonly signal?: AbortSignal;
  /** Keep the run directory (log, spool) after the end. */
  readonly keepDirectory?: boolean;
}

/** A running Asterisk of our own. */
export interface PrivateAsterisk {
  /** Such as `http://127.0.0.1:38088`, without `/ari`. */
  readonly ariUrl: string;
  readonly user: string;
  readonly password: string;
  readonly sipHost: string;
  readonly sipPort: number;
  readonly rtpPorts: PortRange;
  readonly pid: number;
  readonly version: string;
  /** Its run directory. */
  readonly directory: string;
  readonly spoolDir: string;
  readonly logFile: string;
  /** Where it finds recordings: `sound:en/hushtone/<id>` is `<soundsDir>/en/hushtone/<id>`, whatever the format. */
  readonly soundsDir: string;
  /** Its console. */
  readonly control: AsteriskControl;
  /** Settles when the process has ended, for whatever reason. */
  readonly exited: Promise<AsteriskExit>;
  /** Ends it, calls included; it is killed when it has not ended after `graceMs`, 4 s when left out. May be called more than once. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Brings up an Asterisk and resolves when ARI answers and every module is loaded.
 *
 * @throws HushtoneError `asterisk-unavailable`, `asterisk-too-old`, `port-in-use`, or `asterisk-failed` with the end of its log
 */
export async function startPrivateAsterisk(options: PrivateAsteriskOptions): Promise<PrivateAsterisk> {
  const name = options.name ?? 'hushtone';
  removeLeftovers(name);
  for (let race = 1; ; race++) {
    try {
      return await startOnce(options, name);
    } catch (error) {
      if (!(error instanceof PortTaken) || error.wasAskedFor || race === PORT_RACES) throw error;
    }
  }
}

/** A port belongs to another program. */
class PortTaken extends HushtoneError {
  /** @param wasAskedFor this very port, so that no other will do */
  constructor(
    detail: string,
    readonly wasAskedFor: boolean,
  ) {
    super('port-in-use', detail);
  }
}

interface Ports {
  readonly http: number;
  readonly sip: number;
  readonly rtp: PortRange;
}

async function choosePorts(options: PrivateAsteriskOptions, sipHost: string): Promise<Ports> {
  if (options.sipPort !== 0 && !(await isFree(sipHost, options.sipPort, true)))
    throw sipTaken(sipHost, options.sipPort, true);
  return {
    http: await freePort('127.0.0.1', false),
    sip: options.sipPort === 0 ? await freePort(sipHost, true) : options.sipPort,
    rtp: options.rtpPorts ?? (await freeRtpBlock(sipHost, RTP_BLOCK, Math.random)),
  };
}

function sipTaken(host: string, port: number, wasAskedFor: boolean): PortTaken {
  const what = `SIP port ${String(port)} on ${host} belongs to another program`;
  return new PortTaken(`${what}; set HUSHTONE_SIP_PORT to a free port, or to 0 for any`, wasAskedFor);
}

async function startOnce(options: PrivateAsteriskOptions, name: string): Promise<PrivateAsterisk> {
  const program = findAsterisk(options.projectDir, process.env);
  if (!isSupportedVersion(program.version)) {
    throw new HushtoneError('asterisk-too-old', `it is "${program.version}"; allowed: ${SUPPORTED_VERSIONS}`);
  }
  const sipHost = options.sipHost ?? '127.0.0.1';
  const ports = await choosePorts(options, sipHost);
  options.signal?.throwIfAborted();
  const password = randomBytes(24).toString('base64url');
  const user = 'hushtone';
  const run = makeRunDirectory(program, name, {
    configDir: options.configDir,
    projectSounds: options.soundsDir,
    variables: {
      system_name: name,
      http_port: ports.http,
      ari_user: user,
      ari_password: password,
      sip_bind: `${sipHost}:${String(ports.sip)}`,
      rtp_from: ports.rtp.from,
      rtp_to: ports.rtp.to,
      ...options.variables,
    },
    files: options.files ?? {},
  });
  const commandLine = (...args: string[]): readonly [string, ...string[]] =>
    program.commandLine(['-C', run.configFile, ...args], run.directory);
  const asterisk = new AsteriskProcess(commandLine('-f'), run.logFile);
  const control = makeControl((command) => commandLine('-rx', command));
  const stop = async (graceMs = STOP_GRACE_MS): Promise<void> => {
    await asterisk.stop(graceMs);
    if (options.keepDirectory !== true) run.remove();
  };
  const ariUrl = `http://127.0.0.1:${String(ports.http)}`;
  const refuseTakenPort = (): void => {
    const line = linesOf(run.logFile).find((one) => one.includes('Address already in use'));
    if (line === undefined) return;
    if (line.includes('http server')) throw new PortTaken(`ARI could not have port ${String(ports.http)}`, false);
    throw sipTaken(sipHost, ports.sip, options.sipPort !== 0);
  };
  const giveUp = (): void => void asterisk.stop(STOP_GRACE_MS);
  options.signal?.addEventListener('abort', giveUp);
  try {
    await untilReady(asterisk, ariUrl, `${user}:${password}`, refuseTakenPort);
    await control('core waitfullybooted');
    refuseTakenPort();
    refuseHalfStarted(run.logFile);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }
  return {
    ariUrl,
    user,
    password,
    sipHost,
    sipPort: ports.sip,
    rtpPorts: ports.rtp,
    pid: asterisk.pid,
    version: program.version,
    directory: run.directory,
    spoolDir: run.spoolDir,
    logFile: run.logFile,
    soundsDir: run.soundsDir,
    control,
    exited: asterisk.exited,
    stop,
  };
}

/** Asterisk runs on without a module it could not load: that is no start. */
function refuseHalfStarted(logFile: string): void {
  const wrong = linesOf(logFile).filter((line) =>
    /Error loading module|Failed to resolve dependencies|declined to load/.test(line),
  );
  if (wrong.length > 0)
    throw new HushtoneError('asterisk-failed', ['it came up without modules:', ...wrong].join('\n  '));
}

/** None while there is no such file yet. */
function linesOf(logFile: string): readonly string[] {
  return existsSync(logFile) ? readFileSync(logFile, 'utf8').split('\n') : [];
}

/** Asks ARI until it answers. Rejects as soon as the process has ended; `refuse` throws when it never will answer. */
async function untilReady(asterisk: AsteriskProcess, ariUrl: string, auth: string, refuse: () => void): Promise<void> {
  let ended: AsteriskExit | undefined;
  void asterisk.exited.then((exit) => (ended = exit));
  const deadline = performance.now() + READY_LIMIT_MS;
  while (!(await ariAnswers(ariUrl, auth))) {
    if (ended !== undefined) {
      throw new HushtoneError(
        'asterisk-failed',
        ['it ended while starting; the last it said:', ...ended.lastLines].join('\n  '),
      );
    }
    refuse();
    if (performance.now() > deadline) {
      const said = ['ARI did not answer within 30 s; the last it said:', ...asterisk.lastLines()];
      throw new HushtoneError('asterisk-failed', said.join('\n  '));
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function ariAnswers(ariUrl: string, auth: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(`${ariUrl}/ari/asterisk/info?only=status`, { auth, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => {
      resolve(false);
    });
    asked.end();
  });
}
