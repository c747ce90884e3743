import { messageOf } from '../errors';
import type { PaymentGateway } from '../ports/payment-gateway';
import type { PaymentRequest, PaymentResult } from '../ports/payments';
import type { CardLeases } from './card-leases';

/**
 * Has the gateway keep a card. No money moves: it is in no journal, the order stays unpaid, and whatever is not answered is an
 * `error`, after which it may be tried again. Wipes the card as a payment does. Never rejects.
 */
export async function tokenize(
  request: PaymentRequest,
  { gateway, leases }: { readonly gateway: PaymentGateway; readonly leases: CardLeases },
): Promise<PaymentResult> {
  const lease = leases.take(request.card);
  const { call: owner, connector, attempt, reference, amount, currency, channel, card, values } = request;
  try {
    const order = { reference, amount, currency };
    const answer = await gateway.tokenize({ connector, owner, attempt, ...order, channel, card, values });
    const { outcome, token, gatewayId, reason } = answer;
    lease.end(outcome === 'otp-invalid' ? 'otp' : 'card');
    return { outcome, reference: gatewayId, reason, ...(outcome === 'approved' ? { token } : {}) };
  } catch (error) {
    return { outcome: 'error', reference: '', reason: messageOf(error) };
  } finally {
    lease.end('card');
  }
}
