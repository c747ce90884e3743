import type { TransferFacts } from '../compile/context';
import type { Run } from './flow-tools';
import { readHeaderValue } from './transfer-headers';

/**
 * Who transferred the caller, as a flow may know it: the address, and the return target it is. A header can only ever choose
 * among the configured targets; whoever is none of them is nobody to return to.
 */
export async function transferOf(run: Run): Promise<TransferFacts> {
  const { call, tools } = run;
  const { referredBy, endpoint, target } = await call.transfer();
  const address = referredBy === null ? null : readHeaderValue('Referred-By', referredBy);
  if (referredBy !== null && address === null) {
    tools.record(call.id, { type: 'failed', code: 'context-invalid', reason: 'header Referred-By is malformed' });
  }
  const known = (telephone: string | null): string | null =>
    telephone === null ? null : tools.targets.idOf(telephone);
  const transferrer = target ?? known(endpoint) ?? known(address);
  if (referredBy !== null || endpoint !== null || target !== null) {
    tools.record(call.id, { type: 'transferred', target: transferrer ?? '' });
  }
  return { referred_by: address, transferrer };
}
