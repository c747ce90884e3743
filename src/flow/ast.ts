/**
 * A flow as it was written, after parsing: plain data, every key resolved to its default, every place kept for messages.
 * The checker reads it, the compiler turns it into a machine, `flow draw` draws it.
 */

import type { Transaction } from './vocabulary';

/** Where something stands in its file; 1-based. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A text that may hold `{{ expression }}` parts. */
export interface Template {
  readonly text: string;
  /** True when it holds at least one expression. */
  readonly dynamic: boolean;
  readonly place: Place;
}

/** One thing to be said. A value fills the `{placeholder}` of the prompt before it, where that has one of its kind. */
export type SayItem = SaidItem & {
  readonly place: Place;
  /** The language it is said in, whatever the call's; not there: the call's. */
  readonly language?: string;
};

type SaidItem =
  | { readonly kind: 'prompt'; readonly id: string }
  | { readonly kind: 'amount'; readonly amount: Template; readonly currency: Template }
  | { readonly kind: 'reference' | 'digits' | 'date' | 'number'; readonly value: Template };

/**
 * A prompt of a collecting step, chosen by attempt, error, brand and language; null matches anything. The most specific match wins, the first
 * among equals. The parser has already put the default prompts behind the flow's own, so there is one for every case.
 * `error` is a `FieldError`, `otp-resent` (an `otp` step, after the caller asked for a new one) or `second-entry` (a `collect` with
 * `matching`).
 */
export interface PromptChoice {
  readonly attempt: number | null;
  readonly error: string | null;
  readonly brand: string | null;
  readonly language: string | null;
  readonly say: readonly SayItem[];
  readonly place: Place;
}

/**
 * Outcome -> name of the next step; the place of the step's name, for messages. Steps with a single way (`say`, `set`) have the
 * outcome `done`; a `menu` has one exit per choice beside `none`; a `route` has `if-1`, `if-2`, ... and `else`. A `return` has no exit
 * for `answered`: the flow ends when either side hangs up. A `say` with `end` and an `end` have none.
 */
export interface Exit {
  readonly outcome: string;
  readonly to: string;
  readonly place: Place;
}

export interface Timing {
  readonly firstKeyMs: number;
  readonly interdigitMs: number;
  readonly termMs: number;
  readonly terminator: string | null;
  readonly clearKey: string | null;
}

interface StepBase {
  readonly name: string;
  readonly place: Place;
  /** Every outcome's way, defaults already filled in (`cancelled` -> the way of `failed`, ...). */
  readonly exits: readonly Exit[];
}

/** A step that waits for an answer from outside. */
export interface WaitingStep extends StepBase {
  /** Played, and repeated, until the answer. */
  readonly while: readonly SayItem[];
}

export interface SayStep extends StepBase {
  readonly kind: 'say';
  readonly say: readonly SayItem[];
  readonly bargein: boolean;
  /** `end: true`: hang up afterwards. */
  readonly end: boolean;
}

export interface CollectStep extends StepBase {
  readonly kind: 'collect';
  readonly field: string;
  readonly sensitive: boolean;
  readonly accept: readonly string[];
  readonly attempts: number;
  readonly timing: Timing;
  readonly min: number | null;
  readonly max: number | null;
  readonly bargein: boolean;
  /** Name in the context (non-sensitive fields only). */
  readonly save: string | null;
  /** Keyed twice; the two must be the same. */
  readonly matching: boolean;
  /** Prompt that says the last four digits back, or null. */
  readonly readback: string | null;
  readonly prompts: readonly PromptChoice[];
}

export interface MenuStep extends StepBase {
  readonly kind: 'menu';
  readonly say: readonly SayItem[];
  readonly choices: Readonly<Record<string, string>>;
  readonly attempts: number;
  readonly timing: Timing;
  readonly prompts: readonly PromptChoice[];
}

export interface ConfirmStep extends StepBase {
  readonly kind: 'confirm';
  readonly say: readonly SayItem[];
  readonly attempts: number;
  readonly timing: Timing;
  readonly prompts: readonly PromptChoice[];
}

export interface ConnectStep extends WaitingStep {
  readonly kind: 'connect';
  readonly connector: string;
  readonly operation: string;
  readonly with: Readonly<Record<string, Template>>;
  /** Context name -> captured value of the answer; empty: everything the connector captures, under its own names. */
  readonly save: Readonly<Record<string, string>>;
}

