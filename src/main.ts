import { existsSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { config as loadEnvFile } from 'dotenv';
import { AsteriskTelephony } from './ari/asterisk-telephony';
import type { ConnectionState } from './ari/connection';
import { Reception } from './call/reception';
import { MemoryCardVault } from './card/vault';
import { readConfig, type Config } from './config';
import { HostRules } from './connector/run-hosts';
import { recordingsOf } from './definitions';
import { deskOf } from './desk';
import { HushtoneError, messageOf } from './errors';
import { createEvaluate } from './flow/expression/template';
import { lookAt, type Load, type ReadinessCheck } from './http/health';
import { startHttpServer } from './http/server';
import { LiveDefinitions } from './live-definitions';
import { recordInAll, recordInLog } from './observe/call-journal';
import { signOffFinding } from './observe/findings';
import { hostOf, inspectHost } from './observe/inspect-host';
import { roomIn, storeProblem } from './observe/inspect-store';
import { Metrics } from './observe/metrics';
import { createLogger } from './observe/pino-logger';
import { randomIds } from './observe/random-ids';
import { prepareDataDir, removeRuntimeFile, writeRuntimeFile, type Runtime } from './observe/runtime-file';
import { SystemClock } from './observe/system-clock';
import { ConnectorPaymentGateway } from './payment/connector-payment-gateway';
import { JournaledPayments } from './payment/payments';
import type { Clock } from './ports/clock';
import type { Logger } from './ports/logger';
import { spawnSandbox } from './sandbox/spawn-sandbox';
import { Serving } from './serving';
import { Started } from './started';
import { FileKeptCalls } from './store/file-kept-calls';
import { SqliteFlowVersions } from './store/sqlite-flow-versions';
import { SqlitePaymentJournal } from './store/sqlite-payment-journal';
import { actOn } from './start-check';
import { noSessions } from './session/no-sessions';
import { startSwitch, type Switch } from './switch';

/** Root of the project: this file is `dist/main.js`. */
const PROJECT = path.resolve(__dirname, '..');
const ARI_APP = 'hushtone';
/** Look-ups of unsettled payments that an earlier process left. */
const SWEEP_EVERY_MS = 60_000;
/** A payment under way is given this long to finish when the engine stops. */
const FINISH_PAYMENTS_MS = 6_000;
/** With a private Asterisk its caller is given less: it ends as well, and the dialplan's sentence needs 5 s. */
const PRIVATE_PAYMENTS_MS = 3_200;
/** By then every call has been handed back. ms from the stop on. */
const LEAVE_MS = 7_500;
/** An engine that was asked to stop has gone after 10 s, whatever happens. */
const STOP_LIMIT_MS = 9_500;

/** What a start needs besides the configuration. */
interface Tools {
  readonly clock: SystemClock;
  readonly logger: Logger;
  readonly started: Started;
  /** Ends the engine because it cannot go on. */
  readonly fail: (error: HushtoneError) => void;
}

/** What is wrong is found as early as can be: definitions, data directory and ports first, and only then is Asterisk started. */
async function startEngine(config: Config, tools: Tools): Promise<void> {
  const { clock, logger, started } = tools;
  const { dataDir } = config;
  actOn(inspectHost(hostOf(config, clock)), logger);
  const vault = new MemoryCardVault({ clock, makeId: randomIds });
  const journal = await openDataDir(config, clock, started);
  const kept = FileKeptCalls.open({ file: path.join(config.dataDir, 'calls.jsonl'), clock, logger });
  started.add('kept calls', () => kept.close());
  const versions = SqliteFlowVersions.openOrBegin(config.dataDir, clock, logger);
  started.add('flow versions', () => {
    versions.close();
  });
  let callsInProgress = (): number => 0;
  const load = (): Load => ({ calls: callsInProgress(), vault_slots: vault.size(), timers: clock.running });
  const checks: ReadinessCheck[] = [
    { name: 'engine', check: () => engineProblem(started, checks) },
    { name: 'journal', check: () => journal.unsettled().then(() => storeProblem({ dataDir, roomIn })) },
  ];
  const unsettled = async (): Promise<number> => (await journal.unsettled()).length;
  const metrics = new Metrics({ load, unsettled, checks: () => lookAt(checks) });
  started.add('metrics', () => {
    metrics.close();
  });
  const definitions = await LiveDefinitions.load({ config, versions, clock, logger, onReload: metrics.reloaded });
  const { flows } = definitions;
  checks.push({ name: 'definitions', check: definitions.check });
  const record = recordInAll([recordInLog(logger), metrics.record], logger);
  const http = await startHttpServer({ host: config.httpHost, port: config.httpPort }, load, checks, metrics);
  started.add('http', () => http.close());

  const [asterisk, sandbox] = await bothStarted(
    startSwitch(PROJECT, config, started, tools.fail),
    flows.latest.needsSandbox ? startSandbox(tools, checks) : Promise.resolve(null),
  );
  const settings = { sandbox_url: sandbox?.url ?? '' };
  const hosts = new HostRules(config.connectorHosts);
  const serving = new Serving({ flows, clock, connecting: { settings, hosts, vault, record } });
  started.add('connectors', () => serving.close());
  const gateway = new ConnectorPaymentGateway({ connectors: serving, descriptions: serving });
  const payments = new JournaledPayments({ journal, gateway, vault, clock, logger, record });
  started.add('payments', () => finishPayments(payments, started));

  const telephony = new AsteriskTelephony({ ...asterisk, app: ARI_APP, clock, logger, onAnswered: metrics.answered });
  const evaluate = createEvaluate();
  const common = { payments, sessions: noSessions, vault, clock, ids: randomIds, evaluate, record, logger };
  const desk = deskOf(flows, serving, common, asterisk.ours === null);
  const reception = new Reception({ telephony, clock, ids: randomIds, record, logger, kept }, desk);
  callsInProgress = () => reception.inProgress;
  started.add('telephony', () => telephony.close());
  const paymentMs = asterisk.ours === null ? FINISH_PAYMENTS_MS : PRIVATE_PAYMENTS_MS;
  started.add('calls', () => started.within(LEAVE_MS, reception.close(paymentMs)));
  started.add('outages', () => {
    telephony.waitNoLonger();
  });
  keepSweeping(payments, clock, logger, started);
  const signOff = signOffFinding(asterisk.ours !== null, config.asteriskSignedOff);
  checks.push(...actOn([...(await telephony.inspect(recordingsIn(definitions))), signOff], logger));
  reception.open();
  await telephony.start();
  reception.forgetTheRest();
  definitions.follow(sandbox !== null, () => void serving.tidy());
  started.add('definitions', () => {
    definitions.close();
  });
  checks.push({ name: 'asterisk', check: () => asteriskProblem(telephony.state, asterisk.url) ?? telephony.unsafe });

  started.add('runtime file', () => {
    removeRuntimeFile(config.dataDir);
  });
  writeRuntimeFile(config.dataDir, whatWasTaken(asterisk, http.url, sandbox?.url ?? null));
  announce(asterisk, http.url, sandbox?.url ?? null, definitions);
  logger.info('ready', { url: http.url, pid: process.pid, count: flows.numbers.size });
}

function recordingsIn({ flows }: LiveDefinitions): ReturnType<typeof recordingsOf> {
  const inUse = [...flows.numbers.values()].map(({ compiled }) => compiled.flow);
  return recordingsOf(inUse, flows.latest.sounds);
}

function whatWasTaken({ ours, url }: Switch, httpUrl: string, sandboxUrl: string | null): Runtime {
  return {
    engine_pid: process.pid,
    http_url: httpUrl,
    sip_port: ours?.sipPort ?? null,
    rtp_ports: ours === null ? null : `${ours.rtpPorts.from}-${ours.rtpPorts.to}`,
    ari_url: url,
    asterisk_pid: ours?.pid ?? null,
    sandbox_url: sandboxUrl,
  };
}

/** The journal's file is the lock of the data directory: whoever has it may tidy up there. */
async function openDataDir({ dataDir }: Config, clock: Clock, started: Started): Promise<SqlitePaymentJournal> {
  prepareDataDir(dataDir);
  const journal = await SqlitePaymentJournal.open({ file: path.join(dataDir, 'payments.sqlite'), clock });
  started.add('journal', () => journal.close());
  removeRuntimeFile(dataDir);
  return journal;
}

/** Waits for both even when one fails, so that what the other brings up is known and can be ended. */
async function bothStarted<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return Promise.all([first, second]);
}

