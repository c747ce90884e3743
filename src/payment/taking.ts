import { HushtoneError, isError, messageOf } from '../errors';
import { toMinorUnits } from '../flow/money';
import type { Clock } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { ChargeAnswer, PaymentGateway } from '../ports/payment-gateway';
import type { Attempt, AttemptChange, AttemptState, PaymentJournal } from '../ports/payment-journal';
import type { PaymentRequest, PaymentResult } from '../ports/payments';
import type { Announcer } from './announcer';
import { isFinal } from './attempt-states';
import type { CardLease, CardLeases } from './card-leases';
import type { JournalWriter } from './journal-writer';
import { blockedResult, errorResult, resultOf } from './payment-result';
import type { Reconciler } from './reconciler';
import { SendFence, within, type PaymentTiming } from './timing';

export interface TakingParts {
  readonly journal: PaymentJournal;
  readonly gateway: PaymentGateway;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timing: PaymentTiming;
  readonly leases: CardLeases;
  readonly writer: JournalWriter;
  readonly reconciler: Reconciler;
  readonly announcer: Announcer;
}

type Prepared =
  | { readonly send: true; readonly attempt: Attempt; readonly fence: SendFence }
  | { readonly send: false; readonly result: PaymentResult };

/** One attempt at one payment, from the opening of the attempt to its outcome. Sends at most once. */
export class Taking {
  /** What goes on after the caller was told: writing down what could not be written at once. */
  private afterwards: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly parts: TakingParts,
    private readonly request: PaymentRequest,
  ) {}

  /** Resolves with what the caller is told; never rejects. Call once. */
  async run(): Promise<PaymentResult> {
    const lease = this.parts.leases.take(this.request.card);
    const prepared = await this.prepare().catch((error: unknown): Prepared => refused(messageOf(error)));
    const result = prepared.send ? await this.send(prepared.attempt, prepared.fence, lease) : prepared.result;
    lease.end('card');
    this.parts.announcer.told(this.request, result);
    return result;
  }

  /** Resolves when nothing of it is left in this process; never rejects. */
  async finished(): Promise<void> {
    await this.afterwards;
  }

  /** Everything up to the first byte. An error thrown here means that nothing was sent. */
  private async prepare(): Promise<Prepared> {
    const { journal, gateway, clock, timing } = this.parts;
    const { call, attempt, account, reference, connector, channel, currency, masked } = this.request;
    const amountMinor = toMinorUnits(this.request.amount, currency);
    // Throws when there is no such connector: better before anything is written.
    gateway.chargeLimitMs(connector);
    const order = { attempt, account, reference, connector, call, channel, amountMinor, currency, masked };
    const opened = await this.inTime(journal.open(order), ['created']);
    if (opened === null) return { send: false, result: await this.takenOver() };
    if (!opened.opened) return { send: false, result: blockedResult(opened.blockedBy) };
    if (opened.attempt.state !== 'created') return { send: false, result: replay(opened.attempt, order) };

    const fence = new SendFence(clock, timing.submitWindowMs);
    const submitting = journal.move(attempt, ['created'], { to: 'submitting', submitBy: fence.submitBy });
    const submitted = await this.inTime(submitting, ['created', 'submitting']);
    if (submitted === null) return { send: false, result: await this.takenOver() };
    if (fence.isOpen()) return { send: true, attempt: submitted, fence };
    const reason = 'not sent: the engine or its journal was too slow';
    await this.abandon(['submitting'], reason);
    return refused(reason);
  }

  /** Nothing in here may throw: from the first byte on, only the gateway's answer decides. */
  private async send(attempt: Attempt, fence: SendFence, lease: CardLease): Promise<PaymentResult> {
    const { clock, logger, timing } = this.parts;
    const answer = await this.charge(attempt, fence);
    lease.end(answer.outcome === 'otp-invalid' ? 'otp' : 'card');
    const change = changeFor(answer);
    const writing = this.settle(attempt, change);
    this.afterwards = writing;
    await within(clock, timing.tellAfterMs, 'writing the outcome', writing).catch((error: unknown) => {
      logger.warn('payment-told-before-written', { attempt: attempt.attempt, error: messageOf(error) });
    });
    return resultOf({ ...attempt, state: change.to, ...change });
  }

  private async charge(attempt: Attempt, fence: SendFence): Promise<ChargeAnswer> {
    const { gateway, clock, timing } = this.parts;
    const { connector, operation = 'charge', call: owner, channel, card, values } = this.request;
    const { gatewayReference, amountMinor, currency } = attempt;
    try {
      const charging = gateway.charge({
        connector,
        operation,
        owner,
        attempt: attempt.attempt,
        gatewayReference,
        amountMinor,
        currency,
        channel,
        card,
        values,
        mayLeave: () => fence.isOpen(),
      });
      return await within(clock, timing.chargeGuardMs, 'the charge', charging);
    } catch (error) {
      return { outcome: 'unknown', gatewayId: '', reason: messageOf(error) };
    }
  }

  private async settle(attempt: Attempt, change: AttemptChange): Promise<void> {
    const { announcer, reconciler, timing, writer } = this.parts;
    const written = await writer.move(attempt.attempt, ['submitting'], change, timing.rewriteForMs);
    if (change.to === 'unknown') reconciler.watch({ ...attempt, ...written });
    else if (written !== null && isFinal(written.state)) announcer.settled(written);
  }

  /** Another process has moved this attempt on since we opened it. */
  private async takenOver(): Promise<PaymentResult> {
    const now = await this.parts.journal.find(this.request.attempt);
    return now === null ? errorResult('the attempt is gone') : resultOf(now);
  }

  /**
   * The journal's answer, if it comes while there is still time to send. Otherwise nothing is sent, and whatever the journal
   * may have written by then is taken back: from one of `from`, the states in which this attempt can only be ours.
   * @returns null when the journal refused the change.
   */
  private async inTime<T>(work: Promise<T>, from: readonly AttemptState[]): Promise<T | null> {
    const { clock, timing } = this.parts;
    try {
      return await within(clock, timing.submitWindowMs, 'the payment journal', work);
    } catch (error) {
      if (isError(error, 'journal-conflict')) return null;
      const reason = `not sent: ${messageOf(error)}`;
      this.afterwards = work.then(
        () => this.abandon(from, reason),
        () => this.abandon(from, reason),
      );
      throw error instanceof HushtoneError ? error : new HushtoneError('journal-unavailable', messageOf(error));
    }
  }

  /** One try: what cannot be written now is found by the next sweep, which looks it up. */
  private async abandon(from: readonly AttemptState[], reason: string): Promise<void> {
    const { announcer, writer } = this.parts;
    const written = await writer.move(this.request.attempt, from, { to: 'abandoned', reason }, 0);
    if (written !== null) announcer.settled(written);
  }
}

function refused(reason: string): Prepared {
  return { send: false, result: errorResult(reason) };
}

/** The same attempt id again: what became of it, provided that it is the same payment. */
function replay(
  attempt: Attempt,
  order: Pick<Attempt, 'account' | 'reference' | 'amountMinor' | 'currency'>,
): PaymentResult {
  const same =
    attempt.account === order.account &&
    attempt.reference === order.reference &&
    attempt.amountMinor === order.amountMinor &&
    attempt.currency === order.currency;
  return same ? resultOf(attempt) : errorResult('this attempt id belongs to another payment');
}

function changeFor({ outcome, gatewayId, reason }: ChargeAnswer): AttemptChange {
  switch (outcome) {
    case 'approved':
    case 'declined':
    case 'unknown':
      return { to: outcome, gatewayId, reason };
    case 'otp-invalid':
      return { to: 'declined', otpInvalid: true, gatewayId, reason };
    case 'not-sent':
      return { to: 'abandoned', reason: `not sent: ${reason}` };
  }
}
