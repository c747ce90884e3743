import { HushtoneError } from '../../src/errors';
import { blocksOrder, isFinal } from '../../src/payment/attempt-states';
import type { Clock } from '../../src/ports/clock';
import type {
  Attempt,
  AttemptChange,
  AttemptState,
  NewAttempt,
  OpenResult,
  PaymentJournal,
} from '../../src/ports/payment-journal';

/** A journal in memory that passes the same contract as the one on disk, and that a test can break. */
export class MemoryPaymentJournal implements PaymentJournal {
  /** Called before each operation; may throw (nothing is written then) or wait. */
  before: (operation: string, change?: AttemptChange) => Promise<void> | void = () => undefined;
  /** Called after each operation has been written, before the caller hears of it; may throw or wait. */
  after: (operation: string, change?: AttemptChange) => Promise<void> | void = () => undefined;
  /** Every state an attempt has been in, in order. */
  readonly history: string[] = [];
  private readonly attempts = new Map<string, Attempt>();
  private closed = false;

  constructor(private readonly clock: Clock) {}

  open(attempt: NewAttempt): Promise<OpenResult> {
    return this.run('open', undefined, () => this.openNow(attempt));
  }

  move(attempt: string, from: readonly AttemptState[], change: AttemptChange): Promise<Attempt> {
    return this.run('move', change, () => this.moveNow(attempt, from, change));
  }

  find(attempt: string): Promise<Attempt | null> {
    return this.run('find', undefined, () => this.attempts.get(attempt) ?? null);
  }

  ofOrder(account: string, reference: string): Promise<readonly Attempt[]> {
    return this.run('ofOrder', undefined, () => this.orderNow(account, reference));
  }

  unsettled(): Promise<readonly Attempt[]> {
    return this.run('unsettled', undefined, () => this.all().filter(({ state }) => !isFinal(state)));
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  /** Everything, in the order of opening, whatever is broken. */
  all(): Attempt[] {
    return [...this.attempts.values()];
  }

  private async run<T>(operation: string, change: AttemptChange | undefined, action: () => T): Promise<T> {
    if (this.closed) throw new HushtoneError('journal-unavailable', 'it has been closed');
    await this.before(operation, change);
    const result = action();
    await this.after(operation, change);
    return result;
  }

  private orderNow(account: string, reference: string): Attempt[] {
    return this.all().filter((attempt) => attempt.account === account && attempt.reference === reference);
  }

  private openNow(request: NewAttempt): OpenResult {
    const same = this.attempts.get(request.attempt);
    if (same !== undefined) return { opened: true, attempt: same };
    const earlier = this.orderNow(request.account, request.reference);
    const blockedBy = earlier.find(({ state }) => blocksOrder(state));
    if (blockedBy !== undefined) return { opened: false, blockedBy };
    const number = earlier.length + 1;
    const at = this.clock.now();
    return {
      opened: true,
      attempt: this.keep({
        ...request,
        number,
        gatewayReference: `${request.reference}-${number}`,
        state: 'created',
        otpInvalid: false,
        gatewayId: '',
        reason: '',
        submitBy: null,
        createdAt: at,
        updatedAt: at,
      }),
    };
  }

  private moveNow(id: string, from: readonly AttemptState[], { to, ...rest }: AttemptChange): Attempt {
    const attempt = this.attempts.get(id);
    if (attempt === undefined) throw new HushtoneError('journal-conflict', `there is no attempt ${id}`);
    if (!from.includes(attempt.state)) throw new HushtoneError('journal-conflict', `${id} is ${attempt.state}`);
    return this.keep({ ...attempt, ...rest, state: to, updatedAt: this.clock.now() });
  }

  private keep(attempt: Attempt): Attempt {
    this.history.push(`${attempt.attempt} ${attempt.state}`);
    this.attempts.set(attempt.attempt, attempt);
    return attempt;
  }
}
