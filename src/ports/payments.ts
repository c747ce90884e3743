import type { SealedCard } from './payment-gateway';

export interface PaymentRequest {
  readonly call: string;
  /** Id of the attempt, in the flow's context before `pay` is entered, so that a restored flow finds it again. */
  readonly attempt: string;
  readonly account: string;
  readonly connector: string;
  /**
   * Operation of the connector (`charge`): `authorize` holds the amount, `tokenize` takes nothing and has the gateway keep the card;
   * `charge-token` and `authorize-token` pay with a kept card, the value `token`.
   */
  readonly operation?: string;
  /** Decimal string in major units, as the flow has it: `2500.50`. */
  readonly amount: string;
  readonly currency: string;
  /** The order. */
  readonly reference: string;
  readonly channel: 'phone' | 'page';
  /** Null when a kept card pays. */
  readonly card: SealedCard | null;
  readonly masked: string;
  readonly values: Readonly<Record<string, string>>;
}

export type PaymentOutcome = 'approved' | 'declined' | 'otp-invalid' | 'already-paid' | 'pending' | 'unknown' | 'error';

export interface PaymentResult {
  readonly outcome: PaymentOutcome;
  /** What the caller can quote: the gateway's id where there is one, else the gateway reference. */
  readonly reference: string;
  readonly reason: string;
  /** Of an approved `tokenize`: under which the gateway keeps the card. */
  readonly token?: string;
}

/** Takes payments: at most one charge per order, whatever fails. */
export interface Payments {
  /**
   * Takes one payment. Resolves with an outcome for every fault. Wipes the card's slots at a final answer; `otp-invalid`
   * wipes the OTP alone. Does not stop when the caller hangs up.
   */
  take(request: PaymentRequest): Promise<PaymentResult>;
  /** What became of an attempt, for a restored flow: never sends. `created` becomes `abandoned`. */
  resume(attempt: string): Promise<PaymentResult | 'start-again'>;
  /** Settles what is left over, by look-up, until each is final. Called at start and by a timer. Returns how many are still unsettled. */
  sweep(): Promise<number>;
  /** Resolves when no payment is under way in this process. */
  idle(): Promise<void>;
}
