import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { config as loadEnvFile } from 'dotenv';
import { AsteriskTelephony } from './ari/asterisk-telephony';
import { closeAgainstDigits } from './asterisk/console-control';
import { startPrivateAsterisk, type PrivateAsterisk } from './asterisk/private-asterisk';
import { readTrunks } from './asterisk/sip-trunks';
import { Reception } from './call/reception';
import { MemoryCardVault } from './card/vault';
import { readConfig, type Config } from './config';
import { createConnectors } from './connector/run-connectors';
import { loadDefinitions, type Definitions } from './definitions';
import { HushtoneError, messageOf } from './errors';
import { createEvaluate } from './flow/expression/template';
import { runFlow } from './flow/run/run-flow';
import type { Load } from './http/health';
import { startHttpServer } from './http/server';
import { recordInLog } from './observe/call-journal';
import { createLogger } from './observe/pino-logger';
import { randomIds } from './observe/random-ids';
import { ensureApiClient, writeRuntimeFile } from './observe/runtime-file';
import { SystemClock } from './observe/system-clock';
import { ConnectorPaymentGateway } from './payment/connector-payment-gateway';
import { JournaledPayments } from './payment/payments';
import type { Clock } from './ports/clock';
import type { Logger } from './ports/logger';
import { spawnSandbox } from './sandbox/spawn-sandbox';
import { SqlitePaymentJournal } from './store/sqlite-payment-journal';

/** Root of the project: this file is `dist/main.js`. */
const PROJECT = path.resolve(__dirname, '..');
const ARI_APP = 'hushtone';
/** Look-ups of unsettled payments that an earlier process left. */
const SWEEP_EVERY_MS = 60_000;
/** A payment under way is given this long to finish when the engine stops. */
const FINISH_PAYMENTS_MS = 5_000;

/** What has been started, to be ended in reverse order. Ending is tried for each, whatever became of the others. */
class Started {
  private readonly endings: (readonly [string, () => Promise<unknown> | undefined])[] = [];
  private ended: Promise<void> | null = null;

  constructor(private readonly logger: Logger) {}

  add(name: string, end: () => Promise<unknown> | undefined): void {
    this.endings.push([name, end]);
    // Asked to stop while still starting: what has come up since then ends at once.
    if (this.ended !== null) this.ended = this.ended.then(() => this.endAll());
  }

  /** Idempotent; never rejects. */
  end(): Promise<void> {
    this.ended ??= this.endAll();
    return this.ended;
  }

  private async endAll(): Promise<void> {
    for (const [name, end] of this.endings.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        this.logger.error('stop-failed', { reason: name, error: messageOf(error) });
      }
    }
  }
}

interface Switch {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly ours: PrivateAsterisk | null;
}

