import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { EngineProcess } from '../engine-process';
import { BENCH_FIELDS, type PeerReport } from './bench-call';
import { NUMBERS, type BenchGround } from './ground';
import { percentile } from './measure';

/** What a peer did since it was last asked. */
export interface Served {
  /** Keys that reached it. */
  readonly keys: number;
  /** ms; NaN for a peer without REST. */
  readonly restP50: number;
  readonly restP99: number;
}

/** Somebody who serves the bench's call. */
export interface Peer {
  readonly name: PeerName;
  readonly number: string;
  /** Its own process beside Asterisk, if it has one. */
  readonly pid: number | null;
  served(): Promise<Served>;
}

export const PEER_NAMES = ['read', 'ws', 'ari-client', 'engine', 'engine-pay'] as const;
export type PeerName = (typeof PEER_NAMES)[number];

export interface Peers {
  readonly all: readonly Peer[];
  stop(): Promise<void>;
}

export interface PeerOptions {
  /** Of the engine. */
  readonly logLevel: string;
  /** Folder for a CPU profile of the engine; null: none is made. */
  readonly profile: string | null;
}

const REPORT_LIMIT_MS = 10_000;

/** Brings all of them up; those that are not being measured have nothing to do. */
export async function startPeers(ground: BenchGround, { logLevel, profile }: PeerOptions): Promise<Peers> {
  const settings = {
    HUSHTONE_ARI_URL: ground.asterisk.ariUrl,
    HUSHTONE_ARI_USER: ground.asterisk.user,
    HUSHTONE_ARI_PASSWORD: ground.asterisk.password,
    HUSHTONE_FLOWS_DIR: ground.flowsDir,
    HUSHTONE_SOUNDS_DIR: ground.soundsDir,
    HUSHTONE_LOG_LEVEL: logLevel,
  };
  const nodeArguments = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${path.resolve(profile)}`];
  const dataDir = path.join(ground.folder, 'data');
  const engine = await EngineProcess.start(ground.projectDir, dataDir, settings, nodeArguments);
  const [ws, ariClient] = await Promise.all([
    ChildPeer.start('ws', NUMBERS.ws, 'bare-ws.js', ground),
    ChildPeer.start('ari-client', NUMBERS.ariClient, 'bare-ari-client.js', ground),
  ]);
  return {
    all: [
      new DialplanPeer(ground.asterisk.logFile),
      ws,
      ariClient,
      new EnginePeer('engine', NUMBERS.cardOnly, 'bench-card-only', engine),
      new EnginePeer('engine-pay', NUMBERS.cardAndPay, 'bench-card-and-pay', engine),
    ],
    stop: async () => {
      ws.stop();
      ariClient.stop();
      await engine.stop();
    },
  };
}

/** `Read()`, which writes into Asterisk's log how many keys it got. */
class DialplanPeer implements Peer {
  readonly name = 'read';
  readonly number = NUMBERS.read;
  readonly pid = null;
  private seen = 0;

  constructor(private readonly logFile: string) {}

  served(): Promise<Served> {
    const counts = [...readFileSync(this.logFile, 'utf8').matchAll(/\bgot (\d+) (\d+) (\d+)\b/g)];
    const fresh = counts.slice(this.seen);
    this.seen = counts.length;
    const keys = fresh.reduce((sum, [, card, expiry, code]) => sum + Number(card) + Number(expiry) + Number(code), 0);
    return Promise.resolve({ keys, restP50: Number.NaN, restP99: Number.NaN });
  }
}

/** A program of its own that counts for itself. */
class ChildPeer implements Peer {
  readonly pid: number;

  private constructor(
    readonly name: PeerName,
    readonly number: string,
    private readonly child: ChildProcess,
  ) {
    this.pid = child.pid ?? 0;
  }

  static async start(name: PeerName, number: string, program: string, { asterisk }: BenchGround): Promise<ChildPeer> {
    const args = [asterisk.ariUrl, asterisk.user, asterisk.password, number];
    const child = spawn(process.execPath, [path.join(__dirname, program), ...args], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const peer = new ChildPeer(name, number, child);
    await peer.says();
    return peer;
  }

  async served(): Promise<Served> {
    this.child.send('report');
    const { keys, restMs } = (await this.says()) as PeerReport;
    return { keys, restP50: percentile(restMs, 0.5), restP99: percentile(restMs, 0.99) };
  }

  stop(): void {
    this.child.disconnect();
  }

  private says(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        reject(new Error(`the peer ${this.name} says nothing`));
      }, REPORT_LIMIT_MS);
      this.child.once('message', (message) => {
        clearTimeout(limit);
        resolve(message);
      });
    });
  }
}

/** The engine, asked as an operator would: over /metrics. */
class EnginePeer implements Peer {
  readonly pid: number;
  private readonly before = new Map<string, number>();

  constructor(
    readonly name: PeerName,
    readonly number: string,
    private readonly flow: string,
    private readonly engine: EngineProcess,
  ) {
    this.pid = engine.runtime.engine_pid;
  }

  async served(): Promise<Served> {
    const text = await (await fetch(`${this.engine.runtime.http_url}/metrics`)).text();
    const keys = BENCH_FIELDS.reduce((sum, { name, keys: length }) => {
      const labels = `{flow="${this.flow}",field="${name}",outcome="collected"}`;
      return sum + length * this.fresh(text, `hushtone_fields_total${labels}`);
    }, 0);
    const rest = [...text.matchAll(/^hushtone_ari_request_seconds_bucket\{le="([^"]+)",way="websocket"\}/gm)].map(
      ([sample, bound]): [number, number] => [Number(bound) * 1000, this.fresh(text, sample)],
    );
    return { keys, restP50: fromBuckets(rest, 0.5), restP99: fromBuckets(rest, 0.99) };
  }

  /** By how much a counter has grown since it was last asked for. */
  private fresh(text: string, sample: string): number {
    const line = text.split('\n').find((each) => each.startsWith(`${sample} `));
    const value = Number(line?.split(' ').pop() ?? 0);
    const grown = value - (this.before.get(sample) ?? 0);
    this.before.set(sample, value);
    return grown;
  }
}

/** The bound below which `share` of the counted lie, ms: buckets are counted up from the lowest. */
function fromBuckets(buckets: readonly (readonly [bound: number, count: number])[], share: number): number {
  const total = Math.max(0, ...buckets.map(([, count]) => count));
  return total === 0 ? Number.NaN : (buckets.find(([, count]) => count >= share * total)?.[0] ?? Number.NaN);
}
