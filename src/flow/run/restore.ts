import type { Snapshot } from 'xstate';
import { HushtoneError } from '../../errors';
import type { CardVault } from '../../ports/card-vault';
import type { KeptFlow } from '../../ports/kept-calls';
import type { Flow, Step } from '../ast';
import { initialContext, type FlowContext, type FlowInput } from '../compile/context';
import { BUILT_IN, stateIn } from '../compile/ways';

/** A flow as it is kept while it runs: plain JSON without card data, and the version of the flow that can go on with it. */
export interface StoredFlow extends KeptFlow {
  readonly snapshot: Snapshot<unknown>;
}

/** How a stored flow goes on: as it was, or from its beginning with what it knew. */
export type Resumption =
  | { readonly kind: 'as-it-was'; readonly snapshot: Snapshot<unknown>; readonly context: FlowContext }
  | { readonly kind: 'start-again'; readonly input: FlowInput; readonly context: FlowContext };

/**
 * Decides how a stored flow goes on in another engine while the caller is still there. Digits die with the process that held
 * them, so a payment in preparation starts again at its first sensitive step; a payment under way does not: its attempt is asked
 * about.
 *
 * @throws HushtoneError `flow-invalid` when the snapshot is of another version, or no snapshot of a flow.
 */
export function planResumption(flow: Flow, stored: KeptFlow, vault: CardVault): Resumption {
  const snapshot = snapshotOf(flow, stored);
  if (stored.version !== flow.version) throw notOurs(flow);
  const { context } = snapshot;
  if (isPaying(flow, snapshot.value) || !lostDigits(context, vault)) return { kind: 'as-it-was', snapshot, context };
  return startAgain(context);
}

/**
 * Decides how a stored flow ends after its engine was gone for a while: the caller hears that and is brought back, and nothing
 * is asked again. What was under way after the caller's last key goes on: the attempt at a payment is asked about, a receipt
 * is sent, a target rings, a talk lasts.
 *
 * @throws HushtoneError `flow-invalid` when it is no snapshot of a flow.
 */
export function planReturn(flow: Flow, stored: KeptFlow): Resumption {
  const snapshot = snapshotOf(flow, stored);
  const context: FlowContext = { ...snapshot.context, interrupted: true };
  if (stored.version !== flow.version) return startAgain(withoutAnswer(context, snapshot.value));
  const noted: FlowSnapshot = { ...snapshot, context };
  if (goesOn(flow, snapshot)) return { kind: 'as-it-was', snapshot: noted, context };
  return startAgain(context);
}

/**
 * For a process that has lost nothing of the call, at a moment when no payment is under way: it goes on exactly as it was.
 *
 * @throws HushtoneError `flow-invalid` when it is no snapshot of a flow.
 */
export function planContinuation(flow: Flow, stored: KeptFlow): Resumption {
  const snapshot = snapshotOf(flow, stored);
  return { kind: 'as-it-was', snapshot, context: snapshot.context };
}

/** Where the call's details said to return the caller to, else who transferred them, as far as it was known by then. */
export function returnTargetIn({ snapshot }: KeptFlow): string | null {
  if (!isFlowSnapshot(snapshot)) return null;
  const { values, transfer } = snapshot.context;
  return typeof values.return_to === 'string' ? values.return_to : transfer.transferrer;
}

/** Of a stored flow: whether a payment's answer is awaited, and what is known of the payment; null when none was tried. */
export function paymentIn({ snapshot }: KeptFlow): { readonly underWay: boolean; readonly outcome: string | null } {
  if (!isFlowSnapshot(snapshot)) return { underWay: false, outcome: null };
  if (isTaking(snapshot.value) || isIn('numbering', snapshot.value)) return { underWay: true, outcome: 'unknown' };
  return { underWay: false, outcome: snapshot.context.payment.outcome };
}

type FlowSnapshot = Snapshot<unknown> & { readonly value: unknown; readonly context: FlowContext };

/** What the engine before an upgrade did not keep yet is as at the beginning of a call. */
function snapshotOf(flow: Flow, { snapshot }: KeptFlow): FlowSnapshot {
  if (!isFlowSnapshot(snapshot)) throw notOurs(flow);
  const { context } = snapshot;
  const fresh = initialContext({
    call: context.call,
    languages: flow.languages,
    deadline: context.deadline,
    resume: null,
  });
  return { ...snapshot, context: { ...fresh, ...context, payment: { ...fresh.payment, ...context.payment } } };
}

function notOurs(flow: Flow): HushtoneError {
  return new HushtoneError('flow-invalid', `a stored call is not of this version of ${flow.id}`);
}

function isFlowSnapshot(snapshot: unknown): snapshot is FlowSnapshot {
  return typeof snapshot === 'object' && snapshot !== null && 'value' in snapshot && 'context' in snapshot;
}

function startAgain(context: FlowContext): Resumption {
  const { call, languages, deadline } = context;
  return { kind: 'start-again', context, input: { call, languages, deadline, resume: context } };
}

/** True while a payment's answer is awaited (`compile`: the state `taking` of a `pay` step). */
function isPaying(flow: Flow, value: unknown): boolean {
  return flow.steps.get(stateIn(value))?.kind === 'pay' && isTaking(value);
}

function isTaking(value: unknown): boolean {
  return isIn('taking', value);
}

/** @param part of a step's state (`compile`): of `pay` there are `numbering`, which leads to `taking` at once */
function isIn(part: 'numbering' | 'taking', value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).includes(part);
}

/** A payment that may be under way in a flow that has changed since cannot be asked about here: it is not known, and the sweep settles it. */
function withoutAnswer(context: FlowContext, value: unknown): FlowContext {
  return isTaking(value) ? { ...context, payment: { ...context.payment, outcome: 'unknown', reference: '' } } : context;
}

/** Kinds of steps that ask the caller for nothing. */
const WORKS_ALONE: ReadonlySet<string> = new Set<Step['kind']>(['say', 'connect', 'sms', 'send-link', 'route', 'set']);

/** Built-in states that lead to the caller's end of the call, or know nothing yet. */
const GOES_ON: ReadonlySet<string> = new Set([
  BUILT_IN.load,
  BUILT_IN.noContext,
  BUILT_IN.interrupted,
  BUILT_IN.sessionTimeout,
  BUILT_IN.engineError,
  BUILT_IN.back,
  BUILT_IN.goodbye,
  BUILT_IN.hangUp,
]);

function goesOn(flow: Flow, { value, context }: FlowSnapshot): boolean {
  const state = stateIn(value);
  const kind = flow.steps.get(state)?.kind;
  if (kind === undefined) return GOES_ON.has(state);
  return (
    isPaying(flow, value) ||
    kind === 'return' ||
    kind === 'end' ||
    (WORKS_ALONE.has(kind) && context.payment.outcome !== 'none')
  );
}

function lostDigits({ sealed, otpToSend }: FlowContext, vault: CardVault): boolean {
  const refs = [...Object.values(sealed).map(({ ref }) => ref), ...(otpToSend === null ? [] : [otpToSend])];
  return refs.some((ref) => vault.lengthOf(ref) === null);
}
