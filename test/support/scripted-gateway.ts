import type { Clock } from '../../src/ports/clock';
import type {
  ChargeAnswer,
  ChargeRequest,
  LookupAnswer,
  LookupRequest,
  PaymentGateway,
  TokenizeAnswer,
  TokenizeRequest,
} from '../../src/ports/payment-gateway';

/**
 * What the gateway does with one charge. `charged-...`: the money moved; `lost-...`: the request never arrived;
 * `late-...`: no answer, and the money moves after a while.
 */
export type ChargeScript =
  | 'approved'
  | 'declined'
  | 'otp-invalid'
  | 'not-sent'
  | 'slow-approved'
  | 'charged-no-answer'
  | 'charged-hangs'
  | 'charged-throws'
  | 'declined-no-answer'
  | 'lost-no-answer'
  | 'late-no-answer';

export type LookupScript = 'truth' | 'unreachable' | 'hangs' | 'throws';

interface Seen {
  readonly gatewayReference: string;
  readonly attempt: string;
  state: 'approved' | 'declined';
}

const SLOW_MS = 2_000;
const LATE_MS = 20_000;

/** A gateway that fails as told, and that keeps a book of what it really did. */
export class ScriptedGateway implements PaymentGateway {
  /** Requests of which at least one byte arrived here or was lost on the way, in order. */
  readonly sends: ChargeRequest[] = [];
  readonly lookups: LookupRequest[] = [];
  readonly tokenized: TokenizeRequest[] = [];
  tokenizing: TokenizeAnswer['outcome'] | 'throws' = 'approved';
  readonly book: Seen[] = [];
  /** Scripts of the next charges; afterwards `approved`. */
  readonly charges: ChargeScript[] = [];
  /** Scripts of the next look-ups; afterwards `truth`. */
  readonly answers: LookupScript[] = [];
  limitMs = 60_000;
  /** Charges under way now, and the most there ever were at once, per order. */
  mostAtOnce = 0;
  /** Called as soon as a charge has been sent. */
  onSend: (request: ChargeRequest) => void = () => undefined;
  private readonly underWay = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  async charge(request: ChargeRequest): Promise<ChargeAnswer> {
    const script = this.charges.shift() ?? 'approved';
    if (script === 'not-sent') return { outcome: 'not-sent', gatewayId: '', reason: 'no address for the host' };
    this.sends.push(request);
    this.onSend(request);
    const order = orderOf(request.gatewayReference);
    const now = (this.underWay.get(order) ?? 0) + 1;
    this.underWay.set(order, now);
    this.mostAtOnce = Math.max(this.mostAtOnce, now);
    try {
      return await this.answerTo(request, script);
    } finally {
      this.underWay.set(order, (this.underWay.get(order) ?? 1) - 1);
    }
  }

  async lookup(request: LookupRequest): Promise<LookupAnswer> {
    this.lookups.push(request);
    const script = this.answers.shift() ?? 'truth';
    if (script === 'throws') throw new Error('a bug in the gateway');
    if (script === 'hangs') await new Promise<never>(() => undefined);
    if (script === 'unreachable') return { outcome: 'unknown', gatewayId: '', reason: 'connection refused' };
    await Promise.resolve();
    const seen = this.book.find(({ gatewayReference }) => gatewayReference === request.gatewayReference);
    if (seen === undefined) return { outcome: 'not-found', gatewayId: '', reason: 'no such payment' };
    return { outcome: seen.state, gatewayId: idOf(request.gatewayReference), reason: '' };
  }

  async tokenize(request: TokenizeRequest): Promise<TokenizeAnswer> {
    this.tokenized.push(request);
    await Promise.resolve();
    const outcome = this.tokenizing;
    if (outcome === 'throws') throw new Error('a bug in the gateway');
    const [token, gatewayId] = outcome === 'approved' ? ['tok-9', 'gw-9'] : ['', ''];
    return { outcome, token, gatewayId, reason: '' };
  }

  chargeLimitMs(connector: string): number {
    if (connector === 'no-such') throw new Error('there is no connector no-such');
    return this.limitMs;
  }

  /** Charges that took money from the caller, for one order. */
  approvals(reference: string): number {
    return this.book.filter(
      ({ state, gatewayReference }) => state === 'approved' && orderOf(gatewayReference) === reference,
    ).length;
  }

  private async answerTo(request: ChargeRequest, script: Exclude<ChargeScript, 'not-sent'>): Promise<ChargeAnswer> {
    const { gatewayReference } = request;
    const gatewayId = idOf(gatewayReference);
    const noAnswer: ChargeAnswer = { outcome: 'unknown', gatewayId: '', reason: 'no answer in time' };
    switch (script) {
      case 'slow-approved':
        await this.pass(SLOW_MS);
        this.enter(request, 'approved');
        return { outcome: 'approved', gatewayId, reason: '' };
      case 'approved':
        await Promise.resolve();
        this.enter(request, 'approved');
        return { outcome: 'approved', gatewayId, reason: '' };
      case 'declined':
        this.enter(request, 'declined');
        return { outcome: 'declined', gatewayId, reason: 'insufficient funds' };
      case 'otp-invalid':
        return { outcome: 'otp-invalid', gatewayId: '', reason: 'wrong OTP for ' + gatewayReference };
      case 'charged-no-answer':
        this.enter(request, 'approved');
        await this.pass(SLOW_MS);
        return noAnswer;
      case 'charged-hangs':
        this.enter(request, 'approved');
        return new Promise<never>(() => undefined);
      case 'charged-throws':
        this.enter(request, 'approved');
        throw new Error('a bug in the gateway');
      case 'declined-no-answer':
        this.enter(request, 'declined');
        return noAnswer;
      case 'lost-no-answer':
        await this.pass(SLOW_MS);
        return noAnswer;
      case 'late-no-answer':
        this.clock.after(LATE_MS, () => {
          this.enter(request, 'approved');
        });
        return noAnswer;
    }
  }

  private enter({ gatewayReference, attempt }: ChargeRequest, state: 'approved' | 'declined'): void {
    this.book.push({ gatewayReference, attempt, state });
  }

  private pass(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.after(ms, resolve);
    });
  }
}

function orderOf(gatewayReference: string): string {
  return gatewayReference.slice(0, gatewayReference.lastIndexOf('-'));
}

function idOf(gatewayReference: string): string {
  return `gw_${gatewayReference}`;
}
