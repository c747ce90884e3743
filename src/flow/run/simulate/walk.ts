import type { Prompts, Spoken } from '../../../ports/prompts';
import type { CompiledFlow } from '../../compile/compile-flow';
import { Findings, type Finding } from './findings';
import { findUntold, type ToldPayment } from './money-told';
import { Path, type Fork } from './path';
import { sampleHeaders } from './sample-values';
import type { SimulatedCaller } from './simulated-call';
import type { SimulationWorld } from './simulation';
import { StateKeys } from './state-key';

export interface Walk {
  readonly findings: readonly Finding[];
  /** Paths that were gone to an end, or to a place from which every way was known. */
  readonly paths: number;
  /** Different places at which something outside decides how a call goes on. */
  readonly places: number;
  /** Steps of the flow that no path came to. */
  readonly unreached: readonly string[];
  /** False: the bound was met before every path had been gone. */
  readonly complete: boolean;
}

export interface WalkOptions {
  /** So many paths at most. */
  readonly mostPaths?: number;
  readonly onProgress?: (paths: number, open: number) => void;
}

const MOST_PATHS = 200_000;
const PROGRESS_EVERY = 200;

/**
 * Goes every way that a call can take through a flow. Each path is a call in the engine's own runner; at each moment at which
 * something outside decides, the ways not taken are kept for later, and gone on with from the step they begin in. A place that an
 * earlier path has been to, with the same things still possible, is not gone on from. On each path the caller errs, and then gets it right,
 * at one step at most: whoever errs at two meets nothing that somebody who errs at one of them does not.
 */
export async function walkFlow(
  compiled: CompiledFlow,
  world: SimulationWorld,
  { mostPaths = MOST_PATHS, onProgress }: WalkOptions = {},
): Promise<Walk> {
  const { flow } = compiled;
  const remembering = { ...world, prompts: remembered(world.prompts) };
  const findings = new Findings();
  const walking = { keys: new StateKeys(flow), known: new Set<string>(), open: [] as Fork[], findings };
  const payments = new Map<string, ToldPayment>();
  const visited = new Set<string>();
  let paths = 0;
  for (const caller of callersOf(compiled)) {
    let next: Fork | null | undefined = null;
    while (next !== undefined && paths < mostPaths) {
      const path = new Path(compiled, remembering, caller, next, walking);
      for (const payment of await path.run()) keepShortest(payments, payment);
      for (const step of path.visited) visited.add(step);
      if (++paths % PROGRESS_EVERY === 0) onProgress?.(paths, walking.open.length);
      next = walking.open.pop();
    }
  }
  findUntold([...payments.values()], findings);
  return {
    findings: findings.all(),
    paths,
    places: walking.known.size,
    unreached: [...flow.steps.keys()].filter((step) => !visited.has(step)),
    complete: walking.open.length === 0,
  };
}

/** The same things are said on thousands of paths. */
function remembered(prompts: Prompts): Prompts {
  const known = new Map<string, Spoken>();
  const say: Prompts['say'] = (language, items) => {
    const key = JSON.stringify([language, items]);
    const spoken = known.get(key) ?? prompts.say(language, items);
    known.set(key, spoken);
    return spoken;
  };
  return { ...prompts, say };
}

/** Of payments with the same outcome after which the same was heard, one is enough. */
function keepShortest(payments: Map<string, ToldPayment>, payment: ToldPayment): void {
  const key = JSON.stringify([payment.step, payment.outcome, payment.callerGone, [...payment.heard].sort()]);
  const known = payments.get(key);
  if (known === undefined || payment.path.length < known.path.length) payments.set(key, payment);
}

/** With the order in the headers that the flow reads, and without. */
function callersOf({ flow }: CompiledFlow): readonly SimulatedCaller[] {
  const read = Object.assign(
    {},
    ...flow.context.map((source) => (source.kind === 'headers' ? source.headers : {})),
  ) as Record<string, string>;
  const headers = sampleHeaders(read);
  const caller = { number: '+919800000100', did: flow.dids[0] ?? '', headers };
  return Object.keys(headers).length === 0 ? [caller] : [caller, { ...caller, headers: {} }];
}
