import { execFileSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { fileReason } from '../../errors';
import { prepareGround, type BenchGround } from './ground';
import { pause } from './measure';
import { PEER_NAMES, startPeers, type Peer } from './peers';
import { resultsOf, tableOf, type BenchFacts, type BenchResults } from './results';
import { placeCalls } from './sipp';
import { runRound, type RoundPlan, type RoundResult } from './round';

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

const LEVELS = ['debug', 'info', 'warn', 'error'];

/** `--calls 200 --rate 20 --rounds 3 --crowd 500 --probes 12 --peers read,ws --log-level info --profile FOLDER --file bench/results.json|none`. */
export function parseBenchArguments(args: readonly string[]): BenchOptions {
  const options: Record<string, unknown> = { ...DEFAULTS };
  for (let at = 0; at < args.length; at += 2) {
    const name = (args[at] ?? '').replace(/^--/, '');
    const value = args[at + 1] ?? '';
    const number = NUMBERS.find((known) => known === name);
    if (number !== undefined && isCount(value, number)) options[number] = Number(value);
    else if (name === 'peers' && value.split(',').every(isPeer)) options.peers = value.split(',');
    else if (name === 'log-level' && LEVELS.includes(value)) options.logLevel = value;
    else if (name === 'profile' && value !== '') options.profile = value;
    else if (name === 'file' && value !== '') options.file = value === 'none' ? null : value;
    else
      throw new Error(
        `"${`${args[at] ?? ''} ${value}`.trim()}" is not an option; allowed: --calls N, --rate N, --rounds N (each at least 1), --crowd N, --probes N, --peers LIST (of ${PEER_NAMES.join(',')}), --log-level ${LEVELS.join('|')}, --profile FOLDER, --file FILE|none`,
      );
  }
  return options as unknown as BenchOptions;
}

/** The crowd and the telephones that measure may be left out; a round without calls measures nothing. */
function isCount(text: string, name: (typeof NUMBERS)[number]): boolean {
  return /^\d{1,6}$/.test(text) && (Number(text) > 0 || name === 'crowd' || name === 'probes');
}

function isPeer(text: string): boolean {
  return PEER_NAMES.some((name) => name === text);
}

/**
 * Lets every peer serve the same calls, in alternating rounds, and writes what was seen.
 *
 * @param signal ends it at once: then it rejects, what it had brought up has ended, and nothing is written
 */
export async function runBench(
  projectDir: string,
  options: BenchOptions,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<BenchResults> {
  const facts = factsOf(projectDir, options);
  const file = options.file === null ? null : path.resolve(projectDir, options.file);
  if (file !== null) refuseUnwritable(file);
  const ground = await prepareGround(projectDir);
  try {
    signal.throwIfAborted();
    const peers = await startPeers(ground, options);
    try {
      const chosen = peers.all.filter(({ name }) => options.peers === null || options.peers.includes(name));
      await warmUp(ground, chosen, signal);
      const plan = { ...options, signal };
      const rounds = await allRounds(ground, chosen, plan, print);
      const crowd = await crowdRound(ground, chosen, plan, print);
      const results = resultsOf({ ...facts, asterisk: ground.asterisk.version }, rounds, crowd);
      print(`\n${tableOf(results)}`);
      keep(file, options, results, print);
      return results;
    } finally {
      await peers.stop();
    }
  } finally {
    await ground.stop();
  }
}

/** Some calls for each that do not count: V8 is still compiling during the first. */
async function warmUp(
  { projectDir, folder, asterisk }: BenchGround,
  peers: readonly Peer[],
  signal: AbortSignal,
): Promise<void> {
  const load = { server: `${asterisk.sipHost}:${asterisk.sipPort}`, signal, ...WARM_UP };
  await Promise.all(peers.map(({ number }) => placeCalls(projectDir, folder, { did: number, ...load })));
}

/** Each round begins with another peer, so that none is always the first or behind the same one. */
async function allRounds(
  ground: BenchGround,
  peers: readonly Peer[],
  options: BenchOptions & RoundPlan,
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
      options.signal.throwIfAborted();
    }
  }
  return results;
}

async function crowdRound(
  ground: BenchGround,
  peers: readonly Peer[],
  { crowd, probes, signal }: BenchOptions & RoundPlan,
  print: (line: string) => void,
): Promise<RoundResult[]> {
  const engine = peers.find(({ name }) => name === 'engine');
  if (crowd === 0 || engine === undefined) return [];
  const rate = Math.ceil((crowd * 1.1) / CALL_S);
  const result = await runRound(ground, engine, { calls: Math.ceil(crowd * 1.3), rate, probes, signal });
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

/** Said before the first call, not after the last. */
function refuseUnwritable(file: string): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    accessSync(path.dirname(file), constants.W_OK);
  } catch (error) {
    throw new Error(`the results cannot be written to ${file}: ${fileReason(error)}; --file says where, or none`);
  }
}

/** The committed results are of all peers: a few of them are kept only where somebody says. */
function keep(file: string | null, options: BenchOptions, results: BenchResults, print: (line: string) => void): void {
  if (file === null) return;
  if (options.peers !== null && options.file === DEFAULTS.file) {
    print(
      `\n${options.file} stays as it was, since not every peer was measured; --file FILE keeps this run elsewhere.`,
    );
    return;
  }
  const beside = `${file}.tmp`;
  writeFileSync(beside, `${JSON.stringify(results, null, 2)}\n`);
  renameSync(beside, file);
}
