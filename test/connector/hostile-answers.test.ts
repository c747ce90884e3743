import fc from 'fast-check';
import { connectorWorld } from './connector-world';
import type { ConnectorWorld } from './connector-world';
import { ManualClock } from '../support/manual-clock';
import { httpAnswer, startRawGateway } from '../support/raw-gateway';
import type { RawGateway } from '../support/raw-gateway';
import { TEST_CARDS } from '../support/test-cards';
import type { ChargeAnswer } from '../../src/ports/payment-gateway';
import type { ExchangeResult } from '../../src/ports/connectors';

const made: Buffer[] = [];
jest.mock('../../src/connector/unpooled', () => ({
  unpooled: (size: number) => {
    const buffer = Buffer.from(new ArrayBuffer(size));
    made.push(buffer);
    return buffer;
  },
}));

const GOOD = { id: 'pay_1', status: 'approved', reference: 'ORD-1-1', amount: 250050, currency: 'INR' };
const CARD = TEST_CARDS.approveVisa;

let gateway: RawGateway;
let world: ConnectorWorld;
const clock = new ManualClock();

beforeAll(async () => {
  gateway = await startRawGateway();
  world = await connectorWorld(gateway.url, clock);
});

beforeEach(() => {
  made.length = 0;
  gateway.received.length = 0;
});

/** Whatever came of it: every Buffer that may have held a digit is zero, and no timer and no digit is left. */
afterEach(() => {
  for (const buffer of made) expect(buffer.every((byte) => byte === 0)).toBe(true);
  expect(clock.running).toBe(0);
  expect(JSON.stringify(world.logged)).not.toContain(CARD);
});

afterAll(async () => {
  await world.connectors.close();
  await gateway.close();
});

async function charge(): Promise<ChargeAnswer> {
  const answer = await world.gateway.charge(world.chargeRequest(CARD, 'ORD-1'));
  world.vault.wipeOwner('call_1');
  return answer;
}

function exchange(connector: string, operation: string, values = {}, signal?: AbortSignal): Promise<ExchangeResult> {
  return world.connectors.exchange({ connector, operation, values, sealed: {}, owner: 'call_1' }, signal);
}

test('the request holds each digit once, and its Buffer is wiped after the answer', async () => {
  gateway.answer(httpAnswer(201, JSON.stringify(GOOD)));
  expect(await charge()).toEqual({ outcome: 'approved', gatewayId: 'pay_1', reason: '' });
  const body: unknown = JSON.parse(gateway.received[0]?.split('\r\n\r\n')[1] ?? '');
  expect(body).toEqual({
    reference: 'ORD-1-1',
    amount: 250050,
    currency: 'INR',
    channel: 'phone',
    otp: '123456',
    card: { number: CARD, expiry_month: '12', expiry_year: '2029', security_code: '123' },
  });
  expect(gateway.received[0]).toMatch(/idempotency-key: attempt-ORD-1\r\n/);
  expect(made.length).toBeGreaterThan(1);
});

