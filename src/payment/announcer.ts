import { messageOf } from '../errors';
import { toMajorUnits } from '../flow/money';
import type { RecordCallEvent } from '../ports/call-events';
import type { Logger } from '../ports/logger';
import type { Attempt } from '../ports/payment-journal';
import type { PaymentRequest, PaymentResult } from '../ports/payments';
import { quotable } from './payment-result';

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
    const { call, attempt, amount, currency, masked, connector, reference: order } = request;
    const { outcome, reference, reason } = result;
    this.logger.info('payment', { call, attempt, connector, order, amount, currency, masked, outcome, reason });
    this.safely(attempt, () => {
      this.record(call, { type: 'payment', outcome, reference, attempt, amount, currency, masked });
    });
  }

  /** An attempt is final in the journal. */
  settled(settled: Attempt): void {
    const { call, attempt, connector, reference: order, state, reason } = settled;
    this.logger.info('payment-settled', { call, attempt, connector, order, state, reason });
    this.safely(attempt, () => {
      this.onSettled(settled);
    });
  }

  /** An attempt became final after its caller was told that it is being checked. */
  settledLater(settled: Attempt): void {
    const { call, attempt, state: outcome, currency, masked } = settled;
    this.settled(settled);
    this.safely(attempt, () => {
      const amount = toMajorUnits(settled.amountMinor, currency);
      this.record(call, { type: 'payment', outcome, reference: quotable(settled), attempt, amount, currency, masked });
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