function engineProblem(started: Started, checks: readonly ReadinessCheck[]): string | null {
  if (started.ending) return 'it is stopping';
  return checks.some(({ name }) => name === 'asterisk') ? null : 'it is starting: try again in a few seconds';
}

function asteriskProblem(state: ConnectionState, url: string): string | null {
  if (state === 'up') return null;
  if (state === 'replaced')
    return 'another engine has connected with the same application name: stop it, then start this one again';
  return `the connection to ARI at ${url} is ${state}, and is tried again: is Asterisk running there?`;
}

async function startSandbox({ started, logger }: Tools, checks: ReadinessCheck[]): Promise<{ readonly url: string }> {
  const sandbox = await spawnSandbox();
  started.add('sandbox', () => sandbox.stop());
  let problem: string | null = null;
  checks.push({ name: 'sandbox', check: () => problem });
  void sandbox.ended.then(() => {
    if (started.ending) return;
    problem = 'the sandbox gateway has ended, so payments to it fail: start the engine again';
    logger.error('sandbox-ended', { reason: problem });
  });
  return sandbox;
}

async function finishPayments(payments: JournaledPayments, started: Started): Promise<void> {
  await started.within(FINISH_PAYMENTS_MS, payments.idle());
  payments.close();
}

/** Settles what an earlier process left, now and from time to time. */
function keepSweeping(payments: JournaledPayments, clock: Clock, logger: Logger, started: Started): void {
  let stopped = false;
  const sweep = async (): Promise<void> => {
    try {
      const left = await payments.sweep();
      if (left > 0) logger.warn('payments-unsettled', { count: left });
    } catch (error) {
      logger.error('sweep-failed', { error: messageOf(error) });
    }
    if (!stopped) timer = clock.after(SWEEP_EVERY_MS, () => void sweep());
  };
  let timer = clock.after(0, () => void sweep());
  started.add('sweep', () => {
    stopped = true;
    timer.cancel();
  });
}

