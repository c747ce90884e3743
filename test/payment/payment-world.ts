import type { CallEvent } from '../../src/ports/call-events';
import type { CardVault } from '../../src/ports/card-vault';
import type { LogFields, Logger } from '../../src/ports/logger';
import type { Attempt } from '../../src/ports/payment-journal';
import type { PaymentRequest } from '../../src/ports/payments';
import { JournaledPayments } from '../../src/payment/payments';
import { isFinal } from '../../src/payment/attempt-states';
import { ManualClock } from '../support/manual-clock';
import { MemoryPaymentJournal } from '../support/memory-payment-journal';
import { ScriptedGateway } from '../support/scripted-gateway';

/** A vault of which only the wiping matters here. */
class WipeRecorder implements CardVault {
  readonly wiped: string[] = [];

  wipe(ref: string): void {
    this.wiped.push(ref);
  }
  open(): never {
    throw new Error('payments never key anything');
  }
  put(): never {
    throw new Error('payments never put anything');
  }
  lend(): never {
    throw new Error('payments never read a card');
  }
  same(): never {
    throw new Error('payments never compare cards');
  }
  lengthOf(): null {
    return null;
  }
  wipeOwner(): number {
    throw new Error('payments wipe what they were handed, nothing else');
  }
  size(): number {
    return 0;
  }
}

class LogRecorder implements Logger {
  readonly lines: { level: string; event: string; fields: LogFields }[] = [];
  debug(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'debug', event, fields });
  }
  info(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'info', event, fields });
  }
  warn(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'warn', event, fields });
  }
  error(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'error', event, fields });
  }
  /** Names of the events logged at one level. */
  at(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map((line) => line.event);
  }
}

/** Payments with everything around them scripted. */
export class PaymentWorld {
  readonly clock = new ManualClock();
  readonly gateway = new ScriptedGateway(this.clock);
  readonly journal = new MemoryPaymentJournal(this.clock);
  readonly vault = new WipeRecorder();
  readonly logger = new LogRecorder();
  readonly events: (CallEvent & { call: string })[] = [];
  readonly settled: Attempt[] = [];
  payments = this.start();

  /** A new process beside the same journal and gateway; whatever the old one still does, it does alone. */
  start(onSettled = (attempt: Attempt): void => void this.settled.push(attempt)): JournaledPayments {
    this.payments = new JournaledPayments({
      journal: this.journal,
      gateway: this.gateway,
      vault: this.vault,
      clock: this.clock,
      logger: this.logger,
      record: (call, event) => this.events.push({ ...event, call }),
      onSettled,
    });
    return this.payments;
  }

  request(attempt = 'att_1', changes: Partial<PaymentRequest> = {}): PaymentRequest {
    return {
      call: 'call_1',
      attempt,
      account: 'default',
      connector: 'otp-pay',
      amount: '2500.50',
      currency: 'INR',
      reference: 'TXN-1',
      channel: 'phone',
      card: {
        number: `${attempt}.pan`,
        expiry: `${attempt}.exp`,
        securityCode: `${attempt}.cvv`,
        otp: `${attempt}.otp`,
      },
      masked: 'xxxxxxxxxxxx1111',
      values: { phone: '+15550100' },
      ...changes,
    };
  }

  /** Lets time pass until every attempt is final, at most for a virtual week. */
  async untilSettled(): Promise<void> {
    for (let hours = 0; hours < 7 * 24; hours++) {
      if (this.journal.all().every(({ state }) => isFinal(state))) return;
      await this.clock.advance(3_600_000);
    }
    throw new Error(`still unsettled: ${JSON.stringify(this.journal.all())}`);
  }

  stateOf(attempt: string): string | undefined {
    return this.journal.all().find((known) => known.attempt === attempt)?.state;
  }

  /** What became of the slots of a card, in the order of wiping. */
  wiped(attempt = 'att_1'): string[] {
    return this.vault.wiped.filter((ref) => ref.startsWith(`${attempt}.`)).map((ref) => ref.slice(attempt.length + 1));
  }
}

export const WHOLE_CARD = ['pan', 'exp', 'cvv', 'otp'];
