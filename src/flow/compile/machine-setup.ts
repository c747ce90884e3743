import { assign, fromPromise, setup, type AnyEventObject, type DoneActorEvent } from 'xstate';
import { HushtoneError } from '../../errors';
import type { ListenResult, ReturnResult } from '../../ports/call';
import type { Value } from '../../ports/connectors';
import type { PaymentOutcome } from '../../ports/payments';
import type { LinkedSession } from '../../ports/sessions';
import type { FlowContext, FlowInput, TransferFacts } from './context';

export type FlowEvent =
  /** The call is over, whoever ended it. */
  | { readonly type: 'HANGUP' }
  /** The session limit of the flow has passed. */
  | { readonly type: 'SESSION_TIMEOUT' };

/**
 * What every effect is given: the state it serves (a step's name, or a built-in one). The context it is given by the run, so that it is
 * not kept a second time with each state.
 */
export interface EffectInput {
  readonly step: string;
}

export interface LoadedContext {
  /** False when a required detail is missing from every source. */
  readonly complete: boolean;
  readonly transfer: TransferFacts;
  readonly values: Readonly<Record<string, Value>>;
}

export interface ListenInput extends EffectInput {
  /** 1, 2, ... over the whole call. */
  readonly attempt: number;
  /** What was wrong with the attempt before, or null. */
  readonly error: string | null;
}

export interface ConnectOutput {
  readonly outcome: string;
  readonly values: Readonly<Record<string, Value>>;
}

export interface OtpGenerated {
  readonly outcome: 'ok' | 'error';
  /** Slot of the OTP when we are the ones to send it; null when the connector's side sends it. */
  readonly ref: string | null;
  /** What else the answer captured (the OTP service's own reference), kept for the payment. */
  readonly values: Readonly<Record<string, Value>>;
}

export interface SmsOutput {
  readonly outcome: 'ok' | 'error';
}

export interface LinkInput extends EffectInput {
  /** Where the link id comes from: the step's header, or what the caller keyed last. */
  readonly by: 'header' | 'keys';
}

/** The session that the caller was joined to, with what it tells of the order; null: there is none. */
export type LinkOutput = LinkedSession | null;

export type AssistOutput = 'finished' | 'no-answer';

export interface PayInput extends EffectInput {
  readonly attempt: string;
}

export interface PayOutput {
  /** `start-again`: nothing was sent, and the digits are gone (a restored call). */
  readonly outcome: PaymentOutcome | 'start-again';
  readonly reference: string;
  /** Of `tokenize`: under which the gateway keeps the card. */
  readonly token?: string;
}

/** What an effect answers that has nothing to say. */
export type Done = null;

/** Stands where the runner puts the real effect: a machine that was not given its effects does nothing by accident. */
function missing<Output, Input>(name: string) {
  return fromPromise<Output, Input>(() =>
    Promise.reject(new HushtoneError('flow-invalid', `the effect "${name}" was not provided`)),
  );
}

/**
 * The vocabulary of a compiled flow. Every effect is an invoked actor, because that is what XState runs again when it
 * restores a machine: entry actions it does not repeat, and `after` timers it never restarts. So there is neither here.
 */
export const flowSetup = setup({
  types: {
    context: {} as FlowContext,
    events: {} as FlowEvent,
    input: {} as FlowInput,
  },
  actors: {
    /** Answers the call and reads the order's details. */
    'load-context': missing<LoadedContext, EffectInput>('load-context'),
    /** Says the prompts of a `say` step or of a built-in state. */
    say: missing<Done, EffectInput>('say'),
    /** One attempt at one field. */
    listen: missing<ListenResult, ListenInput>('listen'),
    connect: missing<ConnectOutput, EffectInput>('connect'),
    /** Name of the step that a `route` chooses. */
    route: missing<string, EffectInput>('route'),
    /** Evaluated values of a `set`. */
    set: missing<Readonly<Record<string, Value>>, EffectInput>('set'),
    'otp-generate': missing<OtpGenerated, EffectInput>('otp-generate'),
    /** Sends the OTP of an `otp` step. */
    'otp-send': missing<SmsOutput, EffectInput>('otp-send'),
    sms: missing<SmsOutput, EffectInput>('sms'),
    'send-link': missing<SmsOutput, EffectInput>('send-link'),
    link: missing<LinkOutput, LinkInput>('link'),
    /** Rings an agent, and lasts until they have left the caller. */
    assist: missing<AssistOutput, EffectInput>('assist'),
    /** Id for the next payment attempt. */
    'new-attempt': missing<string, EffectInput>('new-attempt'),
    pay: missing<PayOutput, PayInput>('pay'),
    return: missing<ReturnResult, EffectInput>('return'),
    /** Waits until a call that was joined with an agent is over. */
    talk: missing<Done, EffectInput>('talk'),
    'hang-up': missing<Done, EffectInput>('hang-up'),
  },
});

/** One state of a compiled flow. */
export type FlowState = Parameters<typeof flowSetup.createStateConfig>[0];

/** An action that changes the context, whatever event led to it. */
export function note(change: (context: FlowContext) => Partial<FlowContext>) {
  return assign<FlowContext, AnyEventObject, undefined, FlowEvent, never>(({ context }) => change(context));
}

/** An action that puts what an effect answered into the context. */
export function noteOutput<Output>(change: (context: FlowContext, output: Output) => Partial<FlowContext>) {
  return assign<FlowContext, DoneActorEvent<Output>, undefined, FlowEvent, never>(({ context, event }) =>
    change(context, event.output),
  );
}

/** A guard on what an effect answered. Its name, in words, is what the machine as JSON has of it (`machine-json.ts`). */
export function answered<Output>(name: string, test: (output: Output) => boolean) {
  return named(name, ({ event }: { event: { output: Output } }) => test(event.output));
}

/** A guard on what is known. */
export function known(name: string, test: (context: FlowContext) => boolean) {
  return named(name, ({ context }: { context: FlowContext }) => test(context));
}

/** A guard that tells its name. */
export function named<Guard extends (asked: never) => boolean>(name: string, guard: Guard): Guard {
  return Object.defineProperty(guard, 'name', { value: name });
}
