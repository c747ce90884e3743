import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExchangeResult } from '../../src/ports/connectors';
import { connectorWorld, type ConnectorWorld } from './connector-world';

/** What the merchant's server answers, in whole, before the next request. */
let answer: { status: number; body: string; headers?: Record<string, string> };
let requests: string[] = [];
let server: Server;
let world: ConnectorWorld;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      requests.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`);
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world = await connectorWorld(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterAll(async () => {
  await world.connectors.close();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  requests = [];
});

async function authorize(given: typeof answer, key: string | number = '257139'): Promise<ExchangeResult> {
  answer = given;
  const request = {
    connector: 'ivr-authorizer',
    operation: 'run',
    values: { ivr_key: key },
    sealed: {},
    owner: 'call_1',
  };
  return world.connectors.exchange(request);
}

const GOOD = '{\n  "response_code": 0,\n  "amount": 200.00,\n  "description": "Cargo IVR",\n  "order_id": "ord-234"\n}';
const BAD = '{\n  "response_code": 1,\n  "description": "Clave de pago inválida"\n}';

test("the document's own answers are understood, the amount with its decimals", async () => {
  const good = await authorize({ status: 200, body: GOOD });
  expect(good.outcome).toBe('ok');
  expect(good.values).toEqual({ amount: '200.00', order_id: 'ord-234', description: 'Cargo IVR' });
  expect(requests).toEqual(['POST /openpay/authorizer {"ivr_key":257139}']);
  expect((await authorize({ status: 200, body: BAD })).outcome).toBe('invalid');
});

test.each([
  ['400', { status: 400, body: BAD }],
  ['401', { status: 401, body: GOOD }],
  ['404', { status: 404, body: GOOD }],
  ['500', { status: 500, body: GOOD }],
  ['503', { status: 503, body: '' }],
  ['201', { status: 201, body: GOOD }],
  ['a redirect', { status: 302, body: GOOD, headers: { location: '/elsewhere' } }],
  ['half an answer', { status: 200, body: GOOD.slice(0, 40) }],
  ['nothing', { status: 200, body: '' }],
  ['a list', { status: 200, body: '[0, 200.00]' }],
  ['another code', { status: 200, body: GOOD.replace(' 0,', ' 2,') }],
  ['the code twice', { status: 200, body: GOOD.replace('{', '{"response_code":1,') }],
  ['no amount', { status: 200, body: GOOD.replace('"amount"', '"amounts"') }],
  ['an amount in words', { status: 200, body: GOOD.replace('200.00', '"two hundred"') }],
  ['an amount with an exponent', { status: 200, body: GOOD.replace('200.00', '2e2') }],
  ['no order', { status: 200, body: GOOD.replace('"ord-234"', 'null') }],
])('%s is an error, asked once', async (_what, given) => {
  expect((await authorize(given)).outcome).toBe('error');
  expect(requests).toHaveLength(1);
});

test.each(['012345', '12a456', '', '1234567890123456'])('the key %j is no number, so nothing is sent', async (key) => {
  expect(await authorize({ status: 200, body: GOOD }, key)).toMatchObject({ outcome: 'error', sent: 'no' });
  expect(requests).toEqual([]);
});
