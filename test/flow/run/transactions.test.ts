import { FlowWorld } from '../../support/scripted-flow-world';

const CARD = `
  card: { collect: card-number, on: { collected: expiry, failed: bye } }
  expiry: { collect: expiration-date, on: { collected: cvv, failed: bye } }
  cvv: { collect: security-code, on: { collected: pay, failed: bye } }`;

function flow(start: string, pay: string): string {
  return `flow: transactions
dids: ["7130"]
languages: [en]
context: [{ headers: { token: X-Token } }]
start: ${start}
steps:${start === 'card' ? CARD : ''}
  pay:
    pay: card-pay
    amount: "1.00"
    currency: USD
    reference: A-1
    ${pay}
    on: { approved: told, declined: bye, unknown: bye, error: failed }
  told: { say: [{ reference: "{{ payment.token }}" }, thanks], next: bye }
  failed: { say: sorry, next: bye }
  bye: { end: true }
`;
}

async function paid(start: string, pay: string, headers: Record<string, string> = {}, token?: string) {
  const world = new FlowWorld({
    flow: flow(start, pay),
    headers,
    payments: [() => Promise.resolve(token === undefined ? 'approved' : { outcome: 'approved' as const, token })],
  });
  await world.run();
  return world;
}

test('a charge and an authorization ask for their own operation, with the keyed card', async () => {
  for (const transaction of ['charge', 'authorize']) {
    const { payments } = await paid('card', `transaction: ${transaction}`);
    expect(payments).toMatchObject([{ operation: transaction, masked: 'xxxxxxxxxxxx1111' }]);
    expect(payments[0]?.card).not.toBeNull();
  }
});

test('tokenize gives the flow the token, and the snapshot nothing else of the card', async () => {
  const world = await paid('card', 'transaction: tokenize', {}, 'tok-9');
  expect(world.payments).toMatchObject([{ operation: 'tokenize' }]);
  expect(world.call.heard.at(-1)).toBe('tok-9 thanks');
});

test('a token pays without a card; without one nothing is asked of the gateway', async () => {
  const world = await paid('pay', 'token: "{{ token }}"', { 'X-Token': 'tok-9' });
  expect(world.payments).toMatchObject([
    { operation: 'charge-token', card: null, masked: '', values: { token: 'tok-9' } },
  ]);
  const none = await paid('pay', 'token: "{{ token }}"');
  expect(none.payments).toEqual([]);
  expect(none.call.heard).toEqual(['sorry']);
});
