import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { AsteriskTelephony } from '../ari/asterisk-telephony';
import { readConfig, type Config } from '../config';
import { checkDefinitions, type CheckedDefinitions } from '../definitions';
import { HushtoneError, messageOf } from '../errors';
import { formatMistake } from '../flow/check/check-flow';
import { renderFindings, signOffFinding } from '../observe/findings';
import { hostOf, inspectHost } from '../observe/inspect-host';
import { createLogger } from '../observe/pino-logger';
import { SystemClock } from '../observe/system-clock';
import type { Finding } from '../ports/findings';
import { Started } from '../started';
import { startSwitch } from '../switch';

export interface DoctorTools {
  readonly projectDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
}

const APP = 'hushtone';
const FLOW_CHECK =
  'run: hushtone flow check (until it finds nothing, a start takes the last good version of a flow, and leaves out one that has none)';
/** Paths in the settings begin here, as at a start. */
const HERE = '.';

/**
 * `hushtone doctor [--json]`: looks at everything that a start needs, and more, and says what to do about each. A private
 * Asterisk is brought up for it and ended again; nothing else is changed.
 *
 * @returns 0 when calls can be taken, 1 when something is refused.
 */
export async function runDoctor(args: readonly string[], tools: DoctorTools): Promise<number> {
  const unknown = args.find((arg) => arg !== '--json');
  if (unknown !== undefined) throw new Error(`doctor knows no "${unknown}"; usage: hushtone doctor [--json]`);
  const findings = await everything(tools);
  tools.print(args.includes('--json') ? JSON.stringify({ findings }) : renderFindings(findings));
  return findings.some(({ level }) => level === 'refused') ? 1 : 0;
}

async function everything({ projectDir, environment }: DoctorTools): Promise<Finding[]> {
  const clock = new SystemClock();
  let config: Config;
  try {
    config = readConfig(environment, path.resolve(HERE));
  } catch (error) {
    return [
      ...inspectHost(hostOf({ dataDir: path.resolve(HERE), secretsFile: null, ariPasswordFile: null }, clock)),
      refusedBy('settings', error),
    ];
  }
  const engine = await runningEngine(config.dataDir);
  const { finding, recordings } = await definitionsOf(config);
  return [
    ...inspectHost(hostOf(config, clock)),
    ok('settings', config.ari === null ? 'a private Asterisk' : `the Asterisk at ${config.ari.url}`),
    finding,
    ...(engine === null ? await portFindings(config) : [engine]),
    ...(await asteriskFindings(projectDir, config, clock, recordings, engine !== null)),
  ];
}

async function definitionsOf(
  config: Config,
): Promise<{ finding: Finding; recordings: CheckedDefinitions['definitions']['recordings'] }> {
  try {
    const { definitions, mistakes, files } = await checkDefinitions(config);
    const { recordings } = definitions;
    const [first] = mistakes;
    if (first === undefined) {
      const numbers = [...definitions.flows.keys()].sort().join(', ');
      return { finding: ok('flows', `${files} without a mistake, for the numbers ${numbers}`), recordings };
    }
    const found = `${mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes, such as this`}: ${formatMistake(first)}`;
    return { finding: refused('flows', found, FLOW_CHECK), recordings };
  } catch (error) {
    return { finding: refusedBy('flows', error), recordings: new Map() };
  }
}

/** The engine that runs in this data directory, as it sees itself; null when none does. */
async function runningEngine(dataDir: string): Promise<Finding | null> {
  const file = path.join(dataDir, 'runtime.json');
  if (!existsSync(file)) return null;
  try {
    const { engine_pid, http_url } = JSON.parse(readFileSync(file, 'utf8')) as { engine_pid: number; http_url: string };
    process.kill(engine_pid, 0);
    const answer = await fetch(`${http_url}/readyz`, { signal: AbortSignal.timeout(5_000) });
    const { status, checks } = (await answer.json()) as { status: string; checks: Record<string, string> };
    const wrong = Object.entries(checks).filter(([, value]) => value !== 'ok');
    const found = `process ${engine_pid} runs here and says at ${http_url}/readyz: ${status}`;
    if (answer.ok) return ok('engine', found);
    return refused('engine', found, wrong.map(([name, value]) => `${name}: ${value}`).join('; '));
  } catch {
    // Killed: the next start tidies up.
    return null;
  }
}

async function portFindings({ httpHost, httpPort }: Config): Promise<Finding[]> {
  const code = await listenFault(httpHost, httpPort);
  if (code === null)
    return [ok('ports', httpPort === 0 ? 'HTTP takes any free port' : `HTTP port ${httpPort} is free`)];
  const where = `HTTP port ${httpPort} on ${httpHost}`;
  const another = 'set HUSHTONE_HTTP_PORT to another one (0: any free one)';
  if (code === 'EADDRINUSE') return [refused('ports', `${where} belongs to another program`, `free it or ${another}`)];
  if (code === 'EACCES')
    return [refused('ports', `${where} is for root alone`, `${another}; those from 1024 on are for everybody`)];
  const todo = 'set HUSHTONE_HTTP_HOST to an address of this machine, such as 127.0.0.1';
  return [refused('ports', `HTTP cannot listen on ${httpHost}: ${code}`, todo)];
}

/** Takes the port for a moment. Resolves with the code of the error, null when there is none. */
function listenFault(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      resolve(code ?? message);
    });
    server.listen({ host, port, exclusive: true }, () => {
      server.close(() => {
        resolve(null);
      });
    });
  });
}

/** A private Asterisk that an engine has running here is looked at by that engine. */
async function asteriskFindings(
  projectDir: string,
  config: Config,
  clock: SystemClock,
  recordings: CheckedDefinitions['definitions']['recordings'],
  engineRuns: boolean,
): Promise<readonly Finding[]> {
  if (config.ari === null && engineRuns) return [];
  const logger = createLogger('error');
  const started = new Started(clock, logger);
  try {
    const asterisk = await startSwitch(projectDir, config, started, () => undefined);
    const telephony = new AsteriskTelephony({ ...asterisk, app: APP, clock, logger });
    started.add('telephony', () => telephony.close());
    const ours = asterisk.ours !== null;
    return [
      ...(ours ? [ok('ports', rtpInWords(config))] : []),
      ...(await telephony.inspect(recordings)),
      signOffFinding(ours, config.asteriskSignedOff),
    ];
  } catch (error) {
    return [refusedBy('asterisk', error)];
  } finally {
    await started.end();
  }
}

/** Two ports for the caller, two for the agent. */
function rtpInWords({ sipPort, rtpPorts: { from, to } }: Config): string {
  const calls = Math.floor((to - from + 1) / 4);
  return `SIP took ${sipPort === 0 ? 'a free port' : `port ${sipPort}`}; RTP ports ${from}-${to} are enough for ${calls} returned calls`;
}

/** Errors of the catalogue say what to do themselves. */
function refusedBy(about: string, error: unknown): Finding {
  if (!(error instanceof HushtoneError)) throw error;
  return refused(about, messageOf(error), '');
}

function ok(about: string, found: string): Finding {
  return { about, level: 'ok', found, todo: '' };
}

function refused(about: string, found: string, todo: string): Finding {
  return { about, level: 'refused', found, todo };
}
