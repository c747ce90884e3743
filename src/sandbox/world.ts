import type { Clock } from '../ports/clock';
import { ChargeBook } from './charges';
import { FaultPlan, samePhone } from './faults';
import { OtpBook } from './otps';

/** An order that the merchant's look-up knows. */
export interface Transaction {
  readonly caller: string;
  readonly order_id: string;
  /** Decimal major units. */
  readonly amount: string;
  readonly currency: string;
  readonly phone: string;
  readonly return_to: string | null;
}

/** A charge that waits for a caller with its payment key. */
export interface IvrKey {
  readonly ivr_key: number;
  readonly order_id: string;
  /** Decimal major units. */
  readonly amount: string;
  readonly description: string;
}

export interface SentMessage {
  readonly message_id: string;
  readonly to: string;
  readonly message: string;
  readonly template_id: string;
  readonly entity_id: string;
  readonly sender_id: string;
  readonly at: string;
}

export interface Confirmation {
  readonly confirmation_id: string;
  readonly order_id: string;
  readonly amount: string;
  readonly currency: string;
  readonly payment_reference: string;
  readonly at: string;
}

/** Everything the sandbox knows, in memory. */
export class SandboxWorld {
  readonly otps: OtpBook;
  readonly charges: ChargeBook;
  readonly faults = new FaultPlan();
  readonly messages: SentMessage[] = [];
  readonly confirmations: Confirmation[] = [];
  private readonly transactions: Transaction[] = [...SEEDED];
  private readonly ivrKeys: IvrKey[] = [...SEEDED_KEYS];

  constructor(
    readonly clock: Clock,
    random: (limit: number) => number,
  ) {
    this.otps = new OtpBook(clock, random);
    this.charges = new ChargeBook(clock);
  }

  addTransaction(transaction: Transaction): void {
    this.transactions.push(transaction);
  }

  /** The latest order of a caller. */
  transactionOf(caller: string): Transaction | null {
    return this.transactions.findLast((transaction) => samePhone(transaction.caller, caller)) ?? null;
  }

  addIvrKey(key: IvrKey): void {
    this.ivrKeys.push(key);
  }

  ivrKeyOf(key: number): IvrKey | null {
    return this.ivrKeys.findLast(({ ivr_key }) => ivr_key === key) ?? null;
  }

  timestamp(): string {
    return new Date(this.clock.now()).toISOString();
  }
}

/** Callers that the merchant knows from the start (docs/integrators/sandbox.md lists them). */
const SEEDED: readonly Transaction[] = [
  {
    caller: '+919876500000',
    order_id: 'ORD-1001',
    amount: '2500.50',
    currency: 'INR',
    phone: '+919876500000',
    return_to: 'agent-001',
  },
  {
    caller: '+919876500100',
    order_id: 'ORD-1002',
    amount: '999.00',
    currency: 'INR',
    phone: '+919876500100',
    return_to: null,
  },
];

/** Payment keys that the merchant knows from the start. */
const SEEDED_KEYS: readonly IvrKey[] = [
  { ivr_key: 257139, order_id: 'ord-234', amount: '200.00', description: 'Cargo IVR' },
];
