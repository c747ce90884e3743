import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describeConnector } from '../../src/connector/describe';
import type { Connector } from '../../src/connector/ast';
import { parseInteraction } from '../../src/connector/parse-interaction';
import { createConnectors, type RunningConnectors } from '../../src/connector/run-connectors';
import { MemoryCardVault } from '../../src/card/vault';
import { loadFlows } from '../../src/flow/load-flows';
import { SystemClock } from '../../src/observe/system-clock';
import type { ExchangeResult, Value } from '../../src/ports/connectors';
import { startHttpsServer, type HttpsServer } from '../support/https-server';
import { FlowWorld } from '../support/scripted-flow-world';
import { testAuthority } from '../support/self-signed';
import { testWorld } from '../flow/support/flow-world';

/** The interactions of Vonage's page on IVR payments, as they stand there. */
const NAMES = ['authorize', 'start-session', 'start-digital-session', 'session-result'] as const;
const read = (name: string): string => readFileSync(path.join(__dirname, 'interactions', `${name}.xml`), 'utf8');
const UNFILLED = '~~~REPLACE~~~';

/** Line and column of every place to be filled in, found without the parser. */
function placesToFillIn(text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const found: string[] = [];
    for (let at = line.indexOf(UNFILLED); at !== -1; at = line.indexOf(UNFILLED, at + 1))
      found.push(`${index + 1}:${at + 1}`);
    return found;
  });
}

describe.each(NAMES)('the interaction %s, as its document has it', (name) => {
  test('loads, and each place to be filled in is reported, and nothing else', () => {
    const { mistakes } = parseInteraction(read(name), `${name}.xml`);
    const expected = placesToFillIn(read(name));
    expect(expected.length).toBeGreaterThan(0);
    expect(mistakes.map(({ rule, place }) => `${rule} ${place.line}:${place.column}`)).toEqual(
      expected.map((place) => `to-fill-in ${place}`),
    );
  });

  test('is reported place by place until all are filled in', () => {
    let text = read(name);
    for (let left = placesToFillIn(text).length; left > 0; left--) {
      expect(parseInteraction(text, `${name}.xml`).mistakes).toHaveLength(left);
      text = fillOne(text);
    }
    expect(parseInteraction(text, `${name}.xml`).mistakes).toEqual([]);
  });
});

test('a value of the call in a name of the query is a mistake, not left out', () => {
  const text = `<ApiInteraction><Request><Url>https://shop.example/x?$(Field)=1&amp;a$(Val)b=1&amp;k=$(Val)</Url>
<Method>GET</Method></Request><Response><Type>JSON</Type></Response></ApiInteraction>`;
  const found = parseInteraction(text, 'shop.xml').mistakes.map(({ rule, message }) => `${rule}: ${message}`);
  const told = expect.stringContaining('bad-address: a name before `=` in the Url must be written out') as string;
  expect(found).toEqual([told, told]);
});

test('what is to be filled in is said with the element that it stands in', () => {
  const { mistakes } = parseInteraction(read('start-session'), 'start-session.xml');
  expect(mistakes.map(({ message }) => message).slice(0, 3)).toEqual([
    '`~~~REPLACE~~~` in <Url> is to be filled in: write what belongs there, or `{{ secrets.name }}`',
    '`~~~REPLACE~~~` in <Body> is to be filled in: write what belongs there, or `{{ secrets.name }}`',
    '`~~~REPLACE~~~` in <Body> is to be filled in: write the name of a value of the call',
  ]);
});

let server: HttpsServer;
/** Where the interactions lead. */
let address = 'https://vcc.example';
let running: RunningConnectors;
const connectors = new Map<string, Connector>();
const authority = testAuthority();

/** Names of the call's values, in the order in which the documents ask for them. */
const VALUE_NAMES = ['Name', 'PostCode', 'Address', 'order_id', 'Amount'];

function fillOne(text: string): string {
  const at = text.indexOf(UNFILLED);
  const before = text.slice(0, at);
  const fill = (): string => {
    if (before.endsWith('<Url>')) return address;
    if (before.endsWith('client_id=')) return '{{ secrets.client_id }}';
    if (before.endsWith('client_secret=')) return '{{ secrets.client_secret }}';
    if (before.endsWith('"AccountConfigurationId":"')) return 'acc-1';
    if (before.endsWith('"CustomerPhoneNumber":"$(')) return 'Phone';
    const used = VALUE_NAMES.filter((name) => text.includes(`$(${name})`)).length;
    return VALUE_NAMES[used] ?? '';
  };
  return before + fill() + text.slice(at + UNFILLED.length);
}

