import type { Prompts, Spoken } from '../../../ports/prompts';
import type { CompiledFlow } from '../../compile/compile-flow';
import type { FlowContext } from '../../compile/context';
import { choicesAt, type Choice } from './choices';
import { Findings, type Finding, type Turn } from './findings';
import { findUntold, type ToldPayment } from './money-told';
import type { Act, Decider, Moment } from './moments';
import { PathWatch } from './path-watch';
import { sampleHeaders } from './sample-values';
import type { SimulatedCaller } from './simulated-call';
import { Simulation, type SimulationWorld } from './simulation';
import { StateKeys, type StateKey } from './state-key';

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

/** The choices that lead to a place, from its last one back: paths share their beginnings. */
interface Prefix {
  readonly before: Prefix | null;
  readonly choice: number;
  /** Of the place where the choice was made. */
  readonly exact: string;
}

/**
 * Goes every way that a call can take through a flow. Each path is a whole call, run by the engine's own runner from its
 * beginning; at each moment at which something outside decides, the ways not taken are kept for later. A place that an earlier
 * path has been to, with the same things still possible, is not gone on from. On each path the caller errs, and then gets it right,
 * at one step at most: whoever errs at two meets nothing that somebody who errs at one of them does not.
 */
export async function walkFlow(
  compiled: CompiledFlow,
  world: SimulationWorld,
  { mostPaths = MOST_PATHS, onProgress }: WalkOptions = {},
): Promise<Walk> {
  const { flow } = compiled;
  const remembering = { ...world, prompts: remembered(world.prompts) };
  const walking = { keys: new StateKeys(flow), known: new Set<string>(), open: [] as Prefix[] };
  const findings = new Findings();
  const payments = new Map<string, ToldPayment>();
  const visited = new Set<string>();
  let paths = 0;
  for (const caller of callersOf(compiled)) {
    let next: Prefix | null | undefined = null;
    while (next !== undefined && paths < mostPaths) {
      const path = new Path(compiled, remembering, caller, choicesOf(next), walking, findings);
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

function choicesOf(prefix: Prefix | null): readonly Prefix[] {
  const choices: Prefix[] = [];
  for (let each = prefix; each !== null; each = each.before) choices.unshift(each);
  return choices;
}

interface Walking {
  readonly keys: StateKeys;
  readonly known: Set<string>;
  /** Ways that are still to be gone. */
  readonly open: Prefix[];
}

/** One call: takes the choices it is given, then the first of each, and keeps the others for later. */
class Path implements Decider {
  private readonly turns: Turn[] = [];
  private readonly seen = new Map<string, number>();
  private readonly watch: PathWatch;
  private readonly simulation: Simulation;
  private last: Prefix | null = null;
  private state = '';
  private momentsInState = 0;

  constructor(
    private readonly compiled: CompiledFlow,
    world: SimulationWorld,
    caller: SimulatedCaller,
    private readonly prefix: readonly Prefix[],
    private readonly walking: Walking,
    findings: Findings,
  ) {
    this.watch = new PathWatch(compiled.flow, this.turns, prefix.length, findings);
    this.simulation = new Simulation(compiled, caller, world, this, this.watch.tell);
  }

  get visited(): ReadonlySet<string> {
    return this.watch.visited;
  }

  async run(): Promise<readonly ToldPayment[]> {
    const end = await this.simulation.run();
    if (end.kind === 'ended') this.watch.over(end);
    return this.watch.told;
  }

  decide(moment: Moment): Act {
    const given = this.prefix[this.turns.length];
    const choices = this.choicesAt(moment);
    this.count(moment);
    if (given !== undefined) return this.take(moment, choices, given);
    const key = this.keyHere(moment);
    const since = this.seen.get(key.exact);
    if (since !== undefined) this.watch.endless(since);
    if (since !== undefined || this.walking.known.has(key.place)) return { act: 'abandon' };
    this.walking.known.add(key.place);
    const { exact } = key;
    choices.forEach((choice, index) => {
      if (index > 0 && this.isNew(choice)) this.walking.open.push({ before: this.last, choice: index, exact });
    });
    return this.take(moment, choices, { before: this.last, choice: 0, exact });
  }

  private take(moment: Moment, choices: readonly Choice[], prefix: Prefix): Act {
    const choice = choices[prefix.choice];
    if (choice === undefined) throw new Error(`a path of ${this.compiled.flow.id} does not repeat itself`);
    this.seen.set(prefix.exact, this.turns.length);
    this.last = prefix;
    this.turns.push({ step: moment.step, words: choice.words });
    if (moment.kind !== 'said' || choice.interrupts) this.watch.turn(choice.act.act === 'hang-up');
    return choice.act;
  }

  /** Hang-ups from places that differ in counters alone lead to the same. */
  private isNew(choice: Choice): boolean {
    const standing = this.simulation.now;
    if (!choice.interrupts || standing === null) return true;
    const key = this.walking.keys.coarseKeyOf(standing, this.around(''), choice.words);
    if (this.walking.known.has(key)) return false;
    this.walking.known.add(key);
    return true;
  }

  private count(moment: Moment): void {
    this.momentsInState = moment.step === this.state ? this.momentsInState + 1 : 0;
    this.state = moment.step;
  }

  private keyHere(moment: Moment): StateKey {
    const standing = this.simulation.now;
    const what = describe(moment);
    // A step's own moments are told apart by the machine's state; while the order is looked up it stands still.
    const nth = this.compiled.flow.steps.has(moment.step) ? 0 : this.momentsInState;
    if (standing === null) throw new Error('a call asked for something before it had begun');
    return this.walking.keys.keyOf(standing, this.around(`${what} ${nth}`));
  }

  private around(moment: string) {
    return { moment, silentMs: this.simulation.call.hearing.silentFor(), heard: this.watch.heard };
  }

  private choicesAt(moment: Moment): readonly Choice[] {
    const { flow } = this.compiled;
    const choices = choicesAt(flow, moment, this.context(), this.simulation.clock.now());
    return this.watch.recovered ? choices.filter(({ errs }) => !errs) : choices;
  }

  private context(): FlowContext {
    const standing = this.simulation.now;
    if (standing === null) throw new Error('a call asked for something before it had begun');
    return standing.context;
  }
}

function describe(moment: Moment): string {
  switch (moment.kind) {
    case 'question':
      return moment.question.about;
    case 'keys':
      // A field that is keyed twice is asked for in other words the second time.
      return `keys ${moment.request.words}`;
    case 'said':
      return 'said';
  }
}