test.each<[string, Buffer | string]>([
  ['an HTML page', httpAnswer(201, '<html>approved</html>')],
  ['a cut JSON document', httpAnswer(201, JSON.stringify(GOOD).slice(0, -1))],
  ['a cut connection', Buffer.from('HTTP/1.1 201 X\r\nContent-Length: 500\r\n\r\n{"status":"approved"')],
  ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['an empty answer', httpAnswer(201, '')],
  ['repeated keys', httpAnswer(201, JSON.stringify(GOOD).replace('{', '{"amount":1,'))],
  [
    'the same key twice with the same value',
    httpAnswer(201, JSON.stringify(GOOD).replace('{', '{"status":"approved",')),
  ],
  [
    'broken UTF-8',
    httpAnswer(
      201,
      Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xff]), Buffer.from(`",${JSON.stringify(GOOD).slice(1)}`)]),
    ),
  ],
  ['a redirect', httpAnswer(307, '', 'Location: /elsewhere\r\n')],
  ['another amount', httpAnswer(201, JSON.stringify({ ...GOOD, amount: 25005 }))],
  ['an amount that is a float', httpAnswer(201, JSON.stringify(GOOD).replace('250050', '250050.0'))],
  ['an amount beyond whole numbers', httpAnswer(201, JSON.stringify(GOOD).replace('250050', '250050e0'))],
  ['another currency', httpAnswer(201, JSON.stringify({ ...GOOD, currency: 'EUR' }))],
  ['another reference', httpAnswer(201, JSON.stringify({ ...GOOD, reference: 'ORD-2-1' }))],
  ['no id', httpAnswer(201, JSON.stringify({ ...GOOD, id: null }))],
  ['approval under another status code', httpAnswer(200, JSON.stringify(GOOD))],
  [
    'a declined that is about another order',
    httpAnswer(402, JSON.stringify({ ...GOOD, status: 'declined', reference: 'x' })),
  ],
  ['300 kB', httpAnswer(201, JSON.stringify({ ...GOOD, filler: 'x'.repeat(300_000) }))],
  ['100,000 open brackets', httpAnswer(201, '['.repeat(100_000))],
])('%s is unknown', async (_name, answer) => {
  gateway.answer(answer);
  expect(await charge()).toMatchObject({ outcome: 'unknown', gatewayId: '' });
  expect(gateway.received).toHaveLength(1);
});

test('a connection that breaks is unknown, and the payment is not sent twice', async () => {
  gateway.answer('reset');
  expect(await charge()).toMatchObject({ outcome: 'unknown' });
  expect(gateway.received).toHaveLength(1);
});

test('an answer that repeats the card number is read without it', async () => {
  gateway.answer(httpAnswer(402, JSON.stringify({ ...GOOD, status: 'declined', id: CARD })));
  const result = await world.gateway.charge(world.chargeRequest(CARD, 'ORD-1'));
  expect(result.outcome).toBe('declined');
  expect(result.gatewayId).toBe('9'.repeat(16));
  world.vault.wipeOwner('call_1');
});

test('1,000 garbled approvals: not one is taken for an approval', async () => {
  const good = JSON.stringify(GOOD);
  const garbled = fc.oneof(
    fc
      .record({ at: fc.nat(good.length - 1), byte: fc.integer({ min: 0x20, max: 0x7e }) })
      .map(({ at, byte }) => good.slice(0, at) + String.fromCharCode(byte) + good.slice(at + 1)),
    fc.nat(good.length - 1).map((at) => good.slice(0, at)),
    fc
      .record({ at: fc.nat(good.length), what: fc.string({ maxLength: 12 }) })
      .map(({ at, what }) => good.slice(0, at) + what + good.slice(at)),
    fc.json(),
    fc.string({ maxLength: 200 }),
    fc
      .tuple(fc.constantFrom(...Object.keys(GOOD)), fc.jsonValue())
      .map(([key, value]) => JSON.stringify({ ...GOOD, [key]: value })),
  );
  let false_approve = 0;
  await fc.assert(
    fc.asyncProperty(garbled, async (text) => {
      gateway.answer(httpAnswer(201, text));
      const { outcome } = await charge();
      if (outcome === 'approved' && !isReallyGood(text)) false_approve++;
      expect(outcome).not.toBe('not-sent');
    }),
    { numRuns: 1000 },
  );
  expect(false_approve).toBe(0);
});

/** A garbling may leave the meaning as it was (a space more, another id). */
function isReallyGood(text: string): boolean {
  const { status, reference, amount, currency, id } = JSON.parse(text) as typeof GOOD;
  const same =
    status === GOOD.status && reference === GOOD.reference && amount === GOOD.amount && currency === GOOD.currency;
  return same && ['string', 'number', 'boolean', 'object'].includes(typeof id);
}