/** Says in plain words how to call it. */
function announce(
  { ours, url }: Switch,
  httpUrl: string,
  sandboxUrl: string | null,
  definitions: LiveDefinitions,
): void {
  const { flows, mistakes } = definitions;
  const numbers = [...flows.numbers.keys()].sort();
  const dids = numbers.map((did) => `  ${did.padEnd(8)} ${flows.numbers.get(did)?.compiled.flow.id ?? ''}`);
  const where =
    ours === null
      ? `Asterisk at ${url}`
      : `SIP on ${ours.sipHost}:${ours.sipPort}, for example sip:${numbers[0] ?? ''}@${ours.sipHost}:${ours.sipPort}`;
  const lines = [
    '',
    'Hushtone is up.',
    `  calls    ${where}`,
    `  health   ${httpUrl}/readyz`,
    ...(sandboxUrl === null ? [] : [`  sandbox  ${sandboxUrl}`]),
    'Numbers:',
    ...dids,
    ...(mistakes.length === 0
      ? []
      : [
          'Mistakes, so the last good version is used, and what has none is left out:',
          ...mistakes.map(({ words }) => `  ${words}`),
        ]),
    '',
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}

/** Ends everything and then the process. The last resort comes in time for the promise to be gone within 10 s. */
async function end(code: number, starting: Promise<unknown>, { clock, logger, started }: Tools): Promise<void> {
  clock.after(STOP_LIMIT_MS, () => {
    logger.error('stop-overdue', { reason: 'something did not end in time, so it is left behind' });
    process.exit(1);
  });
  await started.end();
  await starting.catch(() => undefined);
  await started.end();
  process.exit(code);
}

function say(error: unknown): void {
  const expected = error instanceof HushtoneError || (error instanceof Error && 'syscall' in error);
  const words = expected || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message);
  process.stderr.write(`hushtone: ${words}\n`);
}

function run(config: Config): void {
  const clock = new SystemClock();
  const logger = createLogger(config.logLevel);
  const started = new Started(clock, logger);
  const fail = (error: unknown): void => {
    // Whatever fails after the end was asked for, fails because of it.
    if (started.ending) return;
    say(error);
    logger.error('failed', { error: messageOf(error) });
    void end(1, starting, tools);
  };
  const tools: Tools = { clock, logger, started, fail };
  const stop = (signal: string): void => {
    if (started.ending) return;
    logger.info('stopping', { reason: signal });
    void end(0, starting, tools);
  };
  const starting = startEngine(config, tools);
  starting.catch(fail);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // Started with a channel, as by the demo and the tests: ends with whoever started it, however that one went.
  process.once('disconnect', () => {
    stop('the process that started it has gone');
  });
}

/**
 * What the engine makes and drops is a few MB at a time: several threads spend more on waking up than on collecting that. And what calls
 * leave behind is little beside the engine itself, all of which is looked at to find it: so not before the heap has doubled.
 */
setFlagsFromString('--no-parallel-scavenge');
setFlagsFromString('--heap-growing-percent=100');

function readEnvFile(): void {
  if (!existsSync('.env')) return;
  const { error } = loadEnvFile({ quiet: true });
  if (error !== undefined) throw new HushtoneError('config-invalid', `.env cannot be read: ${messageOf(error)}`);
}

try {
  readEnvFile();
  run(readConfig(process.env, process.cwd()));
} catch (error) {
  say(error);
  process.exit(1);
}
