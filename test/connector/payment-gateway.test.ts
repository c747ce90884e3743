import { connectorWorld } from './connector-world';
import type { ConnectorWorld } from './connector-world';
import { startSandboxProcess } from '../support/sandbox-process';
import type { SandboxProcess } from '../support/sandbox-process';
import { SANDBOX_OTP, TEST_CARDS } from '../support/test-cards';
import { ManualClock } from '../support/manual-clock';
import type { ChargeAnswer } from '../../src/ports/payment-gateway';

let sandbox: SandboxProcess;
let world: ConnectorWorld;
const clock = new ManualClock();

interface Charges {
  readonly charged: number;
  readonly charges: readonly Readonly<Record<string, unknown>>[];
}

beforeAll(async () => {
  sandbox = await startSandboxProcess();
  world = await connectorWorld(sandbox.url, clock);
});

afterAll(async () => {
  await world.connectors.close();
  await sandbox.stop();
});

async function sendOtp(order: string): Promise<void> {
  const values = { order_id: order, phone: '+919876543200', amount: '2500.50', currency: 'INR' };
  const sent = await world.connectors.exchange({
    connector: 'otp-pay',
    operation: 'generate',
    values,
    sealed: {},
    owner: 'call_1',
  });
  expect(sent.outcome).toBe('ok');
}

async function charge(number: string, order: string): Promise<ChargeAnswer> {
  await sendOtp(order);
  return world.gateway.charge(world.chargeRequest(number, order));
}

const charges = async (order: string): Promise<Charges> => (await sandbox.get(`/charges?order=${order}`)) as Charges;
const lookup = (order: string) =>
  world.gateway.lookup({
    connector: 'otp-pay',
    attempt: 'a',
    gatewayReference: `${order}-1`,
    amountMinor: 250050,
    currency: 'INR',
  });

test.each(['approveVisa', 'approveMastercard', 'approveAmex', 'approveRupay'] as const)(
  '%s is approved once and shown masked',
  async (card) => {
    const number = TEST_CARDS[card];
    expect(await charge(number, card)).toEqual({
      outcome: 'approved',
      gatewayId: expect.stringMatching(/^pay_/) as string,
      reason: '',
    });
    const { charged, charges: list } = await charges(card);
    expect(charged).toBe(1);
    expect(list).toEqual([
      expect.objectContaining({
        state: 'approved',
        charged: true,
        reference: `${card}-1`,
        amount: 250050,
        currency: 'INR',
        channel: 'phone',
        masked: 'x'.repeat(number.length - 4) + number.slice(-4),
        idempotency_key: `attempt-${card}`,
      }),
    ]);
  },
);

test.each([
  ['decline', 'card-declined'],
  ['insufficientFunds', 'insufficient-funds'],
] as const)('%s is declined, with the gateway’s reason, and nothing is charged', async (card, reason) => {
  expect(await charge(TEST_CARDS[card], card)).toMatchObject({ outcome: 'declined', reason });
  expect(await charges(card)).toMatchObject({ charged: 0, charges: [{ state: 'declined' }] });
  expect(await lookup(card)).toMatchObject({ outcome: 'declined' });
});

test.each([
  'errorAfterCharge',
  'garbageAfterCharge',
  'dropAfterCharge',
  'wrongAmount',
  'wrongCurrency',
  'wrongReference',
] as const)('%s is unknown, never declined or approved, and the look-up settles it', async (card) => {
  expect(await charge(TEST_CARDS[card], card)).toMatchObject({ outcome: 'unknown', gatewayId: '' });
  expect((await charges(card)).charged).toBe(1);
  expect(await lookup(card)).toMatchObject({
    outcome: 'approved',
    gatewayId: expect.stringMatching(/^pay_/) as string,
  });
});

