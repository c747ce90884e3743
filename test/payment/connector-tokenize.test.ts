import { ConnectorPaymentGateway } from '../../src/payment/connector-payment-gateway';
import type { ExchangeRequest, ExchangeResult } from '../../src/ports/connectors';

const CARD = { number: 'n', expiry: 'e', securityCode: 'c', otp: null };

async function tokenize(answer: Partial<ExchangeResult>) {
  const asked: ExchangeRequest[] = [];
  const gateway = new ConnectorPaymentGateway({
    descriptions: new Map(),
    connectors: {
      exchange: (request) => {
        asked.push(request);
        const nothing = { values: {}, sealed: {}, sent: 'yes' as const, status: 200, ms: 1, reason: 'why' };
        return Promise.resolve({ outcome: 'approved', ...nothing, ...answer });
      },
    },
  });
  const order = { reference: 'customer-1', amount: '0.00', currency: 'USD' };
  const told = { connector: 'token-pay', owner: 'call_1', attempt: 'att_1', channel: 'phone', values: {} } as const;
  return { asked, answer: await gateway.tokenize({ ...told, ...order, card: CARD }) };
}

test('a card is kept by the operation `tokenize`, which sees the card and the reference', async () => {
  const { asked, answer } = await tokenize({ values: { token: 'tok-9', gateway_id: 'gw-9' } });
  expect(asked).toMatchObject([
    {
      operation: 'tokenize',
      sealed: { card_number: 'n', expiry: 'e', security_code: 'c' },
      values: { reference: 'customer-1', amount: '0.00', currency: 'USD', attempt: 'att_1', channel: 'phone' },
    },
  ]);
  expect(answer).toMatchObject({ outcome: 'approved', token: 'tok-9', gatewayId: 'gw-9' });
});

test.each([
  ['an approval without a token', { values: {} }, 'error'],
  ['a token that is none', { values: { token: 'a b' } }, 'error'],
  ['no answer', { outcome: 'timeout' }, 'error'],
  ['a refusal', { outcome: 'declined' }, 'declined'],
])('%s', async (_what, exchanged, outcome) => {
  const { answer } = await tokenize(exchanged);
  expect(answer).toMatchObject({ outcome, token: '' });
});
