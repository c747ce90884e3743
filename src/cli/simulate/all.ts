import { existsSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { listenOnce } from '../../call/listening';
import type { CompiledFlow } from '../../flow/compile/compile-flow';
import type { Finding, Turn } from '../../flow/run/simulate/findings';
import { walkFlow, type Walk } from '../../flow/run/simulate/walk';
import { findFlow, loadForSimulation, type Environment } from './find-flow';

/** Every walk happens on the same day, so that it finds the same tomorrow. */
const DAY = Date.UTC(2026, 0, 15, 12);

const KINDS = { 'dead-end': 'dead end', silence: 'silence', 'not-told': 'money without a word' } as const;

/**
 * Goes every way of the flows that are named (files, ids or numbers; none: all of the flows folder) and prints what a caller
 * should never meet.
 *
 * @returns 0 when nothing was found, 1 otherwise.
 */
export async function simulateAll(names: readonly string[], json: boolean, env: Environment): Promise<number> {
  let found = 0;
  const began = performance.now();
  const walked: Walk[] = [];
  for (const name of names.length === 0 ? [undefined] : names) {
    const loaded = await loadForSimulation(env, name);
    if (loaded === null) return 1;
    const flows = name === undefined ? [...new Set(loaded.flows.values())] : [findFlow(loaded.flows, name)];
    for (const compiled of flows) {
      const walk = await walkOne(compiled, loaded.world, json);
      found += walk.findings.length;
      walked.push(walk);
    }
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const paths = walked.reduce((sum, walk) => sum + walk.paths, 0);
  if (!json)
    console.log(`${counted(walked.length, 'flow')}, ${paths} paths, ${counted(found, 'finding')}, ${seconds} s`);
  return found === 0 && walked.every(({ complete }) => complete) ? 0 : 1;
}

async function walkOne(
  compiled: CompiledFlow,
  world: NonNullable<Awaited<ReturnType<typeof loadForSimulation>>>['world'],
  json: boolean,
): Promise<Walk> {
  const { flow } = compiled;
  const shows = process.stderr.isTTY && !json;
  const onProgress = (paths: number, open: number): void => {
    if (shows) process.stderr.write(`\r${flow.id}: ${paths} paths, ${open} ways still to go   `);
  };
  const walk = await walkFlow(compiled, { ...world, listenOnce, startAt: DAY }, { onProgress });
  if (shows) process.stderr.write('\r\u001b[K');
  if (json) {
    console.log(JSON.stringify({ flow: flow.id, file: flow.file, ...walk }));
    return walk;
  }
  const steps = `${flow.steps.size - walk.unreached.length} of ${flow.steps.size} steps`;
  console.log(`${flow.id}: ${walk.paths} paths, ${steps}, ${counted(walk.findings.length, 'finding')}`);
  if (!walk.complete) console.log('  stopped at the bound: there are more paths than these');
  for (const step of walk.unreached) {
    console.log(
      `  not tried: no values of this simulation lead to \`${step}\` (line ${flow.steps.get(step)?.place.line})`,
    );
  }
  for (const finding of walk.findings) tell(finding);
  return walk;
}

function tell({ kind, place, what, path: turns, paths }: Finding): void {
  const file = existsSync(place.file) ? path.relative('', place.file) : place.file;
  console.log(`\n${file}:${place.line}:${place.column}: ${KINDS[kind]}: ${what}`);
  const rows = wayOf(turns);
  for (const row of rows) console.log(`    ${row}`);
  if (paths > 1) console.log(`    (and ${counted(paths - 1, 'other way')})`);
}

/** One line per step: what happened there. */
function wayOf(turns: readonly Turn[]): readonly string[] {
  const rows: { step: string; words: string[] }[] = [];
  for (const { step, words } of turns) {
    const last = rows.at(-1);
    const row = last?.step === step ? last : { step, words: [] };
    if (row !== last) rows.push(row);
    if (words !== '') row.words.push(words);
  }
  return rows.map(({ step, words }) => {
    const name = step.startsWith('$') ? `(${step.slice(1).replaceAll('-', ' ')})` : step;
    return words.length === 0 ? name : `${name}: ${words.join('; ')}`;
  });
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
