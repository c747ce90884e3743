import { messageOf } from '../errors';
import type { RecordCallEvent } from '../ports/call-events';
import type { CardVault } from '../ports/card-vault';
import type { Clock } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { PaymentGateway } from '../ports/payment-gateway';
import type { Attempt, PaymentJournal } from '../ports/payment-journal';
import type { PaymentRequest, PaymentResult, Payments } from '../ports/payments';
import { Announcer, type OnSettled } from './announcer';
import { isFinal } from './attempt-states';
import { CardLeases } from './card-leases';
import { JournalWriter } from './journal-writer';
import { resultOf } from './payment-result';
import { Reconciler } from './reconciler';
import { tokenize } from './tokenizing';
import { Taking, type TakingParts } from './taking';
import { DEFAULT_TIMING, type PaymentTiming } from './timing';

export interface PaymentsOptions {
  readonly journal: PaymentJournal;
  readonly gateway: PaymentGateway;
  readonly vault: CardVault;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly record: RecordCallEvent;
  /** For messages and webhooks that tell an outcome after the call. */
  readonly onSettled?: OnSettled;
  readonly timing?: Partial<PaymentTiming>;
}

interface Running {
  readonly result: Promise<PaymentResult>;
  /** Resolves when nothing of it is left. */
  readonly over: Promise<void>;
}

/** Look-ups that a sweep makes at once. */
const SWEEP_WIDTH = 8;

/**
 * Takes payments with a journal that is written before the first byte leaves, so that no order is charged twice and none
 * is lost, whatever stops or fails (docs/contributors/payment-states.md).
 */
export class JournaledPayments implements Payments {
  private readonly running = new Map<string, Running>();
  private readonly reconciler: Reconciler;
  private readonly parts: TakingParts;

  constructor(options: PaymentsOptions) {
    const { journal, gateway, clock, logger } = options;
    const timing = { ...DEFAULT_TIMING, ...options.timing };
    const announcer = new Announcer(logger, options.record, options.onSettled ?? (() => undefined));
    const writer = new JournalWriter(journal, clock, logger);
    const leases = new CardLeases(options.vault);
    this.reconciler = new Reconciler(journal, gateway, clock, logger, announcer, timing);
    this.parts = { journal, gateway, clock, logger, timing, leases, writer, announcer, reconciler: this.reconciler };
  }

  take(request: PaymentRequest): Promise<PaymentResult> {
    const known = this.running.get(request.attempt);
    if (known !== undefined) return known.result;
    const { result, finished } = this.begin(request);
    const over = result.then(finished).then(() => {
      this.running.delete(request.attempt);
    });
    this.running.set(request.attempt, { result, over });
    return result;
  }

  private begin(request: PaymentRequest): { result: Promise<PaymentResult>; finished: () => Promise<void> } {
    if (request.operation === 'tokenize') {
      return { result: tokenize(request, this.parts), finished: () => Promise.resolve() };
    }
    const taking = new Taking(this.parts, request);
    return { result: taking.run(), finished: () => taking.finished() };
  }

  async resume(attempt: string): Promise<PaymentResult | 'start-again'> {
    const known = this.running.get(attempt);
    if (known !== undefined) return known.result;
    try {
      const found = await this.parts.journal.find(attempt);
      if (found === null) return 'start-again';
      const now = await this.advance(found);
      return needsTheCardAgain(now) ? 'start-again' : resultOf(now);
    } catch (error) {
      return { outcome: 'unknown', reference: '', reason: messageOf(error) };
    }
  }

  async sweep(): Promise<number> {
    const leftOver = (await this.leftOver()).filter(({ attempt }) => !this.reconciler.isWatching(attempt));
    for (let at = 0; at < leftOver.length; at += SWEEP_WIDTH) {
      await Promise.all(leftOver.slice(at, at + SWEEP_WIDTH).map((attempt) => this.advance(attempt)));
    }
    return (await this.leftOver()).length;
  }

  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all([...this.running.values()].map(({ over }) => over));
  }

  /** Stops looking up; what is not settled stays in the journal for the next start. Call after `idle()`. Idempotent. */
  close(): void {
    this.reconciler.close();
  }

  /** Unsettled attempts that nobody in this process is taking. */
  private async leftOver(): Promise<readonly Attempt[]> {
    return (await this.parts.journal.unsettled()).filter(({ attempt }) => !this.running.has(attempt));
  }

  /** One step towards the end of an attempt that nobody in this process is taking. */
  private async advance(attempt: Attempt): Promise<Attempt> {
    if (isFinal(attempt.state)) return attempt;
    if (attempt.state !== 'created') return this.reconciler.check(attempt);
    const { journal, writer, announcer } = this.parts;
    const reason = 'not sent: the engine stopped before sending';
    const abandoned = await writer.move(attempt.attempt, ['created'], { to: 'abandoned', reason }, 0);
    if (abandoned === null) return (await journal.find(attempt.attempt)) ?? attempt;
    announcer.settled(abandoned);
    return abandoned;
  }
}

/** Nothing was charged, and whatever else could be tried needs digits that are gone. */
function needsTheCardAgain({ state, otpInvalid }: Attempt): boolean {
  return state === 'abandoned' || state === 'not_found' || (state === 'declined' && otpInvalid);
}