function filled(name: string): string {
  let text = read(name);
  while (text.includes(UNFILLED)) text = fillOne(text);
  return text;
}

beforeAll(async () => {
  server = await startHttpsServer(authority.issue('vcc'));
  address = server.url;
  for (const name of NAMES) {
    const { connector, mistakes } = parseInteraction(filled(name), `${name}.xml`);
    expect(mistakes).toEqual([]);
    if (connector !== null) connectors.set(name, connector);
  }
  const clock = new SystemClock();
  running = createConnectors({
    connectors,
    settings: {},
    secrets: { client_id: 'my id', client_secret: 'a&b=c' },
    vault: new MemoryCardVault({ clock, makeId: (prefix) => prefix }),
    clock,
    record: () => undefined,
    ca: authority.cert,
  });
});

beforeEach(() => {
  server.arrived.length = 0;
});

afterAll(async () => {
  await running.close();
  await server.close();
});

function run(connector: string, values: Readonly<Record<string, Value>> = {}): Promise<ExchangeResult> {
  return running.exchange({ connector, operation: 'run', values, sealed: {}, owner: 'call_1' });
}

const CALLER = {
  CallGuid: 'call-7',
  Name: 'Ann "A" O\\Neil',
  PostCode: 'SW1A 1AA',
  Address: 'Ünter & Co',
  order_id: 'ord-9',
  Amount: '12.40',
};

describe('a filled-in interaction', () => {
  test('authorize: a form with credentials from the secrets file; token, type and response code are captured', async () => {
    server.reply = () => ({ status: 200, body: '{"access_token":"at-1","token_type":"Bearer","expires_in":3600}' });
    const result = await run('authorize');
    expect(result).toMatchObject({
      outcome: 'ok',
      values: { AccessToken: 'at-1', TokenType: 'Bearer', AuthorizeResponseCode: 200 },
    });
    expect(server.arrived).toMatchObject([
      {
        method: 'POST',
        url: '/auth/connect/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials&scope=globalpci&client_id=my+id&client_secret=a%26b%3Dc',
      },
    ]);
  });

  test('start-session: JSON with the values of the call, whatever they hold', async () => {
    const answer = { dtmfFallbackNumber: '+44', dtmfLinkId: 123456, sessionId: 'se-1', Message: 'Ok' };
    server.reply = () => ({ status: 200, body: JSON.stringify(answer) });
    const result = await run('start-session', { AccessToken: 'at-1', ...CALLER });
    expect(result.values).toEqual({
      GlobalPCIResponseCode: 200,
      'PCIPal|DtmfFallbackNumber': '+44',
      'PCIPal|DtmfLinkId': '123456',
      'GlobalPCI|SessionId': 'se-1',
      'GlobalPCI|Message': 'Ok',
    });
    const [request] = server.arrived;
    expect(request?.headers.authorization).toBe('Bearer at-1');
    expect(JSON.parse(Buffer.from(request?.body ?? '', 'latin1').toString())).toEqual({
      AccountConfigurationId: 'acc-1',
      CallGuid: 'call-7',
      PaymentData: {
        cardholderName: CALLER.Name,
        cardholderPostCode: CALLER.PostCode,
        'cardholder Address': CALLER.Address,
        merchantTxnRef: 'ord-9',
        amount: '12.40',
      },
    });
  });

  test('start-digital-session: the telephone number goes along', async () => {
    server.reply = () => ({ status: 200, body: '{"sessionId":"se-2","Message":"Ok"}' });
    const result = await run('start-digital-session', { AccessToken: 'at-1', Phone: '+919800000100', ...CALLER });
    expect(result).toMatchObject({ outcome: 'ok', values: { 'GlobalPCI|SessionId': 'se-2' } });
    const body = JSON.parse(Buffer.from(server.arrived[0]?.body ?? '', 'latin1').toString()) as { PaymentData: object };
    expect(body.PaymentData).toMatchObject({ CustomerPhoneNumber: '+919800000100', amount: '12.40' });
  });

  test('session-result: the session id is one segment of the address, whatever it holds', async () => {
    server.reply = () => ({ status: 200, body: '{"sessionState":"Finished"}' });
    const result = await run('session-result', { AccessToken: 'at-1', 'GlobalPCI|SessionId': 'a/../b?c=d' });
    expect(result.values).toEqual({ 'GlobalPCI|ResponseCode': 200, 'GlobalPCI|SessionState': 'Finished' });
    expect(server.arrived).toMatchObject([
      { method: 'GET', url: '/globalpci/v1/session/a%2F..%2Fb%3Fc%3Dd', body: '' },
    ]);
  });

  test('the response code is captured of a failure too', async () => {
    server.reply = () => ({ status: 403, body: 'no' });
    expect(await run('session-result', { AccessToken: 'x', 'GlobalPCI|SessionId': 'y' })).toMatchObject({
      outcome: 'error',
      values: { 'GlobalPCI|ResponseCode': 403 },
    });
  });

  test('a value that is missing, or would break a header, lets nothing be sent', async () => {
    for (const AccessToken of [null, 'at\r\nX-Evil: 1'])
      expect(await run('session-result', { AccessToken, 'GlobalPCI|SessionId': 'y' })).toMatchObject({
        outcome: 'error',
        sent: 'no',
      });
    expect(server.arrived).toEqual([]);
  });
});

