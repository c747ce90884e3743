import type { Clock } from '../ports/clock';
import type { ReferResult } from '../ports/telephony';
import { orAborted } from './waiting';

/** Beyond the ring time: a far end that took the request and then says nothing has taken the caller, as far as one can know. */
const SILENCE_MS = 10_000;

export interface Releasing {
  readonly ringMs: number;
  /** What becomes of the REFER that the far end was sent. */
  readonly referral: Promise<ReferResult>;
}

/**
 * Waits for the far end to take the caller over. `answered`: it has them, and the channel is gone or can be hung up. Else the
 * caller is ours again, unless `lost`. Rejects with the signal's reason when the call ends.
 */
export async function release(
  { ringMs, referral }: Releasing,
  clock: Clock,
  signal: AbortSignal,
): Promise<ReferResult> {
  const silence = new AbortController();
  const limit = clock.after(ringMs + SILENCE_MS, () => {
    silence.abort();
  });
  try {
    return await orAborted(referral, AbortSignal.any([signal, silence.signal]));
  } catch (error) {
    if (signal.aborted || !silence.signal.aborted) throw error;
    return 'answered';
  } finally {
    limit.cancel();
  }
}
