import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runConnectorTry } from '../../src/cli/connector-try';
import { httpAnswer, startRawGateway, type RawGateway } from '../support/raw-gateway';
import { TEST_CARDS } from '../support/test-cards';

let folder: string;
let gateway: RawGateway;
let printed: string[];
let complained: string[];

beforeAll(async () => {
  gateway = await startRawGateway();
});
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'connector-try-'));
  printed = [];
  complained = [];
  gateway.received.length = 0;
  jest.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
  jest.spyOn(console, 'error').mockImplementation((line: string) => void complained.push(line));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});
afterAll(() => gateway.close());

function attempt(...args: string[]): Promise<number> {
  const file = path.join(folder, 'shop.yaml');
  writeFileSync(
    file,
    `connector: shop
base-url: '${gateway.url}'
auth: { basic: { user: '{{ secrets.user }}', password: '{{ secrets.password }}' } }
signature: { header: X-Signature, key: '{{ secrets.key }}' }
operations:
  pay:
    values: { amount: decimal, note: { type: text, optional: true }, live: { type: boolean, optional: true } }
    sealed: [card_number, expiry, security_code]
    method: POST
    path: /pay
    json: { amount: '{{ amount }}', live: '{{ live }}', pan: '{{ card_number }}', exp: '{{ expiry.month }}/{{ expiry.year }}', cvv: '{{ security_code }}' }
    capture: { id: id, session_token: token }
    outcomes: { ok: { status: 200 }, declined: { status: 402 } }
  ask: { method: GET, path: /ask, outcomes: { ok: { status: 200 } } }
`,
  );
  const secrets = path.join(folder, 'secrets.yaml');
  writeFileSync(secrets, 'user: shop-user\npassword: shop-password\nkey: shop-key-1\n');
  return runConnectorTry([file, ...args], { HUSHTONE_SECRETS_FILE: secrets });
}

const everything = (): string => [...printed, ...complained].join('\n');

describe('hushtone connector try', () => {
  test('shows request, answer, outcome and time, with no digit of the card and no secret', async () => {
    const answer = `{"id":"p-1","token":"tok-42","echo":"${TEST_CARDS.approveVisa} 123","as":"shop-password"}`;
    gateway.answer(httpAnswer(200, answer));
    expect(await attempt('pay', '--with', 'amount=12.40', '--with', 'live=true', '--test-card', 'approve')).toBe(0);
    expect(JSON.parse(gateway.received[0]?.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      amount: '12.40',
      live: true,
      pan: TEST_CARDS.approveVisa,
    });
    expect(everything()).toContain(`POST ${gateway.url}/pay`);
    expect(everything()).toContain('authorization: Basic ***');
    expect(everything()).toContain('x-signature: ***');
    expect(everything()).toContain(
      '"pan":"[card_number]","exp":"[expiry.month]/[expiry.year]","cvv":"[security_code]"',
    );
    expect(everything()).toMatch(/outcome {3}ok\ntook {6}\d+ ms/);
    expect(everything()).toContain('captured  "id":"p-1"');
    expect(everything()).toContain('captured  "session_token":"***"');
    for (const hidden of [
      TEST_CARDS.approveVisa,
      TEST_CARDS.approveVisa.slice(0, 6),
      '1111',
      '"123"',
      'tok-42',
      'shop-password',
      'shop-key-1',
    ])
      expect([hidden, everything().includes(hidden)]).toEqual([hidden, false]);
  });

  test.each([
    ['an outcome of the file', 402, 0],
    ['an error', 500, 1],
  ])('ends as %s says', async (_what, status, code) => {
    gateway.answer(httpAnswer(status, '{}'));
    expect(await attempt('pay', '--with', 'amount=1', '--test-card', 'decline')).toBe(code);
  });

  test('hides every digit of an answer that is no JSON, because nobody knows what they are', async () => {
    gateway.answer(httpAnswer(200, '<html>code 123 for 4111</html>'));
    expect(await attempt('pay', '--with', 'amount=1', '--test-card', 'approve')).toBe(1);
    expect(everything()).toContain('<html>code xxx for xxxx</html>');
  });

  test.each<[string, string[], string]>([
    ['no operation', [], '`shop` has several operations; name one: `pay`, `ask`'],
    ['a wrong operation', ['pya'], '`shop` has no operation `pya`; did you mean `pay`?'],
    ['a missing input', ['pay'], '`pay` needs --with amount=...'],
    ['an unknown input', ['pay', '--with', 'amuont=1'], '`pay` takes no `amuont`; did you mean `amount`?'],
    ['a value without a name', ['pay', '--with', 'amount'], 'after --with comes NAME=VALUE'],
    ['no test card', ['pay', '--with', 'amount=1'], '`pay` carries card data: add --test-card approve'],
    ['a number as the test card', ['pay', '--test-card', TEST_CARDS.approveVisa], '--test-card is none of `approve`'],
    ['an option that is none', ['pay', `--card=${TEST_CARDS.approveVisa}`], 'there is an option that is none'],
  ])('sends nothing with %s, says what would be right, and repeats no number', async (_what, args, words) => {
    expect(await attempt(...args)).toBe(2);
    expect(everything()).toContain(words);
    expect(everything()).not.toContain(TEST_CARDS.approveVisa);
    expect(gateway.received).toEqual([]);
  });
});

describe('hushtone connector try of a registered message', () => {
  const send = (...args: string[]): Promise<number> => {
    const file = path.join(folder, 'sms.yaml');
    writeFileSync(
      file,
      `connector: sms
base-url: '${gateway.url}'
templates:
  otp: { id: '11', text: 'Your code for {#var#} is {#var#}.', variables: [amount, otp] }
  receipt: { id: '12', text: 'Paid {#var#}, {#var#}.', variables: [amount, payment.reference] }
operations:
  send: { values: { to: text, template: text }, method: POST, path: /sms, json: { text: '{{ message.text }}' }, outcomes: { ok: { status: 202 } } }
`,
    );
    return runConnectorTry([file, 'send', '--with', 'to=+1', ...args], {});
  };

  test.each<[string, string[], string]>([
    ['its variables missing', ['template=receipt'], '`send` needs --with amount=... --with payment.reference=...'],
    ['a variable of another', ['template=otp', 'payment.reference=1'], '`send` takes no `payment.reference`'],
    ['no such message', ['template=recept'], 'there is no message template `recept`; did you mean `receipt`?'],
  ])('says of one with %s what would be right', async (_what, inputs, words) => {
    expect(await send(...inputs.flatMap((input) => ['--with', input]))).toBe(2);
    expect(everything()).toContain(words);
    expect(gateway.received).toEqual([]);
  });

  test('fills it with what is given, and a one-time password is sent but not shown', async () => {
    gateway.answer(httpAnswer(202, '{}'), httpAnswer(202, '<p>code 123456</p>'));
    expect(await send('--with', 'template=receipt', '--with', 'amount=1.00', '--with', 'payment.reference=r-1')).toBe(
      0,
    );
    expect(gateway.received[0]).toContain('"Paid 1.00, r-1."');
    await send('--with', 'template=otp', '--with', 'amount=1.00');
    expect(gateway.received[1]).toContain('"Your code for 1.00 is 123456."');
    expect(everything()).toContain('"Your code for 1.00 is [otp]."');
    expect(everything()).not.toContain('123456');
  });
});