test('an OTP that is no number, stands twice or is nested is never a value, and is an error', async () => {
  const order = { order_id: 'ORD-1', phone: '+919876543200', amount: '1.00', currency: 'INR' };
  const answers = [
    '{"otp":"12ab56"}',
    '{"otp":"123456","otp":"123456"}',
    '{"otp":{"value":"123456"}}',
    '{"otp":"123456"',
    '{"otp":null}',
    '{}',
  ];
  for (const answer of answers) {
    gateway.answer(httpAnswer(200, answer));
    const result = await exchange('otp-pay', 'generate', order);
    expect(result).toMatchObject({ outcome: 'error', values: {}, sealed: {}, sent: 'yes' });
    expect(JSON.stringify([result, world.logged])).not.toMatch(/123456|12ab56/);
    expect(world.vault.size()).toBe(0);
  }
  gateway.answer(httpAnswer(200, '{"otp_reference":"r","otp":123456}'));
  const taken = await exchange('otp-pay', 'generate', order);
  expect(world.vault.lengthOf(taken.sealed.otp ?? '')).toBe(6);
  expect(taken.values).toEqual({ otp_reference: 'r' });
  world.vault.wipeOwner('call_1');
});

test('what is safe to ask twice is asked once more when the connection breaks, and no third time', async () => {
  gateway.answer('reset', httpAnswer(404, '{"code":"no-transaction"}'));
  expect(await exchange('lookup-transaction', 'run', { caller: '+911' })).toMatchObject({ outcome: 'none' });
  gateway.answer('reset');
  expect(await exchange('lookup-transaction', 'run', { caller: '+911' })).toMatchObject({
    outcome: 'error',
    sent: 'maybe',
  });
  expect(gateway.received).toHaveLength(4);
});

test('an answer that does not come in time is a timeout', async () => {
  gateway.answer('hang');
  const asking = exchange('lookup-transaction', 'run', { caller: '+911' });
  while (gateway.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(4999);
  expect(clock.running).toBe(1);
  await clock.advance(1);
  expect(await asking).toMatchObject({ outcome: 'timeout', sent: 'maybe', reason: 'no whole answer came in time' });
});

test('an exchange that is given up is an error, before and while it is under way', async () => {
  const gone = new AbortController();
  gone.abort();
  expect(await exchange('lookup-transaction', 'run', { caller: '+911' }, gone.signal)).toMatchObject({
    outcome: 'error',
  });
  expect(gateway.received).toHaveLength(0);
  gateway.answer('hang');
  const going = new AbortController();
  const asking = exchange('lookup-transaction', 'run', { caller: '+911' }, going.signal);
  while (gateway.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
  going.abort();
  expect(await asking).toMatchObject({ outcome: 'error', sent: 'maybe' });
});

test('a value stays inside its place in address and query', async () => {
  gateway.answer(httpAnswer(404, '{"code":"payment-not-found"}'));
  expect(await exchange('otp-pay', 'lookup', { reference: 'a/../b?c=d#e' })).toMatchObject({ outcome: 'not-found' });
  expect(gateway.received[0]).toMatch(/^GET \/otp-pay\/payments\/a%2F\.\.%2Fb%3Fc%3Dd%23e HTTP/);
  expect(await exchange('otp-pay', 'lookup', { reference: '..' })).toMatchObject({ outcome: 'error', sent: 'no' });
  gateway.answer(httpAnswer(404, '{"code":"no-transaction"}'));
  await exchange('lookup-transaction', 'run', { caller: '+91&caller=2' });
  expect(gateway.received[1]).toMatch(/^GET \/merchant\/transactions\?caller=%2B91%26caller%3D2 HTTP/);
});

test.each([
  ['is missing', {}],
  ['is of the wrong kind', { caller: { number: 1 } }],
])('nothing is sent when an input %s', async (_name, values) => {
  expect(await exchange('lookup-transaction', 'run', values)).toMatchObject({
    outcome: 'error',
    sent: 'no',
    reason: expect.stringContaining('caller') as string,
  });
  expect(gateway.received).toHaveLength(0);
});
