import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../../asterisk/free-ports';
import { provisionedRoot } from '../../asterisk/provision';
import { unpackedCommand } from '../../asterisk/unpacked';

export interface Load {
  /** Number that is dialled. */
  readonly did: string;
  readonly server: string;
  readonly calls: number;
  /** Calls a second. */
  readonly rate: number;
  /** Ends SIPp, and with it this work, at once. */
  readonly signal?: AbortSignal;
}

export interface LoadResult {
  readonly succeeded: number;
  readonly failed: number;
}

/** A call of the scenario takes about 14 s; SIPp gives up this long after the last has begun, s. */
const PATIENCE_S = 45;

/**
 * Test numbers that pass Luhn: each caller has a card of their own, as callers have. A brand whose numbers all have 16 digits, so
 * that the last key ends the field; a Visa card may have 19, and is waited for.
 */
export function testCard(index: number): string {
  const body = `545454${String(index).padStart(9, '0')}`;
  let sum = 0;
  for (let at = 0; at < body.length; at++) {
    const digit = Number(body[at]) * (at % 2 === 0 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return `${body}${(10 - (sum % 10)) % 10}`;
}

/** MMYY, three years from now. */
export const EXPIRY = `12${String((new Date().getFullYear() + 3) % 100).padStart(2, '0')}`;

let runs = 0;

/** Lets SIPp place calls as test/load/caller-keys-card.xml says. Resolves when the last has ended. */
export async function placeCalls(projectDir: string, folder: string, load: Load): Promise<LoadResult> {
  const run = ++runs;
  mkdirSync(folder, { recursive: true });
  const callers = path.join(folder, `callers-${run}.csv`);
  const rows = Array.from({ length: load.calls }, (_unused, index) => {
    const number = `+9198${String(10_000_000 + index)}`;
    return `${number};BENCH-${run}-${index}-${Date.now().toString(36)};${testCard(index)};${EXPIRY};`;
  });
  writeFileSync(callers, `SEQUENTIAL\n${rows.join('\n')}\n`);
  const stats = path.join(folder, `stats-${run}.csv`);
  const { command, args } = unpackedCommand(provisionedRoot(projectDir, 'asterisk') ?? '', 'usr/bin/sipp');
  const scenario = path.join(projectDir, 'test', 'load', 'caller-keys-card.xml');
  const child = spawn(
    command,
    [
      ...args,
      load.server,
      ...['-s', load.did, '-sf', scenario, '-inf', callers, '-i', '127.0.0.1'],
      ...['-p', String(await freePort('127.0.0.1', true)), '-mp', String(await freePort('127.0.0.1', true))],
      ...['-r', String(load.rate), '-m', String(load.calls), '-l', '5000', '-nostdin'],
      ...['-timeout', `${Math.ceil(load.calls / load.rate) + PATIENCE_S}s`, '-trace_stat', '-stf', stats],
    ],
    {
      cwd: folder,
      env: { ...process.env, TERM: 'dumb' },
      stdio: ['ignore', 'ignore', 'pipe'],
      // Asked politely it would first wait for its calls.
      killSignal: 'SIGKILL',
      ...(load.signal === undefined ? {} : { signal: load.signal }),
    },
  );
  await ended(child);
  return resultOf(readFileSync(stats, 'utf8'), load.calls);
}

/** SIPp's own table: the last line counts from the beginning. */
function resultOf(stats: string, calls: number): LoadResult {
  const lines = stats.trim().split('\n');
  const names = (lines[0] ?? '').split(';');
  const last = (lines[lines.length - 1] ?? '').split(';');
  const succeeded = Number(last[names.indexOf('SuccessfulCall(C)')] ?? 0);
  return { succeeded, failed: calls - succeeded };
}

async function ended(child: ChildProcess): Promise<void> {
  let said = '';
  child.stderr?.on('data', (data: Buffer) => (said = (said + data.toString()).slice(-2_000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // 1: some calls failed, which is a result like any other.
  if (code !== 0 && code !== 1) throw new Error(`SIPp ended with ${String(code)}: ${said}`);
}
