import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { prepareGround, type BenchGround } from './ground';
import { pause } from './measure';
import { startPeers, type Peer } from './peers';
import { resultsOf, tableOf, type BenchFacts, type BenchResults } from './results';
import { placeCalls } from './sipp';
import { runRound, type RoundResult } from './round';

export interface BenchOptions {
  readonly calls: number;
  readonly rate: number;
  readonly rounds: number;
  /** Calls at once of the last run, for the engine alone; 0 for none. */
  readonly crowd: number;
  /** Telephones that measure, beside the load. */
  readonly probes: number;
  readonly peers: readonly string[] | null;
  readonly logLevel: string;
  /** Folder for a CPU profile of the engine; null: none is made. */
  readonly profile: string | null;
  /** Where the results go, besides the screen; null: nowhere. */
  readonly file: string | null;
}

/** About 8 minutes, with about 200 calls at once. */
const DEFAULTS: BenchOptions = {
  calls: 200,
  rate: 20,
  rounds: 3,
  crowd: 500,
  probes: 12,
  peers: null,
  logLevel: 'info',
  profile: null,
  file: path.join('bench', 'results.json'),
};

const NUMBERS = ['calls', 'rate', 'rounds', 'crowd', 'probes'] as const;
const WARM_UP = { calls: 100, rate: 5 };
/** What is waited between two rounds, so that one pays nothing for the other. ms */
const BETWEEN_MS = 1_000;
/** A call of the scenario takes about this long, s. */
const CALL_S = 13.5;

/** `--calls 200 --rate 20 --rounds 3 --crowd 500 --probes 12 --peers read,ws --log-level info --profile FOLDER --file bench/results.json|none`. */
export function parseBenchArguments(args: readonly string[]): BenchOptions {
  const options: Record<string, unknown> = { ...DEFAULTS };
  for (let at = 0; at < args.length; at += 2) {
    const name = (args[at] ?? '').replace(/^--/, '');
    const value = args[at + 1] ?? '';
    const number = NUMBERS.find((known) => known === name);
    if (number !== undefined && /^\d+$/.test(value)) options[number] = Number(value);
    else if (name === 'peers' && value !== '') options.peers = value.split(',');
    else if (name === 'log-level' && value !== '') options.logLevel = value;
    else if (name === 'profile' && value !== '') options.profile = value;
    else if (name === 'file' && value !== '') options.file = value === 'none' ? null : value;
    else
      throw new Error(
        `"${args[at] ?? ''} ${value}" is not an option; allowed: ${NUMBERS.map((known) => `--${known} N`).join(', ')}, --peers LIST, --log-level LEVEL, --profile FOLDER, --file FILE|none`,
      );
  }
  return options as unknown as BenchOptions;
}

/** Lets every peer serve the same calls, in alternating rounds, and writes what was seen. */
export async function runBench(
  projectDir: string,
  options: BenchOptions,
  print: (line: string) => void,
): Promise<BenchResults> {
  const facts = factsOf(projectDir, options);
  const ground = await prepareGround(projectDir);
  try {
    const peers = await startPeers(ground, options);
    try {
      const chosen = peers.all.filter(({ name }) => options.peers === null || options.peers.includes(name));
      await warmUp(ground, chosen);
      const rounds = await allRounds(ground, chosen, options, print);
      const crowd = await crowdRound(ground, chosen, options, print);
      const results = resultsOf({ ...facts, asterisk: ground.asterisk.version }, rounds, crowd);
      print(`\n${tableOf(results)}`);
      if (options.file !== null) save(path.resolve(projectDir, options.file), results);
      return results;
    } finally {
      await peers.stop();
    }
  } finally {
    await ground.stop();
  }
}

/** Some calls for each that do not count: V8 is still compiling during the first. */
async function warmUp({ projectDir, folder, asterisk }: BenchGround, peers: readonly Peer[]): Promise<void> {
  const server = `${asterisk.sipHost}:${asterisk.sipPort}`;
  await Promise.all(peers.map(({ number }) => placeCalls(projectDir, folder, { did: number, server, ...WARM_UP })));
}

/** Each round begins with another peer, so that none is always the first or behind the same one. */
async function allRounds(
  ground: BenchGround,
  peers: readonly Peer[],
  options: BenchOptions,
  print: (line: string) => void,
): Promise<RoundResult[]> {
  const results: RoundResult[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const first = round % peers.length;
    for (const peer of [...peers.slice(first), ...peers.slice(0, first)]) {
      const result = await runRound(ground, peer, options);
      print(`round ${round + 1} of ${options.rounds}: ${inWords(result)}`);
      results.push(result);
      await pause(BETWEEN_MS);
    }
  }
  return results;
}

async function crowdRound(
  ground: BenchGround,
  peers: readonly Peer[],
  { crowd, probes }: BenchOptions,
  print: (line: string) => void,
): Promise<RoundResult[]> {
  const engine = peers.find(({ name }) => name === 'engine');
  if (crowd === 0 || engine === undefined) return [];
  const rate = Math.ceil((crowd * 1.1) / CALL_S);
  const result = await runRound(ground, engine, { calls: Math.ceil(crowd * 1.3), rate, probes });
  print(`crowd: ${inWords(result)}`);
  return [result];
}

function inWords(result: RoundResult): string {
  const { peer, asteriskCpu, nodeCpu, keyToPromptP50, keyToPromptP99, atOnce, failed, digitsLost } = result;
  const waits = `key to prompt ${keyToPromptP50.toFixed(1)}/${keyToPromptP99.toFixed(1)} ms`;
  return `${peer.padEnd(11)} Asterisk ${asteriskCpu.toFixed(1)} ms, Node ${nodeCpu.toFixed(1)} ms a call; ${waits}; ${atOnce} at once, ${failed} failed, ${digitsLost} digits lost`;
}

function factsOf(projectDir: string, { calls, rate, logLevel }: BenchOptions): BenchFacts {
  const git = (...args: string[]): string => {
    try {
      return execFileSync('git', args, {
        cwd: projectDir,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    } catch {
      return 'unknown';
    }
  };
  return {
    commit: git('rev-parse', '--short', 'HEAD'),
    when: new Date().toISOString(),
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    node: process.version,
    asterisk: '',
    log_level: logLevel,
    calls,
    rate,
    load_average: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

function save(file: string, results: BenchResults): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}
