import type { Flow, Place } from '../../ast';
import { BUILT_IN } from '../../compile/ways';
import type { Findings, Turn } from './findings';
import type { ToldPayment } from './money-told';
import type { SimulationEnd, SimulationEvent } from './simulation';

/** Longer silences are findings, ms. */
const LONGEST_SILENCE_MS = 5_000;

/** Recordings that speak a value say nothing of a payment by themselves. */
const VALUE_SOUND = /\/(words|characters|letters|digits)\/|\/(pause|silence|beep)$/;

interface OpenPayment {
  readonly step: string;
  readonly outcome: string;
  readonly heard: Set<string>;
}

/** Follows one path and notes what a caller should not meet on it. */
export class PathWatch {
  /** The caller has erred at a step and then got it right. */
  recovered = false;
  readonly visited = new Set<string>();
  /** Payments whose outcome the caller has had time to hear of. */
  readonly told: ToldPayment[] = [];
  private payment: OpenPayment | null = null;
  private quietSteps: string[] = [];
  private saidSinceTurn = true;
  private gone = false;
  /** At the step where the call stands. */
  private erred = false;

  constructor(
    private readonly flow: Flow,
    private readonly turns: readonly Turn[],
    /** So many turns are the beginning of another path, which has told of them. */
    private readonly toldBefore: number,
    private readonly findings: Findings,
  ) {}

  /** The same of a path that goes on from here by turns of its own. */
  copy(turns: readonly Turn[], toldBefore: number): PathWatch {
    const copy = new PathWatch(this.flow, turns, toldBefore, this.findings);
    copy.recovered = this.recovered;
    for (const step of this.visited) copy.visited.add(step);
    copy.payment = this.payment === null ? null : { ...this.payment, heard: new Set(this.payment.heard) };
    copy.quietSteps = [...this.quietSteps];
    copy.saidSinceTurn = this.saidSinceTurn;
    copy.gone = this.gone;
    copy.erred = this.erred;
    return copy;
  }

  /** What of the past matters for what will be found. */
  get heard(): string {
    const { payment } = this;
    const owed = payment === null ? null : [payment.step, payment.outcome, [...payment.heard].sort()];
    return JSON.stringify([owed, this.saidSinceTurn, this.recovered, this.erred]);
  }

  /** Something outside has decided how the call goes on. */
  turn(hangsUp: boolean): void {
    this.saidSinceTurn = false;
    this.gone ||= hangsUp;
  }

  readonly tell = (event: SimulationEvent, _at: number, step: string): void => {
    if (event.type === 'state') this.enter(event.state);
    if (event.type === 'played') this.play(event.media, step);
    if (event.type === 'silence' && event.ms > LONGEST_SILENCE_MS) this.silence(event.ms);
    if (event.type === 'field-closed') {
      this.quietSteps = [step];
      if (event.outcome === 'collected') this.collected();
      else this.erred = true;
    }
    if (event.type === 'payment') {
      this.closePayment(false);
      this.payment = { step, outcome: event.outcome, heard: new Set() };
    }
  };

  private enter(state: string): void {
    this.visited.add(state);
    this.erred = false;
    this.quietSteps.push(state);
    if (state === BUILT_IN.engineError && this.flow.on['engine-error'] === undefined) this.noWayOn();
  }

  private play(media: readonly string[], step: string): void {
    this.saidSinceTurn = true;
    this.quietSteps = [step];
    if (this.isWaiting(step)) return;
    for (const sound of media) if (!VALUE_SOUND.test(sound)) this.payment?.heard.add(sound);
  }

  /** What is played until an answer comes says nothing of a payment before. */
  private isWaiting(name: string): boolean {
    const step = this.flow.steps.get(name);
    return step !== undefined && 'while' in step && step.kind !== 'otp';
  }

  /** The path is at its end. */
  over(end: SimulationEnd): void {
    if (end.kind === 'ended' && end.reason === 'engine' && !this.gone && !this.saidSinceTurn) {
      this.deadEnd(this.lastStep(), 'the caller is hung up on without a word');
    }
    if (end.kind === 'ended' && end.reason === 'failure') {
      this.deadEnd(this.lastStep(), 'the call can go nowhere from here');
    }
    this.closePayment(this.gone);
  }

  private collected(): void {
    this.recovered ||= this.erred;
    this.closePayment(false);
  }

  /** What is said from here on is about something else. */
  private closePayment(callerGone: boolean): void {
    if (this.payment === null) return;
    const { step, outcome, heard } = this.payment;
    this.payment = null;
    if (this.isOld) return;
    this.told.push({ step, place: this.placeOf(step), outcome, heard, callerGone, path: [...this.turns] });
  }

  /** Nothing but the session limit leads out of this. */
  endless(since: number): void {
    const steps = [...new Set(this.turns.slice(since).map(({ step }) => step))];
    const round = steps.map((step) => `\`${step}\``).join(' -> ');
    const what = `the call goes round in circles (${round}) until the session limit ends it`;
    this.deadEnd(steps[0] ?? this.lastStep(), what);
  }

  private noWayOn(): void {
    this.deadEnd(this.lastStep(), 'something fails here and the flow has no way for it: the engine apologises');
  }

  private silence(ms: number): void {
    const steps = [...new Set(this.quietSteps)].filter((step) => this.flow.steps.has(step));
    const names = steps.length === 0 ? "the order's details are read" : steps.map((step) => `\`${step}\``).join(', ');
    const what = `the caller may hear nothing for ${(ms / 1000).toFixed(1)} s: ${names}`;
    const [step = this.lastStep()] = steps;
    if (this.isOld) return;
    this.findings.add({ kind: 'silence', step, place: this.placeOf(step), what, path: [...this.turns] });
  }

  private get isOld(): boolean {
    return this.turns.length < this.toldBefore;
  }

  private deadEnd(step: string, what: string): void {
    if (this.isOld) return;
    this.findings.add({ kind: 'dead-end', step, place: this.placeOf(step), what, path: [...this.turns] });
  }

  /** The latest step of the flow's own. */
  private lastStep(): string {
    return [...this.visited].filter((step) => this.flow.steps.has(step)).at(-1) ?? this.flow.start;
  }

  private placeOf(step: string): Place {
    return this.flow.steps.get(step)?.place ?? { file: this.flow.file, line: 1, column: 1 };
  }
}
