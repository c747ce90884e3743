import { HushtoneError, messageOf } from '../errors';
import type { Clock, Timer } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { LookupAnswer, PaymentGateway } from '../ports/payment-gateway';
import type { Attempt, AttemptChange, PaymentJournal } from '../ports/payment-journal';
import type { Announcer } from './announcer';
import { isFinal } from './attempt-states';
import { within, type PaymentTiming } from './timing';

interface Watch {
  attempt: Attempt;
  tries: number;
  /** Monotonic ms: no byte of the attempt has left this process since. */
  readonly since: number;
  timer: Timer | null;
  looking: Promise<Attempt> | null;
}

/** Look-ups without an answer before an attempt is left to a person, even when it is old already (a long outage of ours). */
const LEAST_LOOKUPS = 5;

/**
 * Finds out what became of attempts whose outcome is unknown: asks the gateway, with back-off, until it is known. It
 * never sends a charge. Everything it learns is in the journal, so it may be stopped at any line and start again.
 */
export class Reconciler {
  private readonly watches = new Map<string, Watch>();
  private closed = false;

  constructor(
    private readonly journal: PaymentJournal,
    private readonly gateway: PaymentGateway,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly announcer: Announcer,
    private readonly timing: PaymentTiming,
  ) {}

  /** Follows an attempt that this process has just sent; the first look-up comes after a moment. Idempotent. */
  watch(attempt: Attempt): void {
    const watch = this.watchOf(attempt);
    if (watch.timer === null && watch.looking === null) this.schedule(watch);
  }

  isWatching(attempt: string): boolean {
    return this.watches.has(attempt);
  }

  /** Looks up now, then goes on by itself. Resolves with the attempt as it then stands; never rejects. */
  check(attempt: Attempt): Promise<Attempt> {
    const watch = this.watchOf(attempt);
    watch.looking ??= this.look(watch);
    return watch.looking;
  }

  /** Stops all timers. What is not settled stays in the journal for the next sweep. */
  close(): void {
    this.closed = true;
    for (const watch of this.watches.values()) watch.timer?.cancel();
    this.watches.clear();
  }

  private watchOf(attempt: Attempt): Watch {
    const known = this.watches.get(attempt.attempt);
    if (known !== undefined) return known;
    const watch: Watch = { attempt, tries: 0, since: this.clock.monotonic(), timer: null, looking: null };
    this.watches.set(attempt.attempt, watch);
    return watch;
  }

  private async look(watch: Watch): Promise<Attempt> {
    watch.timer?.cancel();
    watch.timer = null;
    watch.tries++;
    try {
      watch.attempt = await this.lookOnce(watch);
    } catch (error) {
      const { attempt, call } = watch.attempt;
      this.logger.warn('payment-look-up-failed', { call, attempt, count: watch.tries, error: messageOf(error) });
    }
    watch.looking = null;
    if (isFinal(watch.attempt.state)) this.watches.delete(watch.attempt.attempt);
    else this.schedule(watch);
    return watch.attempt;
  }

  private async lookOnce(watch: Watch): Promise<Attempt> {
    const attempt = await this.beginReconciling(watch.attempt.attempt);
    if (attempt.state !== 'reconciling') return attempt;
    // Taken before asking: the answer tells how things stood when the gateway read the question, not when we read the answer.
    const notFoundIsFinal = this.notFoundIsFinalIn(watch) === 0;
    const answer = await this.ask(attempt);
    const change = this.decide(answer, notFoundIsFinal, watch);
    if (change === null) return attempt;
    const settled = await this.journal.move(attempt.attempt, ['reconciling'], change);
    this.announcer.settledLater(settled);
    return settled;
  }

  private async ask({ connector, attempt, gatewayReference, amountMinor, currency }: Attempt): Promise<LookupAnswer> {
    try {
      const asking = this.gateway.lookup({ connector, attempt, gatewayReference, amountMinor, currency });
      return await within(this.clock, this.timing.lookupLimitMs, 'the look-up', asking);
    } catch (error) {
      return { outcome: 'unknown', gatewayId: '', reason: messageOf(error) };
    }
  }

  private async beginReconciling(id: string): Promise<Attempt> {
    let attempt = await this.journal.find(id);
    if (attempt === null) throw new HushtoneError('journal-conflict', `there is no attempt ${id}`);
    if (attempt.state === 'submitting') {
      const reason = 'the engine stopped before it knew the answer';
      attempt = await this.journal.move(id, ['submitting'], { to: 'unknown', reason });
    }
    if (attempt.state === 'unknown') attempt = await this.journal.move(id, ['unknown'], { to: 'reconciling' });
    return attempt;
  }

  private decide(answer: LookupAnswer, notFoundIsFinal: boolean, watch: Watch): AttemptChange | null {
    const { gatewayId, reason } = answer;
    switch (answer.outcome) {
      case 'approved':
      case 'declined':
        return { to: answer.outcome, gatewayId, reason };
      case 'not-found':
        return notFoundIsFinal ? { to: 'not_found', reason } : null;
      case 'unknown':
        return this.isOverdue(watch) ? { to: 'manual_review', reason: `no look-up gave an answer: ${reason}` } : null;
    }
  }

  private isOverdue(watch: Watch): boolean {
    const age = this.clock.now() - watch.attempt.createdAt;
    return age >= this.timing.reviewAfterMs && watch.tries >= LEAST_LOOKUPS;
  }

  /**
   * ms until "not found" can be believed: `submitBy` plus the longest time that the gateway itself may take. Also counted
   * on the monotonic clock, because a wall clock set forward must not declare a charge dead that is still under way.
   */
  private notFoundIsFinalIn({ attempt, since }: Watch): number {
    const limit = this.gateway.chargeLimitMs(attempt.connector);
    const byWall = (attempt.submitBy ?? attempt.updatedAt) + limit - this.clock.now();
    const byMonotonic = since + limit - this.clock.monotonic();
    return Math.max(0, byWall, byMonotonic);
  }

  private schedule(watch: Watch): void {
    if (this.closed) return;
    watch.timer = this.clock.after(this.delayOf(watch), () => void this.check(watch.attempt));
  }

  private delayOf(watch: Watch): number {
    const { firstLookupMs, maxLookupDelayMs } = this.timing;
    return Math.min(firstLookupMs * 2 ** watch.tries, maxLookupDelayMs);
  }
}
