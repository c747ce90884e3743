import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freeRtpBlock } from '../asterisk/free-ports';
import { EngineLog } from './engine-log';
import { OutsideWorld } from './outside-world';

/** What a running engine writes to `<data dir>/runtime.json`. */
export interface Runtime {
  readonly engine_pid: number;
  readonly http_url: string;
  readonly sip_port: number;
  readonly rtp_ports: string;
  readonly ari_url: string;
  readonly asterisk_pid: number | null;
  readonly sandbox_url: string | null;
}

export interface SiteOptions {
  readonly projectDir: string;
  /** Data of the engine: journal, runtime.json. Made when missing. */
  readonly dataDir?: string;
  /** Flow files beside the shipped ones, by name. */
  readonly flows?: Readonly<Record<string, string>>;
  /** Further settings of the engine. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Told what is being started. */
  readonly progress?: (what: string) => void;
}

const ENGINE_START_MS = 40_000;
const ENGINE_STOP_MS = 12_000;

/**
 * A whole site for the demo and the tests: the outside world, and the engine as its own process with its private Asterisk
 * and the sandbox, all on free ports of this machine. Return targets `agent-NNN` lead to the PBX's number NNN.
 */
export class Site {
  constructor(
    readonly world: OutsideWorld,
    readonly log: EngineLog,
    readonly runtime: Runtime,
    readonly dataDir: string,
    private readonly engine: ChildProcess,
    private readonly engineEnded: Promise<number | null>,
  ) {}

  static async start(options: SiteOptions): Promise<Site> {
    const dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), 'hushtone-site-'));
    mkdirSync(dataDir, { recursive: true });
    options.progress?.("the outside world: a carrier and an agents' PBX");
    const world = await OutsideWorld.start(options.projectDir);
    try {
      options.progress?.('the engine with its private Asterisk and the sandbox gateway');
      const flowsDir = prepareFlows(options, dataDir, world.pbx);
      return await startEngine(options, world, dataDir, flowsDir);
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  /** Asks the sandbox something. */
  async sandbox<T>(route: string, body?: object): Promise<T> {
    const response = await fetch(`${this.runtime.sandbox_url ?? ''}${route}`, body === undefined ? {} : post(body));
    if (!response.ok) throw new Error(`sandbox ${route}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Ends the engine and the outside world. Resolves with the engine's exit code. */
  async stop(): Promise<number | null> {
    this.engine.kill('SIGTERM');
    const limit = setTimeout(() => this.engine.kill('SIGKILL'), ENGINE_STOP_MS);
    const code = await this.engineEnded;
    clearTimeout(limit);
    await this.world.stop();
    return code;
  }
}

function post(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** The shipped flows, with return targets that lead to the robots' PBX. */
function prepareFlows(options: SiteOptions, dataDir: string, pbx: string): string {
  const flowsDir = path.join(dataDir, 'flows');
  cpSync(path.join(options.projectDir, 'flows'), flowsDir, { recursive: true });
  writeFileSync(path.join(flowsDir, 'targets.yaml'), targets(pbx));
  for (const [name, text] of Object.entries(options.flows ?? {})) writeFileSync(path.join(flowsDir, name), text);
  return flowsDir;
}

async function startEngine(
  options: SiteOptions,
  world: OutsideWorld,
  dataDir: string,
  flowsDir: string,
): Promise<Site> {
  const rtp = await freeRtpBlock('127.0.0.1', 400, Math.random);
  const engine = spawn(process.execPath, [path.join(options.projectDir, 'dist', 'main.js')], {
    cwd: options.projectDir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      HUSHTONE_HTTP_PORT: '0',
      HUSHTONE_SIP_PORT: '0',
      HUSHTONE_RTP_PORTS: `${rtp.from}-${rtp.to}`,
      HUSHTONE_DATA_DIR: dataDir,
      HUSHTONE_FLOWS_DIR: flowsDir,
      ...options.environment,
    },
  });
  const ended = new Promise<number | null>((resolve) => engine.once('exit', resolve));
  const errors: string[] = [];
  engine.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  const log = new EngineLog(engine.stdout);
  const died = ended.then((code) => {
    throw new Error(`the engine ended with code ${String(code)} while starting:\n${errors.join('')}`);
  });
  died.catch(() => undefined);
  await Promise.race([log.waitFor('that it is ready', (line) => line.event === 'ready', ENGINE_START_MS), died]);
  const runtime = JSON.parse(readFileSync(path.join(dataDir, 'runtime.json'), 'utf8')) as Runtime;
  world.connectTo(`127.0.0.1:${runtime.sip_port}`);
  return new Site(world, log, runtime, dataDir, engine, ended);
}
