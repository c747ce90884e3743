import type { Snapshot } from 'xstate';
import { HushtoneError } from '../../errors';
import type { CardVault } from '../../ports/card-vault';
import type { Flow } from '../ast';
import type { FlowContext, FlowInput } from '../compile/context';

/** A flow as it is kept while it runs: plain JSON without card data, and the version of the flow that can go on with it. */
export interface StoredFlow {
  readonly version: string;
  readonly snapshot: Snapshot<unknown>;
}

/** How a stored flow goes on: as it was, or at the first sensitive step of its payment, because the digits are gone. */
export type Resumption =
  | { readonly kind: 'as-it-was'; readonly snapshot: Snapshot<unknown>; readonly context: FlowContext }
  | { readonly kind: 'start-again'; readonly input: FlowInput; readonly context: FlowContext };

/**
 * Decides how a stored flow goes on. Digits die with the process that held them, so a payment in preparation starts again;
 * a payment under way does not: its attempt is asked about.
 *
 * @throws HushtoneError `flow-invalid` when the snapshot is of another version, or no snapshot of a flow.
 */
export function planResumption(flow: Flow, stored: StoredFlow, vault: CardVault): Resumption {
  const { snapshot } = stored;
  if (stored.version !== flow.version || !isFlowSnapshot(snapshot)) {
    throw new HushtoneError('flow-invalid', `a stored call is not of this version of ${flow.id}`);
  }
  const { context } = snapshot;
  if (isPaying(flow, snapshot.value) || !lostDigits(context, vault)) return { kind: 'as-it-was', snapshot, context };
  return { kind: 'start-again', context, input: { call: context.call, deadline: context.deadline, resume: context } };
}

type FlowSnapshot = Snapshot<unknown> & { readonly value: unknown; readonly context: FlowContext };

function isFlowSnapshot(snapshot: Snapshot<unknown>): snapshot is FlowSnapshot {
  return 'value' in snapshot && 'context' in snapshot;
}

/** True while a payment's answer is awaited (`compile`: the state `taking` of a `pay` step). */
function isPaying(flow: Flow, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, state]) => flow.steps.get(name)?.kind === 'pay' && state === 'taking');
}

function lostDigits({ sealed, otpToSend }: FlowContext, vault: CardVault): boolean {
  const refs = [...Object.values(sealed).map(({ ref }) => ref), ...(otpToSend === null ? [] : [otpToSend])];
  return refs.some((ref) => vault.lengthOf(ref) === null);
}
