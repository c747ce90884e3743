import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ManualClock } from '../support/manual-clock';
import { startSandboxProcess } from '../support/sandbox-process';
import { TEST_CARDS as CARDS_OF_TESTS } from '../support/test-cards';
import { isCardNumber, TEST_CARDS } from '../../src/sandbox/cards';
import { startSandbox } from '../../src/sandbox/server';
import type { Sandbox } from '../../src/sandbox/server';

const BASIC = `Basic ${Buffer.from('sandbox-merchant:sandbox-password').toString('base64')}`;
const clock = new ManualClock();
let sandbox: Sandbox;
let nextRandom = 0;

beforeAll(async () => {
  sandbox = await startSandbox({ host: '127.0.0.1', port: 0, tls: null, clock, random: () => nextRandom });
});

afterAll(() => sandbox.close());

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function call(method: string, at: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const bodied = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await fetch(sandbox.url + at, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...bodied,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const generate = (order: string, phone = '+919876543200'): Promise<Answer> =>
  call('POST', '/otp-pay/otp', { order_id: order, phone, amount: '1.00', currency: 'INR' }, { authorization: BASIC });

function pay(order: string, otp: string, key: string, more: object = {}): Promise<Answer> {
  const card = { number: CARDS_OF_TESTS.approveVisa, expiry_month: '12', expiry_year: '2029', security_code: '123' };
  const body = { reference: `${order}-1`, amount: 100, currency: 'INR', channel: 'phone', otp, card, ...more };
  return call('POST', '/otp-pay/payments', body, { authorization: BASIC, 'idempotency-key': key });
}

test('the OTP is 123456 for telephones that end in 00, and random otherwise', async () => {
  expect((await generate('O-1')).body).toMatchObject({ otp: '123456', expires_in: 180 });
  nextRandom = 4711;
  expect((await generate('O-2', '+919876543211')).body).toMatchObject({ otp: '004711' });
});

test('an OTP is good once, for its own order, until it expires or a newer one is made', async () => {
  await generate('O-3');
  expect((await pay('O-OTHER', '123456', 'k1')).body).toMatchObject({ status: 'otp-invalid' });
  expect(await pay('O-3', '123456', 'k2')).toMatchObject({ status: 201, body: { status: 'approved', amount: 100 } });
  expect((await pay('O-3', '123456', 'k3')).body).toMatchObject({ status: 'otp-invalid' });
  const first = await generate('O-4');
  await generate('O-4');
  const old = { otp_reference: first.body.otp_reference };
  expect((await pay('O-4', '123456', 'k4', old)).body).toMatchObject({ status: 'otp-invalid' });
  await clock.advance(180_000);
  expect(await pay('O-4', '123456', 'k5')).toMatchObject({ status: 422, body: { status: 'otp-expired' } });
});

test('a key used again with the same bytes is answered the same, with other bytes refused', async () => {
  await generate('O-5');
  const first = await pay('O-5', '123456', 'key-5');
  expect(await pay('O-5', '123456', 'key-5')).toEqual(first);
  expect(await pay('O-5', '123456', 'key-5', { amount: 200 })).toMatchObject({
    status: 409,
    body: { code: 'key-reused' },
  });
  expect((await call('GET', '/charges?order=O-5')).body).toMatchObject({
    charged: 1,
    charges: [{ requests: 2, amount: 100 }],
  });
});

test('a second key for the same reference is charged again, as a gateway would', async () => {
  await generate('O-6');
  await pay('O-6', '123456', 'key-6a');
  await generate('O-6');
  await pay('O-6', '123456', 'key-6b');
  expect((await call('GET', '/charges?order=O-6')).body).toMatchObject({ charged: 2 });
});

test('a fault on demand strikes as often as told, and only the order or telephone it names', async () => {
  await call('POST', '/faults', { endpoint: 'otp', kind: '500', order: 'O-7', times: 2 });
  await call('POST', '/faults', { endpoint: 'otp', kind: 'garbage', phone: '09876500099' });
  expect((await generate('O-8')).status).toBe(200);
  expect((await generate('O-7')).status).toBe(500);
  expect((await generate('O-7')).status).toBe(500);
  expect((await generate('O-7')).status).toBe(200);
  await expect(generate('O-8', '+919876500099')).rejects.toThrow('JSON');
  expect((await call('GET', '/faults')).body).toEqual({ faults: [] });
  await call('POST', '/faults', { endpoint: 'sms', kind: 'slow' });
  await call('DELETE', '/faults');
  expect((await call('GET', '/faults')).body).toEqual({ faults: [] });
});

test('a slow fault is a late answer', async () => {
  await call('POST', '/faults', { endpoint: 'otp', kind: 'slow', order: 'O-9' });
  let answered = false;
  const generating = generate('O-9').finally(() => (answered = true));
  while (clock.running === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toBe(false);
  await clock.advance(2500);
  expect((await generating).status).toBe(200);
});

test('a fault on a charge comes before anything is charged, and the look-up knows nothing', async () => {
  await generate('O-10');
  await call('POST', '/faults', { endpoint: 'charge', kind: '500', order: 'O-10' });
  expect((await pay('O-10', '123456', 'key-10')).status).toBe(500);
  expect((await call('GET', '/charges?order=O-10')).body).toMatchObject({
    charged: 0,
    charges: [{ state: 'not-processed' }],
  });
  const lookup = await call('GET', '/otp-pay/payments/O-10-1', undefined, { authorization: BASIC });
  expect(lookup).toMatchObject({ status: 404, body: { code: 'payment-not-found' } });
  expect((await pay('O-10', '123456', 'key-10')).status).toBe(201);
});

test('an order added for a caller is found by the caller’s number however it is written', async () => {
  const order = { caller: '+918888877777', order_id: 'O-11', amount: '12.50', currency: 'INR' };
  expect((await call('POST', '/transactions', order)).status).toBe(201);
  const found = await call('GET', '/merchant/transactions?caller=08888877777', undefined, {
    authorization: 'Bearer sandbox-merchant-token',
  });
  expect(found.body).toEqual({
    transaction: { order_id: 'O-11', amount: '12.50', currency: 'INR', phone: '+918888877777' },
  });
});

test.each([
  ['no credentials', '/otp-pay/otp', { order_id: 'x' }, {}, 401],
  ['no JSON', '/otp-pay/otp', 'card 4111111111111111', { authorization: BASIC }, 400],
  ['no key', '/otp-pay/payments', {}, { authorization: BASIC }, 400],
  [
    'a number that is no card',
    '/otp-pay/payments',
    { card: { number: '4111111111111112', expiry_month: '12', expiry_year: '2029', security_code: '123' } },
    { authorization: BASIC, 'idempotency-key': 'k' },
    400,
  ],
  ['another address', '/nowhere', {}, {}, 404],
  ['an unknown fault', '/faults', { endpoint: 'otp', kind: 'fire' }, {}, 400],
])('%s is refused without repeating what was sent', async (_name, at, body, headers, status) => {
  const answer = await call('POST', at, body, headers);
  expect(answer.status).toBe(status);
  expect(JSON.stringify(answer.body)).not.toContain('411111111111');
});

test('the process says where it listens, ends on SIGTERM, and says plainly when its port is taken', async () => {
  const running = await startSandboxProcess();
  expect(running.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await running.get('/healthz')).toEqual({ ok: true });
  const port = new URL(running.url).port;
  await expect(startSandboxProcess('--port', port)).rejects.toThrow(
    `A port is already in use: the sandbox cannot listen on 127.0.0.1:${port}`,
  );
  await running.stop();
  await expect(startSandboxProcess('--port', 'x')).rejects.toThrow('--port is "x"; allowed: a port from 1 to 65535');
});

test('the table of test cards is the same in the sandbox, in its page and in the tests', () => {
  const page = readFileSync(path.join(__dirname, '../../docs/integrators/sandbox.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `([0-9]+)` +\| `([a-z-]+)` +\|/gm)].map(([, number, behaviour]) => [
    number,
    behaviour,
  ]);
  expect(Object.fromEntries(listed)).toEqual(TEST_CARDS);
  expect(new Set(Object.values(CARDS_OF_TESTS))).toEqual(new Set(Object.keys(TEST_CARDS)));
  for (const number of Object.keys(TEST_CARDS)) expect(isCardNumber(number)).toBe(true);
});

describe('the remote authorizer', () => {
  const ivr = `Basic ${Buffer.from('sandbox-ivr:sandbox-ivr-password').toString('base64')}`;
  const authorize = (key: unknown, authorization = ivr): Promise<Answer> =>
    call('POST', '/openpay/authorizer', { ivr_key: key }, { authorization });

  test('knows the shipped key and those that it is told, and no other', async () => {
    const shipped = { response_code: 0, amount: 200, description: 'Cargo IVR', order_id: 'ord-234' };
    expect(await authorize(257139)).toEqual({ status: 200, body: shipped });
    await call('POST', '/ivr-keys', { ivr_key: 123456, order_id: 'O-9', amount: '12.50', description: 'Tea' });
    expect((await authorize(123456)).body).toEqual({
      response_code: 0,
      amount: 12.5,
      description: 'Tea',
      order_id: 'O-9',
    });
    expect((await authorize(999999)).body).toMatchObject({ response_code: 1 });
  });

  test('refuses a key that is no number, and whoever has no credentials', async () => {
    expect((await authorize('257139')).status).toBe(400);
    expect((await authorize(257139, BASIC)).status).toBe(401);
  });
});

test('a payment by card alone needs no OTP', async () => {
  const card = { number: CARDS_OF_TESTS.approveVisa, expiry_month: '12', expiry_year: '2029', security_code: '123' };
  const body = { reference: 'O-77-1', amount: 100, currency: 'MXN', channel: 'phone', card };
  const headers = { authorization: 'Bearer sandbox-card-token', 'idempotency-key': 'key-77' };
  expect(await call('POST', '/cards/payments', body, headers)).toMatchObject({
    status: 201,
    body: { status: 'approved' },
  });
  expect((await call('GET', '/cards/payments/O-77-1', undefined, headers)).body).toMatchObject({ status: 'approved' });
});
