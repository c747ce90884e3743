import type { Connector } from '../../../connector/ast';
import type { CardVault } from '../../../ports/card-vault';
import type { CallEvent } from '../../../ports/call-events';
import type { PaymentOutcome, PaymentRequest, PaymentResult, Payments } from '../../../ports/payments';
import { messageOf } from '../../../errors';
import { toMinorUnits } from '../../money';
import { OPERATIONS, stepRule } from '../../vocabulary';
import type { Option, Question } from './moments';
import type { Answered } from './simulated-connectors';

export interface PaymentWorld {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly vault: CardVault;
  readonly record: (event: CallEvent) => void;
  readonly onCharge: (request: PaymentRequest) => void;
  readonly ask: (question: Question) => Promise<Answered>;
}

/** Outcomes of payments that are not made a second time, by order. */
export type Settled = ReadonlyMap<string, PaymentOutcome>;

/** What the caller can quote of a payment that was approved. */
const REFERENCE = 'SIM-2041';
const UNNAMED_LIMIT_MS = 10_000;

/** Outcomes that come of the payment room itself, whatever the gateway's file names. */
const ALWAYS: readonly string[] = ['approved', 'declined', 'already-paid', 'pending', 'unknown', 'error'];

/** Payments that ask whoever decides. As in production an order is charged once: a second take of it is not sent. */
export class SimulatedPayments implements Payments {
  private readonly settled: Map<string, PaymentOutcome>;

  constructor(
    private readonly world: PaymentWorld,
    before: Settled = new Map(),
  ) {
    this.settled = new Map(before);
  }

  get known(): Settled {
    return new Map(this.settled);
  }

  async take(request: PaymentRequest): Promise<PaymentResult> {
    const result = await this.outcomeOf(request);
    const { outcome, reference, reason } = result;
    const { reference: order, attempt, amount, currency, masked } = request;
    this.world.record({ type: 'payment', outcome, order, reference, attempt, amount, currency, masked, reason });
    this.wipe(request, outcome);
    return result;
  }

  resume(): Promise<'start-again'> {
    return Promise.resolve('start-again');
  }

  sweep(): Promise<number> {
    return Promise.resolve(0);
  }

  idle(): Promise<void> {
    return Promise.resolve();
  }

  private async outcomeOf(request: PaymentRequest): Promise<PaymentResult> {
    try {
      toMinorUnits(request.amount, request.currency);
    } catch (error) {
      return { outcome: 'error', reference: '', reason: messageOf(error) };
    }
    const before = this.settled.get(request.reference);
    if (before === 'approved') return { outcome: 'already-paid', reference: REFERENCE, reason: 'paid on this call' };
    if (before !== undefined) return { outcome: before, reference: '', reason: 'not settled yet' };
    this.world.onCharge(request);
    const options = this.optionsOf(request.connector);
    const { outcome: named } = await this.world.ask({
      kind: 'payment',
      about: `${request.connector} takes ${request.currency} ${request.amount}`,
      of: request.connector,
      options,
    });
    const outcome = named as PaymentOutcome;
    if (['approved', 'pending', 'unknown'].includes(outcome)) this.settled.set(request.reference, outcome);
    return { outcome, reference: outcome === 'approved' ? REFERENCE : '', reason: '' };
  }

  private optionsOf(id: string): readonly Option[] {
    const charge = this.world.connectors.get(id)?.operations.get(OPERATIONS.pay);
    const named = new Set(charge?.outcomes.map(({ outcome }) => outcome));
    const takesMs = charge?.timeLimitMs ?? UNNAMED_LIMIT_MS;
    return Object.keys(stepRule('pay').outcomes)
      .filter((outcome) => ALWAYS.includes(outcome) || named.has(outcome))
      .map((outcome) => ({ outcome, takesMs, values: {} }));
  }

  /** As the port says: the OTP alone after `otp-invalid`, everything after another final answer. */
  private wipe({ card }: PaymentRequest, outcome: PaymentOutcome): void {
    if (card === null) return;
    if (card.otp !== null) this.world.vault.wipe(card.otp);
    if (outcome === 'otp-invalid' || outcome === 'unknown') return;
    for (const ref of [card.number, card.expiry, card.securityCode]) this.world.vault.wipe(ref);
  }
}