export interface RouteStep extends StepBase {
  readonly kind: 'route';
  readonly when: readonly { readonly if: Template; readonly next: string; readonly place: Place }[];
  readonly otherwise: string;
}

export interface OtpStep extends WaitingStep {
  readonly kind: 'otp';
  readonly connector: string;
  readonly generate: boolean;
  /** How we send an OTP that the connector's answer brought; `to` is `{{ phone }}` unless the flow says otherwise. */
  readonly sms: { readonly connector: string; readonly to: Template; readonly template: string } | null;
  readonly resendKey: string | null;
  readonly resends: number;
  readonly attempts: number;
  readonly timing: Timing;
  readonly min: number;
  readonly max: number;
  readonly prompts: readonly PromptChoice[];
}

export interface PayStep extends WaitingStep {
  readonly kind: 'pay';
  readonly connector: string;
  readonly amount: Template;
  readonly currency: Template;
  readonly reference: Template;
  readonly transaction: Transaction;
  /** A card that the gateway keeps; null: the keyed one. */
  readonly token: Template | null;
  readonly parameters: Readonly<Record<string, Template>>;
}

export interface SmsStep extends WaitingStep {
  readonly kind: 'sms';
  readonly connector: string;
  readonly to: Template;
  readonly template: string;
  readonly with: Readonly<Record<string, Template>>;
}

export interface SendLinkStep extends WaitingStep {
  readonly kind: 'send-link';
  readonly to: Template;
  readonly validMs: number;
  /** Null: the one that sends links where no flow names one. */
  readonly connector: string | null;
}

export interface LinkStep extends StepBase {
  readonly kind: 'link';
  /** Header that brings the link id, or null. */
  readonly header: string | null;
  /** How often the caller is asked for it; 0 when there is no `prompt`. */
  readonly attempts: number;
  readonly timing: Timing;
  readonly prompts: readonly PromptChoice[];
}

export interface AssistStep extends StepBase {
  readonly kind: 'assist';
  /** Id of a target, as for `return`. */
  readonly agent: Template;
  readonly ringMs: number;
  /** Key `hold-music`: played while the agent rings. */
  readonly say: readonly SayItem[];
}

export interface ReturnStep extends StepBase {
  readonly kind: 'return';
  /** Id of a target; `default` is the default one. */
  readonly target: Template;
  readonly with: Readonly<Record<string, Template>>;
  readonly ringMs: number;
  /** Key `while`: played while the target rings. */
  readonly say: readonly SayItem[];
  /** `refer`: the other side is asked to take the caller over (REFER), and our line is free. */
  readonly release: 'bridge' | 'refer';
}

export interface SetStep extends StepBase {
  readonly kind: 'set';
  readonly values: Readonly<Record<string, Template>>;
}

export interface EndStep extends StepBase {
  readonly kind: 'end';
  readonly cause: number;
}

export type Step =
  | SayStep
  | CollectStep
  | MenuStep
  | ConfirmStep
  | ConnectStep
  | RouteStep
  | OtpStep
  | PayStep
  | SmsStep
  | SendLinkStep
  | LinkStep
  | AssistStep
  | ReturnStep
  | SetStep
  | EndStep;

export type ContextSource =
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>>; readonly place: Place }
  | {
      readonly kind: 'connector';
      readonly connector: string;
      readonly with: Readonly<Record<string, Template>>;
      readonly place: Place;
    };

export interface Flow {
  readonly id: string;
  /** SHA-256 of the file's text, hex: the version that snapshots and calls carry. */
  readonly version: string;
  readonly file: string;
  readonly dids: readonly string[];
  /** Numbers that speak another language than the first -> that language. */
  readonly didLanguages: Readonly<Record<string, string>>;
  readonly languages: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly context: readonly ContextSource[];
  readonly require: readonly string[];
  readonly start: string;
  readonly steps: ReadonlyMap<string, Step>;
  /** Overrides of whole-flow events (`hangup`, `session-timeout`, `engine-error`) -> step. */
  readonly on: Readonly<Record<string, string>>;
}

/** One mistake of a file. Printed as `file:line:column: rule: message`. */
export interface Mistake {
  readonly rule: string;
  readonly message: string;
  readonly place: Place;
}