test.each([
  ['timeoutAfterCharge', 1, 'approved'],
  ['timeoutWithoutCharge', 0, 'not-found'],
] as const)('%s is unknown once the time limit has passed', async (card, charged, found) => {
  await sendOtp(card);
  const charging = world.gateway.charge(world.chargeRequest(TEST_CARDS[card], card));
  while ((await charges(card)).charges.length === 0);
  await clock.advance(8000);
  expect(await charging).toEqual({ outcome: 'unknown', gatewayId: '', reason: 'no whole answer came in time' });
  expect((await charges(card)).charged).toBe(charged);
  expect(await lookup(card)).toMatchObject({ outcome: found });
});

test('a slow approval is an approval', async () => {
  expect(await charge(TEST_CARDS.slowApprove, 'slow')).toMatchObject({ outcome: 'approved' });
});

test('a wrong OTP charges nothing, and the right one then pays under a key of its own', async () => {
  await sendOtp('WRONG-1');
  const wrong = world.chargeRequest(TEST_CARDS.approveVisa, 'WRONG-1', {
    card: world.card(TEST_CARDS.approveVisa, '999999'),
  });
  expect(await world.gateway.charge(wrong)).toMatchObject({ outcome: 'otp-invalid' });
  expect((await charges('WRONG-1')).charged).toBe(0);
  expect(await lookup('WRONG-1')).toMatchObject({ outcome: 'declined' });
  const right = world.chargeRequest(TEST_CARDS.approveVisa, 'WRONG-1', {
    attempt: 'second',
    gatewayReference: 'WRONG-1-2',
  });
  expect(await world.gateway.charge(right)).toMatchObject({ outcome: 'approved' });
  expect((await charges('WRONG-1')).charged).toBe(1);
});

test('the same request under the same key is one charge; another request under it is refused', async () => {
  await sendOtp('SAME-1');
  const request = world.chargeRequest(TEST_CARDS.approveVisa, 'SAME-1');
  const [first, second] = await Promise.all([world.gateway.charge(request), world.gateway.charge(request)]);
  expect(first).toEqual(second);
  expect(await charges('SAME-1')).toMatchObject({ charged: 1, charges: [{ requests: 2 }] });
  const other = await world.gateway.charge({ ...request, amountMinor: 1 });
  expect(other.outcome).toBe('unknown');
  expect((await charges('SAME-1')).charged).toBe(1);
});

test('a gateway that cannot be reached was proved not to be sent anything', async () => {
  const nowhere = await connectorWorld('http://127.0.0.1:1');
  const answer = await nowhere.gateway.charge(nowhere.chargeRequest(TEST_CARDS.approveVisa, 'ORD-1'));
  expect(answer).toEqual({ outcome: 'not-sent', gatewayId: '', reason: 'the connection failed (ECONNREFUSED)' });
  await nowhere.connectors.close();
});

test('a card whose digits are gone is not sent', async () => {
  const request = world.chargeRequest(TEST_CARDS.approveVisa, 'GONE-1');
  world.vault.wipe(request.card?.securityCode ?? '');
  expect(await world.gateway.charge(request)).toMatchObject({
    outcome: 'not-sent',
    reason: expect.stringContaining('no longer exists') as string,
  });
  expect((await charges('GONE-1')).charges).toEqual([]);
});

test('card data does not go over plain HTTP to another machine', async () => {
  const plain = await connectorWorld('http://gateway.example');
  const answer = await plain.gateway.charge(plain.chargeRequest(TEST_CARDS.approveVisa, 'ORD-1'));
  expect(answer).toMatchObject({ outcome: 'not-sent', reason: expect.stringContaining('must be https') as string });
  await plain.connectors.close();
});

test('an unknown connector has no limit to wait for', () => {
  expect(() => world.gateway.chargeLimitMs('no-such')).toThrow('There is no connector of this name');
  expect(world.gateway.chargeLimitMs('otp-pay')).toBe(15_000);
});

test('after all of this, no digit is in a log line, in what the sandbox shows, or in what it wrote', async () => {
  const seen = JSON.stringify([world.logged, await sandbox.get('/charges'), sandbox.output()]);
  expect(seen).toContain('xxxxxxxxxxxx1111');
  for (const number of Object.values(TEST_CARDS)) expect(seen).not.toContain(number);
  expect(seen).not.toContain(SANDBOX_OTP);
  expect(clock.running).toBe(0);
});
