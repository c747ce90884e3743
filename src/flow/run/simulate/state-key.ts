import type { Value } from '../../../ports/connectors';
import type { Flow, Template } from '../../ast';
import { stateIn } from '../../compile/ways';
import { decidingTemplates, speaksOf } from './asked-values';
import type { Standing } from './simulation';

/** A silence longer than this is as bad as any. */
const LONGEST_SILENCE_MS = 30_000;

/** What the walk knows beside the machine's own state. */
export interface Surroundings {
  /** Which moment this is, of those since the machine came into its state. */
  readonly moment: string;
  readonly silentMs: number;
  /** What the caller has and has not heard, as far as a finding depends on it. */
  readonly heard: string;
}

export interface StateKey {
  /** The same for two places from which the same can follow. */
  readonly place: string;
  /** The same only when nothing at all has changed between two moments of a call. */
  readonly exact: string;
}

/** What can still come after a state. */
interface Ahead {
  readonly steps: ReadonlySet<string>;
  readonly deciding: readonly Template[];
}

type Counts = Readonly<Record<string, number>>;

/**
 * Says of two moments whether the same can follow. Ids, references and times do not count, nor do counters and errors of steps that
 * cannot be reached any more. Of a step that can, it counts whether it has been asked at all, and whether an attempt is left.
 */
export class StateKeys {
  private readonly known = new Map<string, Ahead>();

  constructor(private readonly flow: Flow) {}

  keyOf({ value, context }: Standing, around: Surroundings): StateKey {
    const here = stateIn(value);
    const ahead = this.ahead(here);
    const { values, payment, sealed, used, resent, errors, callerGone, late, handled, otpToSend } = context;
    const place = JSON.stringify([
      value,
      [deciding(ahead, values), payment.outcome, otpToSend !== null],
      Object.entries(sealed).map(([name, { brand }]) => [name, brand]),
      [this.left(ahead, here, used, 'attempts'), this.left(ahead, here, resent, 'resends')],
      Object.entries(errors).filter(([step]) => ahead.steps.has(step)),
      [callerGone, late, handled],
      [around.moment, Math.min(around.silentMs, LONGEST_SILENCE_MS), around.heard],
    ]);
    return { place, exact: place + JSON.stringify([used, resent]) };
  }

  /** For what a hang-up or the session limit leads to, counters and what was keyed matter little. */
  coarseKeyOf({ value, context }: Standing, around: Surroundings, words: string): string {
    return JSON.stringify([value, context.payment.outcome, context.callerGone, context.handled, around.heard, words]);
  }

  private left(ahead: Ahead, here: string, counts: Counts, limit: 'attempts' | 'resends'): unknown {
    return Object.entries(counts)
      .filter(([name]) => ahead.steps.has(name))
      .map(([name, count]) => [name, name === here ? count : this.someLeft(name, count, limit)])
      .sort();
  }

  private someLeft(name: string, count: number, limit: 'attempts' | 'resends'): boolean {
    const step = this.flow.steps.get(name);
    const most = step !== undefined && limit in step ? (step as unknown as Counts)[limit] : undefined;
    return count < (most ?? Number.POSITIVE_INFINITY);
  }

  /** A state leads to itself too; a built-in one to every step. */
  private ahead(state: string): Ahead {
    const known = this.known.get(state);
    if (known !== undefined) return known;
    const { steps, on } = this.flow;
    const reached = new Set<string>();
    const open = steps.has(state) ? [state, ...Object.values(on)] : [...steps.keys()];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (reached.has(name)) continue;
      reached.add(name);
      open.push(...(steps.get(name)?.exits ?? []).map(({ to }) => to));
    }
    const templates = [...reached].flatMap((name) => {
      const step = steps.get(name);
      return step === undefined ? [] : decidingTemplates(step);
    });
    const ahead = { steps: reached, deciding: templates };
    this.known.set(state, ahead);
    return ahead;
  }
}

/** Of values that decide no way ahead, only whether they are known. */
function deciding(ahead: Ahead, values: Readonly<Record<string, Value>>): unknown {
  const decides = (name: string): boolean => ahead.deciding.some(({ text }) => speaksOf(text, name));
  return Object.entries(values)
    .map(([name, value]) => [name, decides(name) ? value : value !== null && value !== ''])
    .sort();
}
