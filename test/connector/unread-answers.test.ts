import { gzipSync } from 'node:zlib';
import { httpAnswer, startRawGateway, type RawGateway } from '../support/raw-gateway';
import { oneConnector, type OneConnector } from '../support/one-connector';
import { TEST_CARDS } from '../support/test-cards';

const GOOD = '{"ok":true,"otp":"604815"}';
let gateway: RawGateway;
let shop: OneConnector;

beforeAll(async () => {
  gateway = await startRawGateway();
  shop = oneConnector(`connector: shop
base-url: '${gateway.url}'
operations:
  run:
    method: GET
    path: /orders
    sensitive: { otp: otp }
    outcomes: { ok: { status: 200, where: { ok: true } }, gone: { status: 303 } }
`);
});

afterAll(async () => {
  await shop.close();
  await gateway.close();
});

const NOT_FOLLOWED = 'redirects are never followed: the connector must name the right address itself';

test.each([
  ['gzip', httpAnswer(200, gzipSync(GOOD), 'Content-Encoding: gzip\r\n'), 'packed (content-encoding `gzip`)'],
  ['no gzip, said to be', httpAnswer(200, 'oops', 'Content-Encoding: GZIP\r\n'), 'packed (content-encoding `gzip`)'],
  ['an unknown encoding', httpAnswer(200, 'oops', 'Content-Encoding: x-own\r\n'), 'packed (content-encoding `x-own`)'],
  ['UTF-16', httpAnswer(200, Buffer.from(`\ufeff${GOOD}`, 'utf16le')), 'is in UTF-16; JSON must be in UTF-8'],
  ['a web page', httpAnswer(200, '\n <html>'), 'is HTML or XML, not JSON'],
  ['half of it', httpAnswer(200, GOOD.slice(0, 9)), 'is no JSON that can be relied on'],
  [
    'another host',
    httpAnswer(302, '{}', 'Location: https://b.example:8443/x?key=1\r\n'),
    `points to b.example:8443; ${NOT_FOLLOWED}`,
  ],
  [
    'a redirect without JSON',
    httpAnswer(307, '<html>', 'Location: //b.example\r\n'),
    `points to b.example; ${NOT_FOLLOWED}`,
  ],
  ['another path', httpAnswer(301, '', 'Location: /x?key=1\r\n'), 'points to another path of 127.0.0.1:'],
  ['HTTPS', httpAnswer(308, '', 'Location: https://127.0.0.1:PORT/x\r\n'), 'points to https://127.0.0.1:'],
  ['nowhere', httpAnswer(302, '', 'Location: https://\r\n'), 'points to an address that is none'],
  ['no host', httpAnswer(302, '', 'Location: mailto:key\r\n'), 'points to an address without a host'],
  [
    'a card number',
    httpAnswer(302, '', `Location: https://${TEST_CARDS.approveVisa}.b.example\r\n`),
    'points to xxxxxxxxxxxxxxxx.b.example',
  ],
  ['no way', httpAnswer(302, '{}'), 'no outcome of run matches the answer (status 302)'],
])('an answer that is not read says what it is: %s', async (_what, answer, why) => {
  const { port } = new URL(gateway.url);
  gateway.answer(Buffer.from(answer.toString('latin1').replace('PORT', port), 'latin1'));
  const result = await shop.run();
  expect(result).toMatchObject({ outcome: 'error', sent: 'yes' });
  expect(result.reason).toContain(why);
  expect(result.reason).not.toMatch(/key|604815/);
});

test.each([
  ['with a byte order mark', httpAnswer(200, `\ufeff${GOOD}`)],
  ['said to be packed, and is not', httpAnswer(200, GOOD, 'Content-Encoding: gzip\r\n')],
])('what can be read is read: %s', async (_what, answer) => {
  gateway.answer(answer);
  const result = await shop.run();
  expect(result).toMatchObject({ outcome: 'ok', reason: '' });
  expect(Object.keys(result.sealed)).toEqual(['otp']);
});

test('a redirect that the connector knows is its outcome', async () => {
  gateway.answer(httpAnswer(303, '{}', 'Location: /x\r\n'));
  expect(await shop.run()).toMatchObject({ outcome: 'gone', reason: '' });
});

test('answers are asked for as they are', async () => {
  gateway.answer(httpAnswer(200, GOOD));
  await shop.run();
  expect(gateway.received.at(-1)).toMatch(/^accept-encoding: identity\r$/m);
});
