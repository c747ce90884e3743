import type { Clock } from '../ports/clock';
import type { ReferResult, Telephony } from '../ports/telephony';
import { orAborted } from './waiting';

/** Beyond the ring time: a far end that took the request and then says nothing has taken the caller, as far as one can know. */
const SILENCE_MS = 10_000;

export interface Releasing {
  readonly channel: string;
  /** The bridge that the caller comes back to when the far end will not take them. */
  readonly bridge: string;
  readonly ringMs: number;
  /** What becomes of the REFER that the far end was sent. */
  readonly referral: Promise<ReferResult>;
}

/**
 * Waits for the far end to take the caller over. `answered`: it has them, and the channel is gone or can be hung up. Else the
 * caller is ours again, in their bridge, unless `lost`. Rejects with the signal's reason when the call ends.
 */
export async function release(
  { channel, bridge, ringMs, referral }: Releasing,
  telephony: Telephony,
  clock: Clock,
  signal: AbortSignal,
): Promise<ReferResult> {
  const silence = new AbortController();
  const limit = clock.after(ringMs + SILENCE_MS, () => {
    silence.abort();
  });
  try {
    const result = await orAborted(referral, AbortSignal.any([signal, silence.signal]));
    if (result !== 'answered' && result !== 'lost')
      await orAborted(telephony.addToBridge(bridge, channel, true), signal);
    return result;
  } catch (error) {
    if (signal.aborted || !silence.signal.aborted) throw error;
    return 'answered';
  } finally {
    limit.cancel();
  }
}
