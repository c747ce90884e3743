import { MemoryCardVault } from '../../src/card/vault';
import { blankEchoes } from '../../src/connector/blank-echoes';
import { parseConnector } from '../../src/connector/parse-connector';
import { SystemClock } from '../../src/observe/system-clock';
import type { ExchangeResult } from '../../src/ports/connectors';
import { oneConnector } from '../support/one-connector';
import { httpAnswer, startRawGateway, type RawGateway } from '../support/raw-gateway';
import { growth, LINEAR } from '../support/growth';
import { TEST_CARDS } from '../support/test-cards';

let gateway: RawGateway;

beforeAll(async () => {
  gateway = await startRawGateway();
});
beforeEach(() => {
  gateway.received.length = 0;
});
afterAll(() => gateway.close());

async function ask(
  keys: string,
  status: number,
  answer: string,
  sealed: Readonly<Record<string, string>> = {},
): Promise<ExchangeResult> {
  const file = `connector: shop
base-url: '${gateway.url}'
operations:
  run:
    values: { name: { type: text, optional: true }, note: { type: text, optional: true } }
    sealed: [${Object.keys(sealed).join(', ')}]
    method: POST
    path: /x
${keys.replace(/^/gm, '    ')}
`;
  gateway.answer(httpAnswer(status, answer));
  const connector = oneConnector(file);
  const fields = {
    card_number: 'card-number',
    security_code: 'security-code',
    otp: 'otp',
    expiry: 'expiration-date',
  } as const;
  const refs = Object.entries(sealed).map(([name, digits]): [string, string] => [
    name,
    connector.vault.put('call_1', fields[name as keyof typeof fields], Buffer.from(digits)).ref ?? '',
  ]);
  const result = await connector.run({ values: { name: 'A & B=é "x"', note: null }, sealed: Object.fromEntries(refs) });
  await connector.close();
  return result;
}

const body = (): string => gateway.received[0]?.split('\r\n\r\n')[1] ?? '';

describe('answer rules', () => {
  const RULES = `json: {}
capture:
  total: '{{ $sum(answer.items.price) }}'
  first: { from: '{{ answer.items[0].id }}', type: text }
  code: code
outcomes:
  rich: { status: 2xx, when: '{{ $sum(answer.items.price) > 100 }}' }
  ok: { when: "{{ status = 200 and answer.state in ['done', 'queued'] }}", requires: [first] }
  late: { status: 202 }`;

  test.each<[string, number, object, string]>([
    [
      'an expression over the answer',
      200,
      {
        items: [
          { id: 'a', price: 90 },
          { id: 'b', price: 20 },
        ],
      },
      'rich',
    ],
    ['an expression over status and answer', 200, { items: [{ id: 7, price: 1 }], state: 'done' }, 'ok'],
    ['what is required is missing', 200, { items: [], state: 'done' }, 'error'],
    ['no rule', 500, {}, 'error'],
    ['the next rule', 202, { state: 'done' }, 'late'],
  ])('%s', async (_what, status, answer, outcome) => {
    expect((await ask(RULES, status, JSON.stringify(answer))).outcome).toBe(outcome);
  });

  test('captures may be expressions', async () => {
    const { values } = await ask(RULES, 200, '{"items":[{"id":7,"price":60},{"id":8,"price":50}],"code":"x"}');
    expect(values).toEqual({ total: 110, first: '7', code: 'x' });
  });

  test('an expression that fails is an error, and its reason holds no value of the answer', async () => {
    const result = await ask(RULES, 200, '{"items":[{"price":"4711-secret"}]}');
    expect(result).toMatchObject({ outcome: 'error', sent: 'yes' });
    expect(result.reason).toContain('$sum(answer.items.price)');
    expect(result.reason).not.toContain('4711');
  });

  test.each([
    ["'{{ answer.x ~> $string }}'", 'bad-expression'],
    ["'{{ payment.reference }}'", 'unknown-name: capture `a` sees `answer` and `status`, not `payment`'],
    ["'{{ $eval(answer.x) }}'", 'bad-expression'],
  ])('%s is a mistake', (expression, message) => {
    const text = `connector: shop\nbase-url: 'https://shop.example'\noperations: { run: { method: GET, path: /, capture: { a: ${expression} }, outcomes: { ok: { status: 200 } } } }\n`;
    const { mistakes } = parseConnector(text, 'shop.yaml');
    expect(mistakes.map(({ rule, message: words }) => `${rule}: ${words}`).join()).toContain(message);
  });
});

describe('a form', () => {
  test('is encoded field by field, and leaves out what is not there', async () => {
    const form =
      "form: { 'card[number]': '{{ card_number }}', who: 'Mr {{ name }}', note: '{{ note }}' }\noutcomes: { ok: { status: 200 } }";
    expect((await ask(form, 200, '{}', { card_number: TEST_CARDS.approveVisa })).outcome).toBe('ok');
    expect(gateway.received[0]).toContain('content-type: application/x-www-form-urlencoded\r\n');
    expect(Object.fromEntries(new URLSearchParams(Buffer.from(body(), 'latin1').toString()))).toEqual({
      'card[number]': TEST_CARDS.approveVisa,
      who: 'Mr A & B=é "x"',
    });
    expect(body()).toContain(`card%5Bnumber%5D=${TEST_CARDS.approveVisa}&who=Mr+A+%26+B%3D%C3%A9`);
  });
});

