import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runConnectorCheck } from '../../src/cli/connector-check';
import { hiding } from '../../src/cli/connector-hide';
import { runConnectorTry } from '../../src/cli/connector-try';
import { httpAnswer, startRawGateway, type RawGateway } from '../support/raw-gateway';
import { growth, LINEAR } from '../support/growth';
import { TEST_CARDS } from '../support/test-cards';

const CARD = TEST_CARDS.approveVisa;
const SECRETS = 'user: shop-user\npassword: "sh/p &word"\nkey: shop-key-1\nshort: q7\n';

let folder: string;
let gateway: RawGateway;
let printed: string[];

beforeAll(async () => {
  gateway = await startRawGateway();
});
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'masks-'));
  printed = [];
  gateway.received.length = 0;
  for (const method of ['log', 'error'] as const)
    jest.spyOn(console, method).mockImplementation((...lines: unknown[]) => void printed.push(lines.join(' ')));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});
afterAll(() => gateway.close());

const shown = (): string => printed.join('\n');

const RUN = `method: POST
    path: /run
    values: { note: { type: text, optional: true } }
    query: { note: '{{ note }}' }
    json: { x: 1 }
    capture: { all: echo }`;

async function attempt(keys: string, operation = RUN, ...args: string[]): Promise<number> {
  const file = path.join(folder, 'shop.yaml');
  writeFileSync(
    file,
    `connector: shop\n${keys}\noperations:\n  run:\n    ${operation}\n    outcomes: { ok: { status: 200 } }\n`,
  );
  const secrets = path.join(folder, 'secrets.yaml');
  writeFileSync(secrets, `${SECRETS}hook: '${gateway.url}/T000-hook'\n`, { mode: 0o600 });
  return await runConnectorTry([file, 'run', ...args], { HUSHTONE_SECRETS_FILE: secrets });
}

const base = (): string => `base-url: '${gateway.url}'`;

describe('connector try prints no secret', () => {
  test.each<[string, string]>([
    ['base64', Buffer.from('shop-user:sh/p &word').toString('base64')],
    ['percent-encoded', encodeURIComponent('sh/p &word')],
    ['as a form has it', 'sh%2Fp+%26word'],
    ['with the slash escaped', 'sh\\/p &word'],
    ['hex', Buffer.from('sh/p &word').toString('hex')],
    ['short, alone', 'q7'],
  ])('that an answer repeats %s, nor what is captured of it', async (_form, text) => {
    gateway.answer(httpAnswer(200, `{"echo":"<${text}>"}`));
    const auth = "auth: { basic: { user: '{{ secrets.user }}', password: '{{ secrets.password }}' } }";
    expect(await attempt(`${base()}\n${auth}`)).toBe(0);
    expect(shown()).toContain('***');
    expect(shown()).not.toContain(text);
  });

  test.each([0, 1, 2])('in base64 with %i bytes more before it', async (more) => {
    const answer = Buffer.from(`${'x'.repeat(6 + more)}sh/p &word`).toString('base64');
    gateway.answer(httpAnswer(200, `{"echo":"${answer}"}`));
    await attempt(base());
    expect(shown()).not.toContain(answer.slice(12, 18));
  });

  test('of a fetched access token', async () => {
    gateway.answer(
      httpAnswer(200, '{"access_token":"TOKEN-abcdef-1"}'),
      httpAnswer(200, '{"echo":"Bearer TOKEN-abcdef-1"}'),
    );
    const oauth = `auth: { oauth: { token-url: '${gateway.url}/token', client-id: '{{ secrets.user }}', client-secret: '{{ secrets.key }}' } }`;
    await attempt(`${base()}\n${oauth}`);
    expect(shown()).toContain('"echo":"Bearer ***"');
    expect(shown()).not.toContain('TOKEN-abcdef');
  });

  test('of a signature', async () => {
    const signature = createHmac('sha256', 'shop-key-1').update('{"x":1}').digest('hex');
    gateway.answer(httpAnswer(200, `{"echo":"${signature}"}`));
    await attempt(`${base()}\nsignature: { header: X-Signature, key: '{{ secrets.key }}' }`);
    expect(gateway.received[0]).toContain(signature);
    expect(shown()).not.toContain(signature);
  });

  test('in the address, nor where an answer repeats the path of it', async () => {
    gateway.answer(httpAnswer(200, '{"echo":"/T000-hook/run"}'));
    await attempt("base-url: '{{ secrets.hook }}'");
    expect(gateway.received[0]).toContain('POST /T000-hook/run');
    expect(shown()).toContain('POST ***/run');
    expect(shown()).not.toContain('T000-hook');
  });

  test('across the place where a long answer is cut', async () => {
    gateway.answer(httpAnswer(200, `{"filler":"${'x'.repeat(3980)}","a":"shop-key-1"}`));
    await attempt(`${base()}\nauth: { bearer: '{{ secrets.key }}' }`);
    expect(shown()).not.toContain('shop-');
  });

  test('in an answer that is no JSON', async () => {
    gateway.answer(httpAnswer(200, '<p>shop-key-1 is wrong</p>'));
    await attempt(`${base()}\nauth: { bearer: '{{ secrets.key }}' }`);
    expect(shown()).toContain('<p>*** is wrong</p>');
  });

  test('and nothing that a terminal obeys', async () => {
    gateway.answer(httpAnswer(200, '{"echo":"\u009b2J"}\u001b[2J'));
    await attempt(base());
    expect(shown()).not.toMatch(/[\u001b\u009b]/);
  });
});

