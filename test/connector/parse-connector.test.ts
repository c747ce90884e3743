import { parseConnector } from '../../src/connector/parse-connector';
import { describeConnector } from '../../src/connector/describe';
import { missingNeeds } from '../../src/connector/check-needs';
import { parseSecrets } from '../../src/connector/parse-secrets';
import type { Mistake } from '../../src/flow/ast';

const MINIMAL = `connector: shop
base-url: 'https://shop.example'
operations:
  run:
    method: GET
    path: /orders
    outcomes: { ok: { status: 200 } }
`;

const lines = (mistakes: readonly Mistake[]): string[] =>
  mistakes.map(({ place, rule, message }) => `${place.file}:${place.line}:${place.column}: ${rule}: ${message}`);
const mistakesOf = (text: string): string[] => lines(parseConnector(text, 'connectors/shop.yaml').mistakes);
const withOperation = (operation: string): string =>
  `connector: shop\nbase-url: 'https://shop.example'\noperations:\n  run:\n${operation.replace(/^/gm, '    ')}`;

test('the least that a connector needs', () => {
  const { connector, mistakes } = parseConnector(MINIMAL, 'connectors/shop.yaml');
  expect(mistakes).toEqual([]);
  expect(connector?.operations.get('run')).toMatchObject({
    timeLimitMs: 5000,
    settlesWithinMs: 5000,
    retry: 'unsafe',
    body: null,
  });
});

test('every mistake of a file is reported at once, each with its place', () => {
  const text = `connector: Shop
base-urll: 'https://shop.example'
auth: { basic: { user: a } }
operations:
  run:
    values: { order_id: txt, card_number: text }
    sealed: [cvv]
    method: FETCH
    path: 'orders/{{ order_id }}'
    headers: { Content-Length: '1', X-Order: '{{ ordr_id }}' }
    time-limit: 5
    outcomes:
      ok: { status: 2000 }
      error: { status: 500 }
`;
  expect(mistakesOf(text)).toMatchInlineSnapshot(`
    [
      "connectors/shop.yaml:1:1: missing-key: a connector needs \`base-url\`",
      "connectors/shop.yaml:1:12: bad-name: \`Shop\` must be of lower-case letters, digits and -",
      "connectors/shop.yaml:2:1: unknown-key: a connector has no key \`base-urll\`: did you mean \`base-url\`?",
      "connectors/shop.yaml:3:9: missing-key: basic needs \`password\`",
      "connectors/shop.yaml:6:25: unknown-word: the type of \`order_id\` cannot be \`txt\`: did you mean \`text\`?",
      "connectors/shop.yaml:6:30: sensitive-place: \`card_number\` is sensitive: list it under \`sealed\`",
      "connectors/shop.yaml:7:14: unknown-word: a sensitive input cannot be \`cvv\`: there are \`card_number\`, \`expiry\`, \`security_code\`, \`otp\`",
      "connectors/shop.yaml:8:13: unknown-word: method cannot be \`FETCH\`: there are \`GET\`, \`POST\`, \`PUT\`, \`PATCH\`, \`DELETE\`",
      "connectors/shop.yaml:9:11: bad-path: path must begin with a single \`/\` and hold no \`?\` or \`#\` (\`query\` is a key of its own)",
      "connectors/shop.yaml:10:16: bad-name: the header \`Content-Length\` cannot be set: it follows from the body, \`base-url\` or \`auth\`",
      "connectors/shop.yaml:10:47: unknown-name: \`ordr_id\` is not declared: did you mean \`order_id\`?",
      "connectors/shop.yaml:11:17: wrong-shape: time-limit must be a text, not a number: put it in quotes",
      "connectors/shop.yaml:13:21: wrong-shape: status must be a code such as 201 or a class such as 2xx",
      "connectors/shop.yaml:14:7: bad-name: \`error\` is what no rule matching or no answer in time means; it has no rule",
    ]
  `);
});