test('whatever a value holds, it stays what it is in JSON, in a form, in a path and in a query', async () => {
  const json = `{"a":"$(X)", "b": $(X), "c": [$(X)]}`;
  const file = (body: string): string =>
    `<ApiInteraction><Request><Url>${server.url}/p/$(X)/q?k=$(X)&amp;z=1</Url><Method>POST</Method><Body><![CDATA[${body}]]></Body></Request></ApiInteraction>`;
  const made = ['json', 'form'].map((id) => parseInteraction(file(id === 'json' ? json : 'a=$(X)&b=2'), `${id}.xml`));
  expect(made.flatMap(({ mistakes }) => mistakes)).toEqual([]);
  for (const { connector } of made) if (connector !== null) connectors.set(connector.id, connector);
  server.reply = () => ({ status: 200, body: '{}' });
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((value) => !/^\.{1,2}$/.test(value));
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        text,
        fc.constantFrom('"', '\\', '"}', '$(X)', '12.40', 'true', '&b=3', '%2F', '{{ secrets.client_id }}'),
      ),
      async (value) => {
        server.arrived.length = 0;
        expect((await run('json', { X: value })).outcome).toBe('ok');
        expect((await run('form', { X: value })).outcome).toBe('ok');
        const [asJson, asForm] = server.arrived.map(({ body }) => Buffer.from(body, 'latin1').toString());
        const parsed = JSON.parse(asJson ?? '') as { a: unknown; b: unknown; c: unknown[] };
        expect(parsed.a).toBe(value);
        expect([String(parsed.b), String(parsed.c[0])]).toEqual(
          typeof parsed.b === 'number' ? [String(Number(value)), String(Number(value))] : [value, value],
        );
        expect([...new URLSearchParams(asForm)]).toEqual([
          ['a', value],
          ['b', '2'],
        ]);
        const url = new URL(server.arrived[0]?.url ?? '', server.url);
        expect(decodeURIComponent(url.pathname)).toBe(`/p/${value}/q`);
        expect([...url.searchParams]).toEqual([
          ['k', value],
          ['z', '1'],
        ]);
      },
    ),
    { numRuns: 60 },
  );
});

const FLOW = `
flow: linked
dids: ['7009']
languages: [en]
start: authorize
steps:
  authorize: { connect: authorize, on: { ok: begin, error: sorry } }
  begin:
    connect: start-session
    with: { CallGuid: '{{ call.id }}', Name: Ann, PostCode: SW1A, Address: Here, order_id: ord-9, Amount: '12.40' }
    on: { ok: result, error: by-code }
  by-code: { route: { when: [{ if: '{{ GlobalPCIResponseCode = 409 }}', next: goodbye }], else: sorry } }
  result: { connect: session-result, on: { ok: by-state, error: sorry } }
  by-state:
    route:
      when: [{ if: "{{ \`GlobalPCI|SessionState\` = 'Finished' }}", next: thanks }]
      else: sorry
  thanks: { say: payment-declined, end: true }
  goodbye: { say: goodbye, end: true }
  sorry: { say: engine-error, end: true }
`;

