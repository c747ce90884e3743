import type { CompiledFlow } from '../../compile/compile-flow';
import { choicesAt, type Choice } from './choices';
import type { Findings, Turn } from './findings';
import type { ToldPayment } from './money-told';
import type { Act, Decider, Moment } from './moments';
import { PathWatch } from './path-watch';
import type { SimulatedCaller } from './simulated-call';
import { Simulation, type SimulationWorld, type Standing, type TellSimulation } from './simulation';
import type { StateKey, StateKeys } from './state-key';
import type { Waypoint } from './waypoint';

/** A way that was not taken. Paths share their beginnings. */
export interface Fork {
  /** The step from which the path is gone on with; null: the beginning of the call. */
  readonly start: Start | null;
  /** Choices made since then, and the one that is to be made instead. */
  readonly choices: readonly Chosen[];
}

/** What all paths of one walk share. */
export interface Walking {
  readonly keys: StateKeys;
  readonly known: Set<string>;
  /** Ways that are still to be gone. */
  readonly open: Fork[];
  readonly findings: Findings;
}

interface Chosen {
  readonly choice: number;
  /** Of the place where the choice was made. */
  readonly exact: string;
}

interface Start {
  readonly call: Waypoint;
  readonly trail: Trail;
}

/** What a path knows of its way. */
class Trail {
  /** By exact place: after how many turns it was passed. */
  readonly seen: Map<string, number>;
  readonly turns: Turn[];
  state = '';
  momentsInState = 0;

  private constructor(
    readonly watch: PathWatch,
    turns: Turn[],
    seen: ReadonlyMap<string, number>,
  ) {
    this.turns = turns;
    this.seen = new Map(seen);
  }

  /** @param toldBefore so many turns are the beginning of another path, which has told of them */
  static begin(compiled: CompiledFlow, toldBefore: number, findings: Findings): Trail {
    const turns: Turn[] = [];
    return new Trail(new PathWatch(compiled.flow, turns, toldBefore, findings), turns, new Map());
  }

  /** For a path that goes on from here. */
  copy(toldBefore = 0): Trail {
    const turns = [...this.turns];
    const copy = new Trail(this.watch.copy(turns, toldBefore), turns, this.seen);
    copy.state = this.state;
    copy.momentsInState = this.momentsInState;
    return copy;
  }

  count(step: string): void {
    this.momentsInState = step === this.state ? this.momentsInState + 1 : 0;
    this.state = step;
  }
}

/** One call: takes the choices it is given, then the first of each, and keeps the others for later. */
export class Path implements Decider {
  private readonly trail: Trail;
  private readonly simulation: Simulation;
  /** Where others go on that leave this path from here on. */
  private start: Start | null;
  /** Choices made since then. */
  private chosen: Chosen[] = [];
  private readonly given: Chosen[];

  constructor(
    private readonly compiled: CompiledFlow,
    world: SimulationWorld,
    caller: SimulatedCaller,
    fork: Fork | null,
    private readonly walking: Walking,
  ) {
    const { start, choices } = fork ?? { start: null, choices: [] };
    this.given = [...choices];
    this.start = start;
    const toldBefore = (start?.trail.turns.length ?? 0) + choices.length;
    this.trail = start?.trail.copy(toldBefore) ?? Trail.begin(compiled, toldBefore, walking.findings);
    this.simulation = new Simulation(compiled, caller, world, this, this.tell, start?.call);
  }

  get visited(): ReadonlySet<string> {
    return this.trail.watch.visited;
  }

  async run(): Promise<readonly ToldPayment[]> {
    const end = await this.simulation.run();
    if (end.kind === 'ended') this.trail.watch.over(end);
    return this.trail.watch.told;
  }

  decide(moment: Moment): Act {
    const choices = this.choicesAt(moment);
    this.trail.count(moment.step);
    const given = this.given.shift();
    if (given !== undefined) return this.take(moment, choices, given);
    const { exact, place } = this.keyHere(moment);
    const since = this.trail.seen.get(exact);
    if (since !== undefined) this.trail.watch.endless(since);
    if (since !== undefined || this.walking.known.has(place)) return { act: 'abandon' };
    this.walking.known.add(place);
    choices.forEach((choice, index) => {
      if (index > 0 && this.isNew(choice)) this.leaveOpen({ choice: index, exact });
    });
    return this.take(moment, choices, { choice: 0, exact });
  }

  private leaveOpen(other: Chosen): void {
    this.walking.open.push({ start: this.start, choices: [...this.chosen, other] });
  }

  private take(moment: Moment, choices: readonly Choice[], chosen: Chosen): Act {
    const { seen, turns, watch } = this.trail;
    const choice = choices[chosen.choice];
    if (choice === undefined) throw new Error(`a path of ${this.compiled.flow.id} does not repeat itself`);
    seen.set(chosen.exact, turns.length);
    this.chosen.push(chosen);
    turns.push({ step: moment.step, words: choice.words });
    if (moment.kind !== 'said' || choice.interrupts) watch.turn(choice.act.act === 'hang-up');
    return choice.act;
  }

  private readonly tell: TellSimulation = (event, at, step) => {
    this.trail.watch.tell(event, at, step);
    if (event.type === 'state' && this.given.length === 0) this.startFromHere();
  };

  private startFromHere(): void {
    const call = this.simulation.waypoint();
    if (call === null) return;
    this.start = { call, trail: this.trail.copy() };
    this.chosen = [];
  }

  /** Hang-ups from places that differ in counters alone lead to the same. */
  private isNew(choice: Choice): boolean {
    if (!choice.interrupts) return true;
    const key = this.walking.keys.coarseKeyOf(this.standing(), this.around(''), choice.words);
    if (this.walking.known.has(key)) return false;
    this.walking.known.add(key);
    return true;
  }

  private keyHere(moment: Moment): StateKey {
    const what = describe(moment);
    // A step's own moments are told apart by the machine's state; while the order is looked up it stands still.
    const nth = this.compiled.flow.steps.has(moment.step) ? 0 : this.trail.momentsInState;
    return this.walking.keys.keyOf(this.standing(), this.around(`${what} ${nth}`));
  }

  private around(moment: string) {
    return { moment, silentMs: this.simulation.call.hearing.silentFor(), heard: this.trail.watch.heard };
  }

  private choicesAt(moment: Moment): readonly Choice[] {
    const { flow } = this.compiled;
    const choices = choicesAt(flow, moment, this.standing().context, this.simulation.clock.now());
    return this.trail.watch.recovered ? choices.filter(({ errs }) => !errs) : choices;
  }

  private standing(): Standing {
    const standing = this.simulation.now;
    if (standing === null) throw new Error('a call asked for something before it had begun');
    return standing;
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
