import type { ListenRequest } from '../../../ports/call';
import type { Value } from '../../../ports/connectors';

type Values = Readonly<Record<string, Value>>;

/** One of the ways in which the world outside can answer. */
export interface Option {
  readonly outcome: string;
  /** How long the answer takes at most, ms. */
  readonly takesMs: number;
  /** What an answer of this outcome tells, unless whoever decides says otherwise. */
  readonly values: Values;
}

/** Something outside the engine is asked: a connector, the gateway, a return target, an agent. */
export interface Question {
  readonly kind: 'connector' | 'payment' | 'return' | 'session';
  /** In words: `otp-pay generate`, `ring agent-101`. */
  readonly about: string;
  /** Who is asked: the id of a connector or target. */
  readonly of: string;
  readonly options: readonly Option[];
}

/** A moment at which something outside the engine decides how the call goes on. `step`: the step, or built-in state, of the flow. */
export type Moment =
  | { readonly kind: 'question'; readonly step: string; readonly question: Question }
  /** The caller has heard the prompt, and is to key. */
  | { readonly kind: 'keys'; readonly step: string; readonly request: ListenRequest }
  /** Something begins to be said that asks for nothing. */
  | { readonly kind: 'said'; readonly step: string; readonly words: string };

export type Act =
  /** `values` in place of those of the option with this outcome. */
  | { readonly act: 'answer'; readonly outcome: string; readonly values?: Values; readonly takesMs?: number }
  /** Keys one after another, a comma for a pause of 1 s; then nothing until the attempt is over. */
  | { readonly act: 'key'; readonly keys: string }
  /** The caller does nothing for so long. */
  | { readonly act: 'wait'; readonly ms: number }
  /** The caller does nothing until this attempt is over. */
  | { readonly act: 'keep-silent' }
  | { readonly act: 'hang-up' }
  /** Of something said: it is listened to. */
  | { readonly act: 'listen' }
  /** The session limit passes now. */
  | { readonly act: 'run-out-of-time' }
  /** Nobody wants to know how the call goes on. */
  | { readonly act: 'abandon' };

/** Whoever decides: a person at a terminal, a script, or the walk through every path. */
export interface Decider {
  decide(moment: Moment): Act | Promise<Act>;
}