describe('interactions as the connect steps of a flow', () => {
  test('pass the checker', () => {
    const descriptions = new Map([...connectors].map(([id, connector]) => [id, describeConnector(connector)]));
    const world = { ...testWorld(), connectors: descriptions };
    expect(loadFlows([{ path: 'linked.yaml', text: FLOW }], world).mistakes).toEqual([]);
  });

  test.each([
    ['Finished', 200, 'thanks'],
    ['Created', 200, 'sorry'],
    ['Finished', 409, 'goodbye'],
    ['Finished', 500, 'sorry'],
  ])('a session %s, begun with %i, is led to %s', async (sessionState, status, step) => {
    server.reply = ({ url }) => {
      if (url.endsWith('/token')) return { status: 200, body: '{"access_token":"at-1","token_type":"Bearer"}' };
      if (url.endsWith('/selfservicesession/'))
        return { status, body: '{"sessionId":"se-1","dtmfLinkId":"1","dtmfFallbackNumber":"2","Message":""}' };
      return { status: 200, body: JSON.stringify({ sessionState }) };
    };
    const world = new FlowWorld({ flow: FLOW, connectors: running });
    await world.begin();
    expect(world.steps.at(-1)).toBe(step);
    if (status === 200) expect(server.arrived.map(({ url }) => url)).toContain('/globalpci/v1/session/se-1');
  });
});

test.each<[string, string, string]>([
  ['', 'x.xml:1:1', 'xml: there is no element'],
  [
    '<!DOCTYPE a [<!ENTITY x "y">]><ApiInteraction/>',
    'x.xml:1:1',
    'xml: document types and other declarations are not allowed',
  ],
  [
    '<ApiInteraction>\n  <Request><Url>https://a.example</Request></ApiInteraction>',
    'x.xml:2:34',
    'xml: here <Url> must end: </Url>',
  ],
  ['<ApiInteraction>\n <Request a="1"/></ApiInteraction>', 'x.xml:2:11', 'xml: <Request> can have no attributes'],
  [
    '<ApiInteraction><Request><Url>https://a.example?a=1&b=2</Url></Request></ApiInteraction>',
    'x.xml:1:52',
    'xml: a `&` must be written `&amp;`',
  ],
  ['<Interaction/>', 'x.xml:1:1', 'wrong-shape: a connector begins with <ApiInteraction>'],
  [
    '<ApiInteraction><Request><Url>https://a.example</Url><Method>GET</Method></Request><Response><Type>JSON</Type><Fields>\n<Field><Locator>a</Locator><Destination>a</Destination>\n <Destination>b</Destination></Field></Fields></Response></ApiInteraction>',
    'x.xml:3:2',
    'wrong-shape: <Field> has a <Destination> already, at 2:28: take one of the two out',
  ],
  ['<ApiInteraction/>', 'x.xml:1:1', 'missing-key: <ApiInteraction> needs <Request>'],
])('%j is a mistake at its place', (text, place, message) => {
  const [first] = parseInteraction(text, 'x.xml').mistakes;
  expect(`${first?.place.file ?? ''}:${first?.place.line ?? 0}:${first?.place.column ?? 0}`).toBe(place);
  expect(`${first?.rule ?? ''}: ${first?.message ?? ''}`).toContain(message);
});

test('every mistake of a file is reported at once', () => {
  const text = `<ApiInteraction>
  <Request>
    <Url>http://$(Host).example/x</Url>
    <Method>FETCH</Method>
    <Headers><Header><Key>Host</Key><Value>a</Value></Header></Headers>
    <Body>{"a": "$(A)" $(B)}</Body>
    <Bodi></Bodi>
  </Request>
  <Response>
    <Type>XML</Type>
    <Fields>
      <Field><Locator>a..b</Locator><Destination>call</Destination><DataType>Sting</DataType></Field>
    </Fields>
  </Response>
</ApiInteraction>`;
  const { mistakes } = parseInteraction(text, 'x.xml');
  expect(mistakes.map(({ place, rule, message }) => `${place.line}:${place.column} ${rule}: ${message}`))
    .toMatchInlineSnapshot(`
    [
      "3:17 bad-address: \`$(Host)\` may not stand in the host: no value of a call changes it",
      "4:5 unknown-word: Method cannot be \`FETCH\`: there are \`GET\`, \`POST\`, \`PUT\`, \`PATCH\`, \`DELETE\`",
      "5:22 bad-name: the header \`Host\` cannot be set: it follows from the Url and the Body",
      "6:5 wrong-shape: the Body is no JSON; a \`$(Name)\` stands between quotes, or alone where a value can stand",
      "7:5 unknown-key: <Request> has no <Bodi>: did you mean \`Body\`?",
      "10:5 unknown-word: Type can be JSON alone, not \`XML\`",
      "12:14 bad-path: Locator must be names with dots between them",
      "12:37 bad-name: \`call\` is a name of the engine's own: choose another",
      "12:68 unknown-word: DataType cannot be \`Sting\`: did you mean \`String\`?",
    ]
  `);
});