async function startEngine(config: Config, logger: Logger, started: Started): Promise<void> {
  const definitions = await loadDefinitions(config);
  mkdirSync(config.dataDir, { recursive: true });
  ensureApiClient(config.dataDir);
  const clock = new SystemClock();
  const record = recordInLog(logger);
  const vault = new MemoryCardVault({ clock, makeId: randomIds });

  const [asterisk, sandbox] = await Promise.all([
    startSwitch(config, started),
    definitions.needsSandbox ? startSandbox(started) : null,
  ]);
  const { connectors, descriptions, secrets } = definitions;
  const exchanges = createConnectors({
    connectors,
    settings: { sandbox_url: sandbox?.url ?? '' },
    secrets,
    vault,
    clock,
    record,
  });
  started.add('connectors', () => exchanges.close());

  const journal = await SqlitePaymentJournal.open({ file: path.join(config.dataDir, 'payments.sqlite'), clock });
  started.add('journal', () => journal.close());
  const gateway = new ConnectorPaymentGateway({ connectors: exchanges, descriptions });
  const payments = new JournaledPayments({ journal, gateway, vault, clock, logger, record });
  started.add('payments', () => finishPayments(payments, clock));

  const telephony = new AsteriskTelephony({ ...asterisk, app: ARI_APP, clock, logger });
  const tools = { telephony, clock, ids: randomIds, record, logger };
  const { flows, prompts, targets } = definitions;
  const flowTools = {
    connectors: exchanges,
    payments,
    vault,
    prompts,
    targets,
    clock,
    ids: randomIds,
    evaluate: createEvaluate(),
    record,
    logger,
  };
  const reception = new Reception(tools, {
    answers: (did) => flows.has(did),
    serve: async (call) => {
      const compiled = flows.get(call.did);
      if (compiled !== undefined) await runFlow({ compiled, call }, flowTools);
    },
  });
  started.add('telephony', () => telephony.close());
  started.add('calls', () => reception.close());

  const load = (): Load => ({ calls: reception.inProgress, vault_slots: vault.size(), timers: clock.running });
  const http = await startHttpServer({ host: config.httpHost, port: config.httpPort }, load, [
    {
      name: 'asterisk',
      check: () =>
        telephony.state === 'up' ? null : `the connection to ARI is ${telephony.state}; is Asterisk running?`,
    },
    { name: 'journal', check: () => journal.unsettled().then(() => null) },
  ]);
  started.add('http', () => http.close());

  keepSweeping(payments, clock, logger, started);
  reception.open();
  await telephony.start();
  writeRuntimeFile(config.dataDir, {
    engine_pid: process.pid,
    http_url: http.url,
    sip_port: asterisk.ours?.sipPort ?? null,
    rtp_ports: asterisk.ours === null ? null : `${asterisk.ours.rtpPorts.from}-${asterisk.ours.rtpPorts.to}`,
    ari_url: asterisk.url,
    asterisk_pid: asterisk.ours?.pid ?? null,
    sandbox_url: sandbox?.url ?? null,
  });
  announce(asterisk, http.url, sandbox?.url ?? null, definitions);
  logger.info('ready', { url: http.url, pid: process.pid, count: flows.size });
}

async function startSwitch(config: Config, started: Started): Promise<Switch> {
  if (config.ari !== null) return { ...config.ari, ours: null };
  const configDir = path.join(PROJECT, 'asterisk-config');
  const ours = await startPrivateAsterisk({
    projectDir: PROJECT,
    configDir,
    ...readTrunks(configDir, (name) => process.env[name]),
    soundsDir: config.soundsDir,
    sipPort: config.sipPort,
    rtpPorts: config.rtpPorts,
  });
  started.add('asterisk', () => ours.stop());
  await closeAgainstDigits(ours.control);
  return { url: ours.ariUrl, user: ours.user, password: ours.password, ours };
}

async function startSandbox(started: Started): Promise<{ readonly url: string }> {
  const sandbox = await spawnSandbox();
  started.add('sandbox', () => sandbox.stop());
  return sandbox;
}

async function finishPayments(payments: JournaledPayments, clock: Clock): Promise<void> {
  const enough = new Promise<void>((resolve) => clock.after(FINISH_PAYMENTS_MS, resolve));
  await Promise.race([payments.idle(), enough]);
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
    return undefined;
  });
}

/** Says in plain words how to call it. */
function announce({ ours, url }: Switch, httpUrl: string, sandboxUrl: string | null, { flows }: Definitions): void {
  const dids = [...flows].map(([did, { flow }]) => `  ${did.padEnd(8)} ${flow.id}`);
  const where =
    ours === null
      ? `Asterisk at ${url}`
      : `SIP on ${ours.sipHost}:${ours.sipPort}, for example sip:${[...flows.keys()][0] ?? ''}@${ours.sipHost}:${ours.sipPort}`;
  const lines = [
    '',
    'Hushtone is up.',
    `  calls    ${where}`,
    `  health   ${httpUrl}/readyz`,
    ...(sandboxUrl === null ? [] : [`  sandbox  ${sandboxUrl}`]),
    'Numbers:',
    ...dids,
    '',
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}

async function main(): Promise<void> {
  if (existsSync('.env')) loadEnvFile({ quiet: true });
  const config = readConfig(process.env, process.cwd());
  const logger = createLogger(config.logLevel);
  const started = new Started(logger);
  const stop = (signal: string): void => {
    logger.info('stopping', { reason: signal });
    void started.end().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  try {
    await startEngine(config, logger, started);
  } catch (error) {
    await started.end();
    throw error;
  }
}

main().catch((error: unknown) => {
  const known = error instanceof HushtoneError;
  process.stderr.write(
    `hushtone: ${known || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message)}\n`,
  );
  process.exit(1);
});