test.each([
  ['path', "path: '/cards/{{ card_number }}'"],
  ['query', "path: /x\nquery: { pan: '{{ card_number }}' }"],
  ['header', "path: /x\nheaders: { X-Pan: '{{ card_number }}' }"],
])('a sensitive value may not stand in a %s', (_where, lines) => {
  const text = withOperation(`sealed: [card_number]\nmethod: POST\n${lines}\noutcomes: { ok: { status: 200 } }`);
  expect(mistakesOf(text)).toEqual([
    expect.stringContaining('sensitive-place: `card_number` is sensitive: it may stand in the body alone'),
  ]);
});

test('a message may carry an OTP, but no card field', () => {
  const text = `${MINIMAL}templates:\n  bad: { id: '1', text: 'x {#var#} {#var#}', variables: [card_number] }\n`;
  expect(mistakesOf(text)).toEqual([
    expect.stringContaining('wrong-count: template `bad` has 2 `{#var#}` in its text but 1 variables'),
    expect.stringContaining('sensitive-place: `card_number` must never be in a message'),
  ]);
});

test('expressions, aliases and broken YAML are mistakes with a place', () => {
  const call = withOperation(
    "values: { a: text }\nmethod: GET\npath: '/x/{{ $uppercase(a) }}'\noutcomes: { ok: { status: 200 } }",
  );
  expect(mistakesOf(call)).toEqual([expect.stringContaining(':7:15: bad-template: `{{ $uppercase(a) }}` is no name')]);
  expect(mistakesOf(MINIMAL.replace('/orders', '&p /orders\n    query: { p: *p }'))).toEqual([
    expect.stringContaining('aliases are not allowed: write it out'),
    expect.stringContaining('query `p` must be a text, not an alias'),
  ]);
  expect(mistakesOf('connector: [')).toEqual([expect.stringMatching(/^connectors\/shop.yaml:1:\d+: yaml: /)]);
  expect(mistakesOf('')).toEqual(['connectors/shop.yaml:1:1: wrong-shape: the file is empty']);
  expect(mistakesOf(`${MINIMAL}connector: shop\n`)).toEqual([
    expect.stringContaining(': yaml: Map keys must be unique'),
  ]);
});

test('a missing secret or setting is named with the place that needs it', () => {
  const text = MINIMAL.replace(
    "'https://shop.example'",
    "'{{ settings.shop_url }}'\nauth: { bearer: '{{ secrets.shop_token }}' }",
  );
  const { connector } = parseConnector(text, 'connectors/shop.yaml');
  const mistakes = missingNeeds(connector === null ? [] : [connector], ['sandbox_url'], ['other'], 'secrets.yaml');
  expect(lines(mistakes)).toEqual([
    'connectors/shop.yaml:2:12: unknown-setting: there is no setting `shop_url`: there is `sandbox_url`',
    'connectors/shop.yaml:3:18: secret-missing: the secret `shop_token` is not in secrets.yaml; add a line `shop_token: ...` to it',
  ]);
});

test('a secrets file may be YAML or JSON, and a mistake in it shows no value', () => {
  expect(parseSecrets('a_key: hush\n', 's.yaml').secrets).toEqual({ a_key: 'hush' });
  expect(parseSecrets('{"a_key": "hush"}', 's.json').secrets).toEqual({ a_key: 'hush' });
  const { mistakes } = parseSecrets('a_key: 12345678\nB: x\n', 's.yaml');
  expect(lines(mistakes)).toEqual([
    's.yaml:1:8: wrong-shape: the secret `a_key` must be a text, not a number: put it in quotes',
    's.yaml:2:1: bad-name: `B` must be of lower-case letters, digits and _',
  ]);
});

