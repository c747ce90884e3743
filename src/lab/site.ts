import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPrivateAsterisk, type PrivateAsterisk } from '../asterisk/private-asterisk';
import { freeRtpBlock } from '../asterisk/free-ports';
import type { EngineLog } from './engine-log';
import { EngineProcess } from './engine-process';
import { OutsideWorld } from './outside-world';

export interface SiteOptions {
  readonly projectDir: string;
  /** Data of the engine: journal, runtime.json. Made when missing. */
  readonly dataDir?: string;
  /** Flow files beside the shipped ones, by name. */
  readonly flows?: Readonly<Record<string, string>>;
  /**
   * True: the site brings the engine's Asterisk and gives the engine its address, so that its console can be asked what is
   * left of a call. False: the engine brings its own, as `npm start` does.
   */
  readonly bringAsterisk?: boolean;
  /** RTP ports of the Asterisk that the site brings, two for each call at once; not there: enough for a hundred. */
  readonly rtpPorts?: number;
  /** Configuration files of the Asterisk that the site brings, instead of the shipped ones, by name. */
  readonly asteriskFiles?: Readonly<Record<string, string>>;
  /** Puts something between the engine and the ARI that the site brought: given ARI's address, it answers with its own. */
  readonly ariThrough?: (ariUrl: string) => Promise<string>;
  /** A sandbox that outlives the engine, which then starts none. */
  readonly sandboxUrl?: string;
  /** Recordings instead of the shipped ones, for the engine and the Asterisk that the site brings. */
  readonly soundsDir?: string;
  /** Further settings of the engine. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Told what is being started. */
  readonly progress?: (what: string) => void;
}

/**
 * A whole site for the demo and the tests: the outside world, and the engine as its own process with an Asterisk and the
 * sandbox, all on free ports of this machine. Return targets `agent-NNN` lead to the PBX's number NNN.
 */
export class Site {
  private constructor(
    readonly world: OutsideWorld,
    private current: EngineProcess,
    private readonly startEngine: () => Promise<EngineProcess>,
    private readonly sandboxUrl: string,
    readonly dataDir: string,
    /** The engine's Asterisk, when the site brought it. */
    readonly asterisk: PrivateAsterisk | null,
  ) {}

  static async start(options: SiteOptions): Promise<Site> {
    const dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), 'hushtone-site-'));
    mkdirSync(dataDir, { recursive: true });
    options.progress?.("the outside world: a carrier and an agents' PBX");
    const world = await OutsideWorld.start(options.projectDir);
    let asterisk: PrivateAsterisk | null = null;
    try {
      options.progress?.('the engine with its private Asterisk and the sandbox gateway');
      if (options.bringAsterisk === true) asterisk = await bringAsterisk(options);
      const flowsDir = prepareFlows(options, dataDir, world.pbx);
      const access = asterisk === null ? {} : await accessTo(asterisk, options);
      const sounds = options.soundsDir === undefined ? {} : { HUSHTONE_SOUNDS_DIR: options.soundsDir };
      const settings = { HUSHTONE_FLOWS_DIR: flowsDir, ...sounds, ...access, ...options.environment };
      const start = (): Promise<EngineProcess> => EngineProcess.start(options.projectDir, dataDir, settings);
      const engine = await start();
      world.connectTo(`127.0.0.1:${asterisk?.sipPort ?? engine.runtime.sip_port ?? 0}`);
      const sandboxUrl = options.sandboxUrl ?? engine.runtime.sandbox_url ?? '';
      return new Site(world, engine, start, sandboxUrl, dataDir, asterisk);
    } catch (error) {
      await Promise.all([world.stop(), asterisk?.stop()]);
      throw error;
    }
  }

  get engine(): EngineProcess {
    return this.current;
  }

  /** Of the engine that runs now: a restart begins a new one. */
  get log(): EngineLog {
    return this.engine.log;
  }

  /** Starts the engine again, on the data and with the settings of the one that has ended. */
  async restartEngine(): Promise<void> {
    this.current = await this.startEngine();
  }

  /** Asks the sandbox something. */
  async sandbox<T>(route: string, body?: object): Promise<T> {
    const response = await fetch(`${this.sandboxUrl}${route}`, body === undefined ? {} : post(body));
    if (!response.ok) throw new Error(`sandbox ${route}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Ends everything. Resolves with the engine's exit code. */
  async stop(): Promise<number | null> {
    const code = await this.engine.stop();
    await Promise.all([this.world.stop(), this.asterisk?.stop()]);
    return code;
  }
}

async function bringAsterisk(options: SiteOptions): Promise<PrivateAsterisk> {
  const { projectDir, soundsDir, rtpPorts, asteriskFiles = {} } = options;
  return startPrivateAsterisk({
    ...(rtpPorts === undefined ? {} : { rtpPorts: await freeRtpBlock('127.0.0.1', rtpPorts, Math.random) }),
    files: asteriskFiles,
    projectDir,
    configDir: path.join(projectDir, 'asterisk-config'),
    soundsDir: soundsDir ?? path.join(projectDir, 'sounds'),
    sipPort: 0,
  });
}

async function accessTo(
  { ariUrl, user, password }: PrivateAsterisk,
  { ariThrough }: SiteOptions,
): Promise<Record<string, string>> {
  const url = ariThrough === undefined ? ariUrl : await ariThrough(ariUrl);
  return { HUSHTONE_ARI_URL: url, HUSHTONE_ARI_USER: user, HUSHTONE_ARI_PASSWORD: password };
}

function post(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** The shipped flows, with return targets that lead to the robots' PBX. */
function prepareFlows(options: SiteOptions, dataDir: string, pbx: string): string {
  const flowsDir = path.join(dataDir, 'flows');
  cpSync(path.join(options.projectDir, 'flows'), flowsDir, { recursive: true });
  writeFileSync(path.join(flowsDir, 'targets.yaml'), targets(pbx));
  if (options.sandboxUrl !== undefined) pointAt(options.sandboxUrl, path.join(flowsDir, 'connectors'));
  for (const [name, text] of Object.entries(options.flows ?? {})) writeFileSync(path.join(flowsDir, name), text);
  return flowsDir;
}

function pointAt(sandboxUrl: string, folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('{{ settings.sandbox_url }}', sandboxUrl));
  }
}

/** `support-queue` is the PBX's number `support`, `agent-NNN` its number NNN; `desk-NNN` is a telephone at the engine's Asterisk. */
function targets(pbx: string): string {
  return `default: support-queue\ntargets:\n  support-queue: sip:support@${pbx}\n  agent-NNN: sip:NNN@${pbx}\n  desk-NNN: { registered: desk-NNN }\n`;
}
