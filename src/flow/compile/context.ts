import type { Value } from '../../ports/connectors';
import type { CollectedField } from '../../ports/key-sink';
import type { PaymentOutcome } from '../../ports/payments';
import { LANGUAGE } from '../vocabulary';

/** Who is calling, and by which version of which flow they are served. */
interface CallFacts {
  readonly id: string;
  readonly caller: string;
  readonly did: string;
  readonly flow: string;
  readonly version: string;
  readonly language: string;
}

/** A sensitive field after it was keyed: what may be shown, and the name of the vault's slot. Never digits beyond the last 4. */
export interface SealedField {
  readonly ref: string;
  readonly length: number;
  readonly masked: string;
  readonly brand: string | null;
  readonly last4: string | null;
}

export interface PaymentFacts {
  /** `none` until a payment was tried on this call. */
  readonly outcome: PaymentOutcome | 'none';
  /** What the caller can quote; '' when there is none. */
  readonly reference: string;
  /** Under which the gateway keeps the card, after `transaction: tokenize`; '' when it keeps none. */
  readonly token: string;
  /** Id of the latest attempt, chosen before it is made, so that a restored flow can ask what became of it. */
  readonly attempt: string | null;
}

/** The session that the call was linked to. */
export interface SessionFacts {
  readonly id: string | null;
}

/** Who transferred the caller to us. */
export interface TransferFacts {
  /** `sip:user@host`, or null. */
  readonly referred_by: string | null;
  /** Id of the return target that they are, or null. */
  readonly transferrer: string | null;
}

/** Everything a flow knows. It is JSON and holds no card data, so a snapshot of the machine may be stored anywhere. */
export interface FlowContext {
  /** Its language is the one it began in; `languageOf` tells the one that is spoken. */
  readonly call: CallFacts;
  /** Languages of the flow. */
  readonly languages: readonly string[];
  readonly transfer: TransferFacts;
  /** The order's details and what steps saved: what expressions see by plain names. */
  readonly values: Readonly<Record<string, Value>>;
  readonly payment: PaymentFacts;
  readonly session: SessionFacts;
  /** By field (`card-number`, `expiration-date`, `security-code`, `otp`). */
  readonly sealed: Readonly<Record<string, SealedField>>;
  /** Slot of an OTP that a connector gave us to send by SMS, until it is sent. */
  readonly otpToSend: string | null;
  /** Attempts used, per step, over the whole call. */
  readonly used: Readonly<Record<string, number>>;
  readonly resent: Readonly<Record<string, number>>;
  /** What was wrong with the latest attempt, per step; picks the next prompt. */
  readonly errors: Readonly<Record<string, string>>;
  /** The first sensitive step of the current payment: where a call whose digits are lost goes on. */
  readonly restartAt: string | null;
  readonly restarting: boolean;
  /** Taken over from an engine that died: the caller is brought back and asked nothing more. */
  readonly interrupted: boolean;
  /** Session limit, wall clock in ms. The runner arms it; nothing else in the machine has time in it. */
  readonly deadline: number;
  readonly callerGone: boolean;
  /** The session limit passed at a moment that must not be interrupted. */
  readonly late: boolean;
  /** Whole-flow events whose override has been taken: each is taken once. */
  readonly handled: readonly string[];
}

export interface FlowInput {
  readonly call: CallFacts;
  readonly languages: readonly string[];
  readonly deadline: number;
  /** The context of a call that was taken over and does not go on where it was; null for a new call. */
  readonly resume: FlowContext | null;
}

export function initialContext(input: FlowInput): FlowContext {
  if (input.resume !== null) {
    return { ...input.resume, sealed: {}, otpToSend: null, restarting: !input.resume.interrupted };
  }
  return {
    call: input.call,
    languages: input.languages,
    transfer: { referred_by: null, transferrer: null },
    values: {},
    payment: { outcome: 'none', reference: '', token: '', attempt: null },
    session: { id: null },
    sealed: {},
    otpToSend: null,
    used: {},
    resent: {},
    errors: {},
    restartAt: null,
    restarting: false,
    interrupted: false,
    deadline: input.deadline,
    callerGone: false,
    late: false,
    handled: [],
  };
}

/** Takes from a finished field what the context may hold; a field that has no slot cannot be kept this way. */
export function sealedOf(field: CollectedField): SealedField | null {
  if (field.ref === null) return null;
  return { ref: field.ref, length: field.length, masked: field.masked, brand: field.brand, last4: field.last4 };
}

/** The language that is spoken: that of the value `language` where the flow has it, else the one that the call began in. */
export function languageOf({ call, values, languages }: FlowContext): string {
  const wanted = values[LANGUAGE];
  return typeof wanted === 'string' && languages.includes(wanted) ? wanted : call.language;
}

/** What expressions and connectors see: the saved values by name, and `call`, `payment` and `session` on top of them. */
export function scopeOf(context: FlowContext): Readonly<Record<string, Value>> {
  const { outcome, reference, token } = context.payment;
  return {
    ...context.values,
    call: { ...context.call, ...context.transfer, language: languageOf(context) },
    payment: { outcome, reference, token },
    session: { ...context.session },
  };
}

/** `record` with one entry set. */
export function withEntry<T>(record: Readonly<Record<string, T>>, name: string, value: T): Readonly<Record<string, T>> {
  return { ...record, [name]: value };
}

/** `record` without one entry. */
export function withoutEntry<T>(record: Readonly<Record<string, T>>, name: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}