test('the description says what a flow may pass, what comes back and by which outcome', () => {
  const text = withOperation(
    "values: { a: text, b: { type: decimal, optional: true } }\nsealed: [otp]\nmethod: POST\npath: /x\njson: { otp: '{{ otp }}' }\nsensitive: { otp: new }\ncapture: { id: id }\noutcomes: { ok: [{ status: 200 }, { status: 201 }] }",
  );
  const { connector } = parseConnector(text, 'shop.yaml');
  expect(connector === null ? null : describeConnector(connector).operations.get('run')).toEqual({
    name: 'run',
    inputs: [
      { name: 'a', type: 'text', required: true },
      { name: 'b', type: 'decimal', required: false },
    ],
    sealed: ['otp'],
    outcomes: ['ok', 'error', 'timeout'],
    captures: ['id'],
    sealedCaptures: ['otp'],
    settlesWithinMs: 5000,
  });
});

describe('what would be sent as nobody meant it', () => {
  test.each<[string, string, string]>([
    ['an alias in a list', 'json: { a: &x [1], b: [*x, 2] }', 'wrong-shape: aliases are not allowed: write it out'],
    [
      'a template in a name of json',
      "json: { '{{ secrets.a }}': 1 }",
      'bad-template: no `{{ }}` can stand in a name of json',
    ],
    [
      'a template in a name of a form',
      "form: { '{{ secrets.a }}': x }",
      'bad-template: no `{{ }}` can stand in a name of form',
    ],
    [
      'a template in a name of the query',
      "query: { '{{ q }}': x }",
      'bad-template: no `{{ }}` can stand in a name of query',
    ],
    [
      'a line break in a header',
      'headers: { X-A: "a\\r\\nB: c" }',
      'bad-header: the header `X-A` holds characters that headers cannot',
    ],
  ])('%s is a mistake', (_what, line, message) => {
    const found = mistakesOf(withOperation(`method: POST\npath: /x\n${line}\noutcomes: { ok: { status: 200 } }`));
    expect(found).toEqual([expect.stringContaining(message)]);
  });

  test.each<[string, string, string]>([
    ['a template in the prefix of a signature', "header: X-Sig, prefix: '{{ secrets.x }}'", 'can stand in prefix'],
    ['a template between what is signed', "header: X-Sig, joined-by: '{{ secrets.x }}'", 'can stand in joined-by'],
    ['a signature in the header of auth', 'header: Authorization', 'the signature needs a header of its own'],
    ['a signature in a header of the sender', 'header: Host', 'the header `Host` cannot be set'],
  ])('%s is a mistake', (_what, keys, message) => {
    const more = `auth: { bearer: x }\nsignature: { key: k, ${keys} }\n`;
    expect(mistakesOf(MINIMAL.replace('operations:', `${more}operations:`))).toEqual([
      expect.stringContaining(message),
    ]);
  });
});

describe('what could never be', () => {
  test.each<[string, string]>([
    ['ok: { status: 2xx }, made: { status: 201 }', 'outcome `made` is never reached: a rule above it takes every 201'],
    ['ok: { status: [200, 201] }, made: { status: 201, where: { a: b } }', 'outcome `made` is never reached'],
  ])('the last of { %s } is a mistake', (outcomes, message) => {
    const found = mistakesOf(MINIMAL.replace('{ ok: { status: 200 } }', `{ ${outcomes} }`));
    expect(found).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    'ok: { status: 2xx, where: { a: b } }, made: { status: 201 }',
    'ok: { status: 200 }, other: { status: 2xx }',
    'ok: { status: 200 }, bad: { where: { a: b } }',
  ])('{ %s } may all be', (outcomes) => {
    expect(mistakesOf(MINIMAL.replace('{ ok: { status: 200 } }', `{ ${outcomes} }`))).toEqual([]);
  });

  test('a connector without operations, and an operation without outcomes, are mistakes', () => {
    expect(mistakesOf("connector: shop\nbase-url: 'https://shop.example'\noperations: {}\n")).toEqual([
      expect.stringContaining('missing-key: operations needs at least one, such as `run`'),
    ]);
    expect(mistakesOf(MINIMAL.replace('{ ok: { status: 200 } }', '{}'))).toEqual([
      expect.stringContaining('missing-key: outcomes needs at least one name'),
    ]);
  });
});
