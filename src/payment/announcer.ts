import { messageOf } from '../errors';
import type { RecordCallEvent } from '../ports/call-events';
import type { Logger } from '../ports/logger';
import type { Attempt } from '../ports/payment-journal';
import type { PaymentRequest, PaymentResult } from '../ports/payments';

/** Hears of every attempt that has reached a final state and is written down. May hear of one twice after a crash. */
export type OnSettled = (attempt: Attempt) => void;

/** Tells the log and the observers what became of payments. */
export class Announcer {
  constructor(
    private readonly logger: Logger,
    private readonly record: RecordCallEvent,
    private readonly onSettled: OnSettled,
  ) {}

  /** A caller is about to be told. */
  told(request: PaymentRequest, result: PaymentResult): void {
    const { call, attempt, amount, currency, masked, reference: order } = request;
    const { outcome, reference, reason } = result;
    this.safely(attempt, () => {
      this.record(call, { type: 'payment', outcome, order, reference, attempt, amount, currency, masked, reason });
    });
  }

  /** An attempt is final in the journal. */
  settled(settled: Attempt): void {
    this.safely(settled.attempt, () => {
      this.onSettled(settled);
    });
  }

  /** An attempt became final after its caller was told that it is being checked. */
  settledLater(settled: Attempt): void {
    const { call, attempt, state: outcome, reference: order, reason } = settled;
    this.settled(settled);
    this.safely(attempt, () => {
      this.record(call, { type: 'payment-settled', outcome, order, attempt, reason });
    });
  }

  /** A listener that throws harms no payment. */
  private safely(attempt: string, tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.logger.error('payment-listener-failed', { attempt, error: messageOf(error) });
    }
  }
}
