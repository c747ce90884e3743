import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../ports/clock';

export type ChargeState = 'approved' | 'declined' | 'otp-invalid' | 'otp-expired' | 'not-processed';

/** One request to charge, as `GET /charges` shows it: the card is masked. */
export interface ChargeRecord {
  readonly id: string;
  readonly state: ChargeState;
  /** True when money was taken. */
  readonly charged: boolean;
  readonly code: string | null;
  readonly reference: string;
  readonly order: string;
  readonly amount: number;
  readonly currency: string;
  readonly channel: string;
  readonly masked: string;
  readonly last4: string;
  readonly idempotency_key: string;
  /** How often these very bytes came under this key. */
  readonly requests: number;
  readonly at: string;
}

/** What was answered, kept for a repeated request. */
export interface StoredAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export type Recall =
  { readonly kind: 'new' } | { readonly kind: 'conflict' } | { readonly kind: 'replay'; readonly answer: StoredAnswer };

/**
 * The gateway's books. One key means one request: the same bytes again get the same answer, other bytes are refused. A second
 * key for the same reference is charged again, as a real gateway would: that is what the engine must prevent.
 */
export class ChargeBook {
  private readonly charges: ChargeRecord[] = [];
  private readonly keys = new Map<
    string,
    { readonly print: string; readonly answer: StoredAnswer; readonly index: number }
  >();
  /** Fingerprints of request bodies hold card data, so their key is never kept. */
  private readonly printKey = randomBytes(32);

  constructor(private readonly clock: Clock) {}

  recall(key: string, body: Buffer): Recall {
    const known = this.keys.get(key);
    if (known === undefined) return { kind: 'new' };
    if (known.print !== this.print(body)) return { kind: 'conflict' };
    const charge = this.charges[known.index];
    if (charge !== undefined) this.charges[known.index] = { ...charge, requests: charge.requests + 1 };
    return { kind: 'replay', answer: known.answer };
  }

  nextId(): string {
    return `pay_${String(this.charges.length + 1).padStart(6, '0')}`;
  }

  /** Writes a charge down with its answer; `body` is the request's. */
  record(charge: Omit<ChargeRecord, 'requests' | 'at'>, body: Buffer, answer: StoredAnswer): void {
    this.keys.set(charge.idempotency_key, { print: this.print(body), answer, index: this.charges.length });
    this.note(charge);
  }

  /** Writes down that a request came and was not processed; the same key may come again. */
  note(charge: Omit<ChargeRecord, 'requests' | 'at'>): void {
    this.charges.push({ ...charge, requests: 1, at: new Date(this.clock.now()).toISOString() });
  }

  /** The payment of a reference: the charged one if there is any, else the last that was decided. */
  find(reference: string): ChargeRecord | null {
    const own = this.charges.filter((charge) => charge.reference === reference && charge.state !== 'not-processed');
    return own.find((charge) => charge.charged) ?? own.at(-1) ?? null;
  }

  list(order: string | null): readonly ChargeRecord[] {
    return this.charges.filter((charge) => order === null || charge.order === order);
  }

  private print(body: Buffer): string {
    return createHmac('sha256', this.printKey).update(body).digest('hex');
  }
}
