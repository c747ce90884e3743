import { parseConnector } from '../../src/connector/parse-connector';
import type { ExchangeResult } from '../../src/ports/connectors';
import { oneConnector } from '../support/one-connector';
import { httpAnswer, startRawGateway, type RawGateway } from '../support/raw-gateway';
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
  const spaced = CARD.replace(/(.{4})(?=.)/g, '$1 ');
  const dashed = CARD.replace(/(.{4})(?=.)/g, '$1-');

  test.each([
    ['as it is', CARD],
    ['with spaces', spaced],
    ['with dashes', dashed],
  ])('holds no card number %s once it is read', async (_how, number) => {
    const { values } = await ask(READ, 200, JSON.stringify({ raw: `card ${number} refused` }), SENT);
    expect(values.all).toMatch(/^card 9999.9*.?9*.?9* refused$/);
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
