import { FlowWorld } from '../../support/scripted-flow-world';

const flow = `flow: unsaid
dids: ["1"]
languages: [en]
context: [{ headers: { currency: X-Currency } }]
start: agree
steps:
  agree: { confirm: [amount-to-pay, { amount: "200.00", currency: "{{ currency }}" }], on: { yes: card, no: bye, none: bye } }
  card: { collect: card-number, on: { collected: expiry, failed: bye } }
  expiry: { collect: expiration-date, on: { collected: cvv, failed: bye } }
  cvv: { collect: security-code, on: { collected: pay, failed: bye } }
  pay: { pay: card-pay, amount: "200.00", currency: "{{ currency }}", reference: A-1, on: { approved: paid, declined: bye, unknown: bye, error: bye } }
  paid: { say: [payment-approved, { amount: "200.00", currency: CHF }], next: bye }
  bye: { end: true }
`;

async function call(currency: string): Promise<FlowWorld> {
  const world = new FlowWorld({ flow, headers: { 'X-Currency': currency }, keys: { confirm: ['1'] } });
  await world.run();
  expect(world.vault.size()).toBe(0);
  return world;
}

test('nobody is asked to agree to an amount that cannot be said, and nothing is charged', async () => {
  const world = await call('CHF');
  expect(world.steps).toContain('agree');
  expect(world.steps).not.toContain('card');
  expect(world.events).toContainEqual(expect.objectContaining({ type: 'failed', code: 'amount-not-said' }));
});

test('who has paid hears of it, even where the amount cannot be said', async () => {
  const world = await call('USD');
  expect(world.steps).toContain('paid');
  expect(world.steps.at(-1)).toBe('bye');
  expect(world.events).not.toContainEqual(expect.objectContaining({ code: 'amount-not-said' }));
});
