import type { Clock } from '../ports/clock';

/** All in ms. */
export interface PaymentTiming {
  /** After the journal has written that an attempt is sent, its first byte leaves within this time or never. */
  readonly submitWindowMs: number;
  /** Guards against a gateway that never answers at all; longer than any time limit that a connector may have (60 s). */
  readonly chargeGuardMs: number;
  /** A caller whose payment is decided waits at most this long for a journal that cannot be written. */
  readonly tellAfterMs: number;
  /** How long a decided outcome is kept in memory for a journal that cannot be written; then the look-up finds it again. */
  readonly rewriteForMs: number;
  /** A look-up without an answer for this long is given up, and made again later. */
  readonly lookupLimitMs: number;
  /** The first look-up after an unknown outcome; later ones wait twice as long each time, up to `maxLookupDelayMs`. */
  readonly firstLookupMs: number;
  readonly maxLookupDelayMs: number;
  /** An attempt that no look-up could settle for this long is left to a person. */
  readonly reviewAfterMs: number;
}

export const DEFAULT_TIMING: PaymentTiming = {
  submitWindowMs: 5_000,
  chargeGuardMs: 90_000,
  tellAfterMs: 1_000,
  rewriteForMs: 3_600_000,
  lookupLimitMs: 60_000,
  firstLookupMs: 1_000,
  maxLookupDelayMs: 300_000,
  reviewAfterMs: 86_400_000,
};

/** `work`, or an error saying that it took longer than `ms`. `work` itself goes on. */
export function within<T>(clock: Clock, ms: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => {
      reject(new Error(`${what} took longer than ${ms} ms`));
    });
    work.then(resolve, reject).finally(() => {
      timer.cancel();
    });
  });
}

/**
 * Says whether the first byte of a charge may still leave; asked again right before it does. Held against both clocks: a wall clock set back must not
 * lengthen the time that was written down, and a stalled process must notice that it overslept.
 */
export class SendFence {
  /** Wall clock, ms since the epoch: what goes into the journal. */
  readonly submitBy: number;
  private readonly closesAt: number;

  constructor(
    private readonly clock: Clock,
    windowMs: number,
  ) {
    this.submitBy = clock.now() + windowMs;
    this.closesAt = clock.monotonic() + windowMs;
  }

  isOpen(): boolean {
    return this.clock.monotonic() < this.closesAt && this.clock.now() < this.submitBy;
  }
}