describe('connector try prints no one-time password', () => {
  const OTP = `${RUN}\n    sensitive: { otp: otp }`;

  test.each([
    ['is there twice', '{"otp":"654321","otp":"654321"}'],
    ['is said elsewhere', '{"otp":"654321","data":{"otp":"654321"},"echo":"your otp is 654321"}'],
    ['is captured as another value', '{"otp":"654321","echo":"654321"}'],
    ['is in a list', '{"otp":["654321"],"echo":"654321"}'],
    ['is a number with a name', '{"otp":{"value":654321},"echo":654321}'],
  ])('that %s', async (_how, answer) => {
    gateway.answer(httpAnswer(200, answer));
    await attempt(base(), OTP);
    expect(shown()).toContain('\n200\n');
    expect(shown()).not.toContain('654321');
  });
});

describe('a card number in the wrong place', () => {
  test.each([
    ['an operation', [CARD]],
    ['the name of an input', ['--with', `${CARD}=1`]],
    ['the value of an input', ['--with', `note=${CARD}`]],
    ['the value of an input, in groups and within words', ['--with', 'note=card4111 1111 1111 1111x']],
  ])('as %s is not repeated, and nothing is sent', async (_where, args) => {
    const file = path.join(folder, 'shop.yaml');
    await attempt(base(), RUN, ...args);
    expect(await runConnectorTry([file, ...args], {})).toBe(2);
    expect(shown()).toContain('may be a card number');
    expect(shown()).not.toMatch(/4111/);
    expect(gateway.received).toEqual([]);
  });

  test('as the file is not repeated', async () => {
    expect(await runConnectorTry([CARD], {})).toBe(2);
    expect(await runConnectorCheck([CARD], {})).toBe(1);
    expect(shown()).not.toContain('4111');
  });

  test('is no telephone number, amount or id', async () => {
    for (const note of ['+919876543210', '2500.50', 'e3b0c44298fc1c149afbf4c8996fb924']) {
      gateway.answer(httpAnswer(200, '{}'));
      expect([note, await attempt(base(), RUN, '--with', `note=${note}`)]).toEqual([note, 0]);
    }
  });
});

test('what may be hidden costs no time that grows with the square of an answer', () => {
  const hide = hiding(['shop-key-1']);
  expect(growth((times) => hide(`"${'token'.repeat(times * 12_000)}`))).toBeLessThan(LINEAR);
});
