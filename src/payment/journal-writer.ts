import { isError, messageOf } from '../errors';
import type { Clock } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { Attempt, AttemptChange, AttemptState, PaymentJournal } from '../ports/payment-journal';

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 30_000;

/** Writes changes that must not be lost: holds them in memory while the journal cannot be written, and tries again. */
export class JournalWriter {
  constructor(
    private readonly journal: PaymentJournal,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Moves an attempt on; never rejects. Tries at least once, and again with back-off until `forMs` have passed.
   * @returns the attempt as written; null when the journal refused (somebody else moved it) or could not be written in time.
   */
  async move(
    attempt: string,
    from: readonly AttemptState[],
    change: AttemptChange,
    forMs: number,
  ): Promise<Attempt | null> {
    const until = this.clock.monotonic() + forMs;
    for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 2, MAX_DELAY_MS)) {
      try {
        return await this.journal.move(attempt, from, change);
      } catch (error) {
        const fields = { attempt, state: change.to, error: messageOf(error) };
        if (isError(error, 'journal-conflict')) {
          this.logger.warn('payment-moved-by-another', fields);
          return null;
        }
        if (this.clock.monotonic() + delay > until) {
          this.logger.error('payment-left-to-the-sweep', fields);
          return null;
        }
        this.logger.error('payment-not-written-yet', fields);
      }
      await this.pause(delay);
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.after(ms, resolve);
    });
  }
}
