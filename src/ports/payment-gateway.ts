/** References of vault slots, by what they hold. */
export interface SealedCard {
  readonly number: string;
  readonly expiry: string;
  readonly securityCode: string;
  readonly otp: string | null;
}

export interface ChargeRequest {
  /** Connector that reaches the gateway. */
  readonly connector: string;
  /** `charge`, or another that pays (`authorize`, `charge-token`). */
  readonly operation?: string;
  readonly owner: string;
  /** Also the idempotency key: one per attempt. */
  readonly attempt: string;
  /** Reference at the gateway, `<reference>-<n>`. */
  readonly gatewayReference: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly channel: 'phone' | 'page';
  /** Null when a card that the gateway keeps pays: the value `token`. */
  readonly card: SealedCard | null;
  /** Other non-sensitive values of the order that the connector may need (customer's phone, description). */
  readonly values: Readonly<Record<string, string>>;
  /** The fence, asked right before the first byte: when it says no, nothing is sent (`not-sent`). */
  readonly mayLeave: () => boolean;
}

export type ChargeOutcome = 'approved' | 'declined' | 'otp-invalid' | 'unknown' | 'not-sent';

export interface ChargeAnswer {
  /** `not-sent` only when it is proved that no byte left. Amount, currency and reference of an approval have been matched, else `unknown`. */
  readonly outcome: ChargeOutcome;
  /** The gateway's own id or receipt, '' when none. */
  readonly gatewayId: string;
  readonly reason: string;
}

export interface LookupRequest {
  readonly connector: string;
  readonly attempt: string;
  readonly gatewayReference: string;
  readonly amountMinor: number;
  readonly currency: string;
}

export interface LookupAnswer {
  readonly outcome: 'approved' | 'declined' | 'not-found' | 'unknown';
  readonly gatewayId: string;
  readonly reason: string;
}

export type TokenizeRequest = Pick<
  ChargeRequest,
  'connector' | 'owner' | 'attempt' | 'currency' | 'channel' | 'card' | 'values'
> & {
  readonly reference: string;
  /** Decimal, major units. */
  readonly amount: string;
};

export interface TokenizeAnswer {
  readonly outcome: 'approved' | 'declined' | 'otp-invalid' | 'error';
  /** '' unless approved. */
  readonly token: string;
  readonly gatewayId: string;
  readonly reason: string;
}

/** A merchant's gateway. Every fault of the other side is an outcome, not an exception. */
export interface PaymentGateway {
  charge(request: ChargeRequest): Promise<ChargeAnswer>;
  /** Has the gateway keep the card. No money moves, so whatever is not answered may be asked again. */
  tokenize(request: TokenizeRequest): Promise<TokenizeAnswer>;
  lookup(request: LookupRequest): Promise<LookupAnswer>;
  /** Longest time, in ms, that a payment of this connector may still be under way at the gateway after it was sent. */
  chargeLimitMs(connector: string): number;
}