describe('an answer that repeats what it was sent', () => {
  const CARD = TEST_CARDS.approveVisa;
  const SENT = { card_number: CARD, security_code: '471', otp: '908172', expiry: '1229' };
  const READ =
    "json: { n: '{{ card_number }}', c: '{{ security_code }}', o: '{{ otp }}', e: '{{ expiry }}' }\ncapture: { all: raw, amount: amount, reference: reference }\noutcomes: { ok: { status: 200 } }";
  const by = (separator: string): string => CARD.replace(/(.{4})(?=.)/g, `$1${separator}`);
  const each = (write: (digit: string) => string): string => Array.from(CARD, write).join('');
  const blankedBy = (separator: string): string => by(separator).replace(/[41]{4}/g, '9999');

  test.each([
    ' ',
    '-',
    '.',
    '/',
    '_',
    '+',
    ',',
    ', ',
    ' - ',
    '%20',
    '%2D',
    '%C2%A0',
    '\u00a0',
    '\u202f',
    '&nbsp;',
    '&#160;',
  ])('holds no card number in groups with %j between them once it is read', async (separator) => {
    const { values } = await ask(READ, 200, JSON.stringify({ raw: `card ${by(separator)} refused` }), SENT);
    expect(values.all).toBe(`card ${blankedBy(separator)} refused`);
  });

  test.each<[string, string, string]>([
    ['as it is', CARD, '9'.repeat(16)],
    ['behind a percent sign', `100%${CARD}`, `100%${'9'.repeat(16)}`],
    ['full-width', each((digit) => String.fromCharCode(0xff10 + Number(digit))), '\uff19'.repeat(16)],
    ['percent-encoded', each((digit) => `%3${digit}`), '%99'.repeat(16)],
    ['partly percent-encoded', CARD.replace('4', '%34'), `%39${'9'.repeat(15)}`],
    ['percent-encoded full-width', each((digit) => `%EF%BC%9${digit}`), '%EF%BC%99'.repeat(16)],
    ['in hex', Buffer.from(CARD).toString('hex'), '9'.repeat(32)],
    ['in hex with colons', each((digit) => `3${digit}:`), '99:'.repeat(16)],
    ['in base64', Buffer.from(CARD).toString('base64'), `${'A'.repeat(22)}==`],
  ])('holds no card number %s once it is read', async (_how, number, blanked) => {
    const { values } = await ask(READ, 200, JSON.stringify({ raw: `card ${number} refused` }), SENT);
    expect(values.all).toBe(`card ${blanked} refused`);
  });

  test('holds no card number whose digits JSON escapes, or that is spread over fields', async () => {
    const escaped = `{"raw":"${each((digit) => `\\u003${digit}`)}","reference":"${each((d) => `\\uFF1${d}`)}"}`;
    const { values } = await ask(READ, 200, escaped, SENT);
    expect(values.all).toBe('9'.repeat(16));
    expect((values.reference as string).normalize('NFKC')).toMatch(/^[^0-8]{16}$/);
    const spread = `{"raw":[4111,1111,"1111","1111"]}`;
    expect((await ask(READ, 200, spread, SENT)).values.all).toEqual([9999, 9999, '9999', '9999']);
  });

  test.each([0, 1, 2])('holds no card number in base64 with %i bytes more before and behind it', async (more) => {
    const answer = Buffer.from(`${'x'.repeat(3 + more)}${CARD}${'y'.repeat(3 + more)}`).toString('base64');
    const { values } = await ask(READ, 200, JSON.stringify({ raw: answer }), SENT);
    const left = Buffer.from(values.all as string, 'base64').toString('latin1');
    expect(left).toMatch(/^xxx/);
    expect(left).toMatch(/yy?$/);
    expect(left).not.toMatch(/[0-9]{2}/);
  });

  test('is searched in time that grows with its length alone', () => {
    const vault = new MemoryCardVault({ clock: new SystemClock(), makeId: () => 'ref' });
    vault.put('call_1', 'card-number', Buffer.from('4'.repeat(18) + '2'));
    const blank = (times: number): void => {
      blankEchoes(Buffer.alloc(times * 4 * 1024, '4'), ['ref'], [], vault);
    };
    expect(growth(blank)).toBeLessThan(LINEAR);
  });

  test('holds no code, password or expiry outside the fields that the file reads', async () => {
    const parsed = jest.spyOn(TextDecoder.prototype, 'decode');
    const answer =
      '{"cvv":471,"message":"OTP 908172 or 471 wrong, 1229","amount":471,"reference":"ORD-471-1","other":14710}';
    const { outcome, values } = await ask(READ, 200, answer, SENT);
    const text = parsed.mock.results.map(({ value }) => String(value)).find((each) => each.includes('"cvv"')) ?? '';
    parsed.mockRestore();
    expect(JSON.parse(text)).toEqual({
      cvv: 999,
      message: 'OTP 999999 or 999 wrong, 9999',
      amount: 471,
      reference: 'ORD-471-1',
      other: 14710,
    });
    expect(outcome).toBe('ok');
    expect(values).toMatchObject({ amount: 471, reference: 'ORD-471-1' });
  });
});
