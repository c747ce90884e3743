/** Secure capture, "Orders, attempts and states"; the states this build can reach. */
export type AttemptState =
  | 'created'
  | 'abandoned'
  | 'submitting'
  | 'approved'
  | 'declined'
  | 'unknown'
  | 'reconciling'
  | 'not_found'
  | 'manual_review';

export interface Attempt {
  /** Chosen before `pay` is entered; also the idempotency key. */
  readonly attempt: string;
  /** The order: account and reference. */
  readonly account: string;
  readonly reference: string;
  /** 1, 2, ... within the order. */
  readonly number: number;
  /** `<reference>-<number>`. */
  readonly gatewayReference: string;
  readonly connector: string;
  readonly call: string;
  readonly channel: 'phone' | 'page';
  readonly amountMinor: number;
  readonly currency: string;
  /** `xxxxxxxxxxxx1111` */
  readonly masked: string;
  readonly state: AttemptState;
  readonly otpInvalid: boolean;
  readonly gatewayId: string;
  readonly reason: string;
  /** Wall clock, ms: no byte may leave after it; null before `submitting`. */
  readonly submitBy: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type NewAttempt = Omit<
  Attempt,
  | 'number'
  | 'gatewayReference'
  | 'state'
  | 'otpInvalid'
  | 'gatewayId'
  | 'reason'
  | 'submitBy'
  | 'createdAt'
  | 'updatedAt'
>;

export type OpenResult =
  | { readonly opened: true; readonly attempt: Attempt }
  /** The order is paid, or an earlier attempt of it is not settled. */
  | { readonly opened: false; readonly blockedBy: Attempt };

export interface AttemptChange {
  readonly to: AttemptState;
  readonly otpInvalid?: boolean;
  readonly gatewayId?: string;
  readonly reason?: string;
  readonly submitBy?: number;
}

/** Durable record of every attempt. Each promise resolves when the change is on disk. */
export interface PaymentJournal {
  /**
   * Opens an attempt of an order: one compare-and-set. Opens only when all earlier attempts are `declined`, `abandoned`
   * or `not_found`. The same attempt id again returns the attempt as it stands.
   */
  open(attempt: NewAttempt): Promise<OpenResult>;
  /** Moves an attempt on. @throws HushtoneError `journal-conflict` when it is in none of the `from` states. */
  move(attempt: string, from: readonly AttemptState[], change: AttemptChange): Promise<Attempt>;
  find(attempt: string): Promise<Attempt | null>;
  ofOrder(account: string, reference: string): Promise<readonly Attempt[]>;
  /** Attempts in `created`, `submitting`, `unknown` or `reconciling`, oldest first. */
  unsettled(): Promise<readonly Attempt[]>;
  close(): Promise<void>;
}
