import type { ExchangeRequest, ExchangeResult, Value } from '../../ports/connectors';
import { scopeOf, type FlowContext } from '../compile/context';
import type { Run } from './flow-tools';

/** The owner is always this call. */
export type Exchange = Omit<ExchangeRequest, 'owner'>;

/**
 * Runs one operation of a connector for this call. Sensitive fields of an answer that nobody waits for any more
 * (the caller hung up meanwhile) are wiped: the call's slots have been wiped already, and these came after.
 */
export async function exchange(run: Run, request: Exchange, signal: AbortSignal): Promise<ExchangeResult> {
  const result = await run.tools.connectors.exchange({ ...request, owner: run.call.id }, signal);
  if (signal.aborted) for (const ref of Object.values(result.sealed)) run.tools.vault.wipe(ref);
  return result;
}

/** What connectors may see (each takes what its file declares): the context's values, and those of the step on top. */
export function visible(context: FlowContext, own: Readonly<Record<string, Value>>): Record<string, Value> {
  return { ...scopeOf(context), ...own };
}
