import type { ConnectorDescription } from '../connector/describe';
import { HushtoneError } from '../errors';
import { toMajorUnits, toMinorUnits } from '../flow/money';
import type { Connectors, ExchangeResult, Value } from '../ports/connectors';
import type {
  ChargeAnswer,
  ChargeOutcome,
  ChargeRequest,
  LookupAnswer,
  LookupRequest,
  PaymentGateway,
  SealedCard,
  TokenizeAnswer,
  TokenizeRequest,
} from '../ports/payment-gateway';

export interface ConnectorGatewayParts {
  readonly connectors: Connectors;
  /** Connectors by their id. */
  readonly descriptions: Pick<ReadonlyMap<string, ConnectorDescription>, 'get'>;
}

/** What an answer must be about. */
type Asked = Pick<ChargeRequest, 'gatewayReference' | 'amountMinor' | 'currency'>;

/**
 * A payment gateway whose wire is described in a connector: operations `charge` and `lookup`, with the captures `gateway_id`,
 * `reference`, `currency`, `amount_minor` or `amount`, and `code`. What a gateway says of a payment counts only when reference,
 * amount and currency are those that were asked for; anything else is `unknown` and is looked up.
 */
export class ConnectorPaymentGateway implements PaymentGateway {
  constructor(private readonly parts: ConnectorGatewayParts) {}

  async charge(request: ChargeRequest): Promise<ChargeAnswer> {
    const { connector, operation = 'charge', owner, attempt, channel, card, values, mayLeave } = request;
    const result = await this.parts.connectors.exchange({
      connector,
      operation,
      owner,
      values: { ...values, ...valuesOf(request), attempt, channel },
      sealed: sealedOf(card),
      mayLeave,
    });
    if (result.sent === 'no') return { outcome: 'not-sent', gatewayId: '', reason: result.reason };
    return answer(result, request, CHARGE_OUTCOMES);
  }

  async tokenize(request: TokenizeRequest): Promise<TokenizeAnswer> {
    const { connector, owner, attempt, reference, amount, currency, channel, card, values } = request;
    const result = await this.parts.connectors.exchange({
      connector,
      operation: 'tokenize',
      owner,
      values: { ...values, attempt, reference, amount, currency, channel },
      sealed: sealedOf(card),
    });
    const outcome = TOKENIZE_OUTCOMES.find((candidate) => candidate === result.outcome);
    const token = textOf(result.values.token, /^[\x21-\x7e]{1,128}$/);
    if (outcome === undefined || (outcome === 'approved' && token === '')) {
      return { outcome: 'error', token: '', gatewayId: '', reason: outcome === undefined ? result.reason : 'no token' };
    }
    return { outcome, token, gatewayId: textOf(result.values.gateway_id, GATEWAY_ID), reason: result.reason };
  }

  async lookup(request: LookupRequest): Promise<LookupAnswer> {
    const { connector, attempt } = request;
    const exchange = {
      connector,
      operation: 'lookup',
      owner: attempt,
      values: { ...valuesOf(request), attempt },
      sealed: {},
    };
    return answer(await this.parts.connectors.exchange(exchange), request, LOOKUP_OUTCOMES);
  }

  /** @throws HushtoneError `connector-unknown` */
  chargeLimitMs(connector: string): number {
    const operations = this.parts.descriptions.get(connector)?.operations;
    const paying = PAYING.flatMap((name) => operations?.get(name) ?? []);
    if (paying.length === 0) throw new HushtoneError('connector-unknown', `${connector}, operation charge`);
    return Math.max(...paying.map(({ settlesWithinMs }) => settlesWithinMs));
  }
}

/** Operations that move or hold money. */
const PAYING = ['charge', 'authorize', 'charge-token', 'authorize-token'];
const TOKENIZE_OUTCOMES = ['approved', 'declined', 'otp-invalid'] as const;
const GATEWAY_ID = /^[\x21-\x7e]{1,64}$/;

function sealedOf(card: SealedCard | null): Readonly<Record<string, string>> {
  if (card === null) return {};
  const otp = card.otp === null ? {} : { otp: card.otp };
  return { card_number: card.number, expiry: card.expiry, security_code: card.securityCode, ...otp };
}

const CHARGE_OUTCOMES: readonly ChargeOutcome[] = ['approved', 'declined', 'otp-invalid'];
const LOOKUP_OUTCOMES: readonly LookupAnswer['outcome'][] = ['approved', 'declined', 'not-found'];

function valuesOf({ gatewayReference, amountMinor, currency }: Asked): Readonly<Record<string, Value>> {
  return {
    reference: gatewayReference,
    amount_minor: amountMinor,
    amount: toMajorUnits(amountMinor, currency),
    currency,
  };
}

function answer<Outcome extends string>(
  result: ExchangeResult,
  asked: Asked,
  decided: readonly Outcome[],
): { outcome: Outcome | 'unknown'; gatewayId: string; reason: string } {
  const gatewayId = textOf(result.values.gateway_id, GATEWAY_ID);
  const outcome = decided.find((candidate) => candidate === result.outcome);
  if (outcome === undefined) return { outcome: 'unknown', gatewayId: '', reason: result.reason };
  const contradiction = contradicts(result.values, asked, result.outcome === 'approved');
  if (contradiction !== null) {
    return {
      outcome: 'unknown',
      gatewayId: '',
      reason: `the answer says ${result.outcome}, but of another ${contradiction}`,
    };
  }
  return { outcome, gatewayId, reason: textOf(result.values.code, /^[a-z0-9_-]{1,40}$/) };
}

/** What of the answer is not what was asked for. With `all`, what the answer leaves out counts too. */
function contradicts(values: Readonly<Record<string, Value>>, asked: Asked, all: boolean): string | null {
  const differs = (value: Value | undefined, wanted: Value): boolean => (value === undefined ? all : value !== wanted);
  if (differs(values.reference, asked.gatewayReference)) return 'reference';
  if (differs(values.currency, asked.currency)) return 'currency';
  return differs(minorUnitsOf(values, asked.currency), asked.amountMinor) ? 'amount' : null;
}

/** Undefined when the answer names no amount; null when it names one that makes no sense. */
function minorUnitsOf(values: Readonly<Record<string, Value>>, currency: string): Value | undefined {
  const { amount_minor: minor, amount } = values;
  if (minor !== undefined) return minor;
  if (amount === undefined) return undefined;
  try {
    return typeof amount === 'string' || typeof amount === 'number' ? toMinorUnits(String(amount), currency) : null;
  } catch {
    return null;
  }
}

function textOf(value: Value | undefined, pattern: RegExp): string {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && pattern.test(text) ? text : '';
}
