import { createHmac } from 'node:crypto';
import { startHttpsServer, type HttpsServer } from '../support/https-server';
import { ManualClock } from '../support/manual-clock';
import { oneConnector, type OneConnector } from '../support/one-connector';
import { testAuthority } from '../support/self-signed';
import { TEST_CARDS } from '../support/test-cards';

const authority = testAuthority();
const us = authority.issue('hushtone');
const stranger = testAuthority().issue('stranger');
const clock = new ManualClock();
let server: HttpsServer;
const open: OneConnector[] = [];

beforeAll(async () => {
  const own = authority.issue('gateway');
  server = await startHttpsServer({ ...own, ca: authority.cert, requestCert: true, rejectUnauthorized: false });
});

beforeEach(() => {
  server.arrived.length = 0;
  server.reply = () => ({ status: 200, body: '{"ok":true}' });
});

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  expect(clock.running).toBe(0);
});

afterAll(() => server.close());

const SECRETS = {
  user: 'shop-user',
  password: 'p:w',
  token: 'tok-1',
  client_id: 'id 1',
  client_secret: 's/e&c',
  hmac_key: 'quiet',
  client_cert: us.cert,
  client_key: us.key,
  stranger_cert: stranger.cert,
  stranger_key: stranger.key,
  authority: authority.cert,
  stranger_authority: testAuthority().cert,
};

/** @param keys keys of the connector, besides its operation. */
function shop(keys: string, operation = 'retry: safe'): OneConnector {
  const file = `connector: shop
base-url: '${server.url}/api'
${keys}
operations:
  run:
    values: { order: text }
    sealed: [card_number]
    method: POST
    path: '/orders/{{ order }}'
    json: { order: '{{ order }}', card: '{{ card_number }}' }
    outcomes: { ok: { status: 200, where: { ok: true } } }
  ask:
    method: GET
    path: /orders
    query: { a: 'b c' }
    ${operation}
    outcomes: { ok: { status: 200 } }
`;
  const made = oneConnector(file, { clock, ca: authority.cert, secrets: SECRETS });
  open.push(made);
  return made;
}

/** What every kind must do: card data arrives whole with the credentials, twice in a row, and the answer is read. */
const KINDS: readonly (readonly [string, string, (headers: Record<string, unknown>, body: string) => void])[] = [
  [
    'none',
    '',
    (headers) => {
      expect(headers.authorization).toBeUndefined();
    },
  ],
  [
    'basic',
    "auth: { basic: { user: '{{ secrets.user }}', password: '{{ secrets.password }}' } }",
    (headers) => {
      expect(headers.authorization).toBe(`Basic ${Buffer.from('shop-user:p:w').toString('base64')}`);
    },
  ],
  [
    'bearer',
    "auth: { bearer: '{{ secrets.token }}' }",
    (headers) => {
      expect(headers.authorization).toBe('Bearer tok-1');
    },
  ],
  [
    'oauth',
    `auth: { oauth: { token-url: 'TOKEN', client-id: '{{ secrets.client_id }}', client-secret: '{{ secrets.client_secret }}' } }`,
    (headers) => {
      expect(headers.authorization).toBe('Bearer fresh-1');
    },
  ],
  [
    'an HMAC of the body',
    "signature: { header: X-Signature, key: '{{ secrets.hmac_key }}', prefix: 'sha256=' }",
    (headers, body) => {
      expect(headers['x-signature']).toBe(`sha256=${createHmac('sha256', 'quiet').update(body).digest('hex')}`);
    },
  ],
  [
    'an HMAC of more',
    `signature:
  header: X-Signature
  key: '{{ secrets.hmac_key }}'
  algorithm: sha512
  encoding: base64
  over: [method, path, timestamp, body]
  joined-by: "\\n"
  timestamp-header: X-Time`,
    (headers, body) => {
      const time = String(Math.floor(clock.now() / 1000));
      const signed = `POST\n/api/orders/O-1\n${time}\n${body}`;
      expect(headers['x-time']).toBe(time);
      expect(headers['x-signature']).toBe(createHmac('sha512', 'quiet').update(signed).digest('base64'));
    },
  ],
  [
    'a client certificate',
    "tls: { certificate: '{{ secrets.client_cert }}', key: '{{ secrets.client_key }}' }",
    () => {
      expect(server.arrived.at(-1)?.client).toBe('hushtone');
    },
  ],
  [
    'an authority of its own',
    "tls: { authority: '{{ secrets.authority }}' }\nauth: { bearer: '{{ secrets.token }}' }",
    (headers) => {
      expect(headers.authorization).toBe('Bearer tok-1');
    },
  ],
];

/** A token address that counts. */
function countingTokens(lifeS = 3600): void {
  let made = 0;
  server.reply = ({ url }) =>
    url === '/token'
      ? {
          status: 200,
          body: JSON.stringify({ access_token: `fresh-${++made}`, token_type: 'Bearer', expires_in: lifeS }),
        }
      : { status: 200, body: '{"ok":true}' };
}

const tokensAsked = (): number => server.arrived.filter(({ url }) => url === '/token').length;

describe.each(KINDS)('a connector with %s', (kind, keys, looks) => {
  test('sends card data over TLS and reads the answer, again and again', async () => {
    if (kind === 'oauth') countingTokens();
    const connector = shop(keys.replace('TOKEN', `${server.url}/token`));
    for (let time = 0; time < 2; time++) {
      const card_number = connector.vault.put('call_1', 'card-number', Buffer.from(TEST_CARDS.approveVisa)).ref ?? '';
      expect(await connector.run({ values: { order: 'O-1' }, sealed: { card_number } })).toMatchObject({
        outcome: 'ok',
      });
      const request = server.arrived.at(-1);
      expect(request?.body).toBe(`{"order":"O-1","card":"${TEST_CARDS.approveVisa}"}`);
      expect(request?.headers['content-type']).toBe('application/json');
      looks(request?.headers ?? {}, request?.body ?? '');
    }
  });

  test('does not get further than a missing secret', async () => {
    const missing = keys.replace('TOKEN', `${server.url}/token`).replace('secrets.', 'secrets.no_');
    const connector = shop(missing);
    const result = await connector.run({ operation: 'ask' });
    if (keys === '') return;
    expect(result).toMatchObject({ outcome: 'error', sent: 'no' });
    expect(result.reason).toMatch(/the secrets file has no no_/);
    expect(server.arrived).toEqual([]);
  });
});

test('a server that asks for a certificate refuses a stranger', async () => {
  const strict = await startHttpsServer({ ...authority.issue('strict'), ca: authority.cert, requestCert: true });
  const file = (cert: string): string =>
    `connector: shop\nbase-url: '${strict.url}'\ntls: { certificate: '{{ secrets.${cert}_cert }}', key: '{{ secrets.${cert}_key }}' }\noperations: { run: { method: GET, path: /, outcomes: { ok: { status: 200 } } } }\n`;
  const known = oneConnector(file('client'), { ca: authority.cert, secrets: SECRETS });
  const unknown = oneConnector(file('stranger'), { ca: authority.cert, secrets: SECRETS });
  expect((await known.run()).outcome).toBe('ok');
  expect((await unknown.run()).outcome).toBe('error');
  expect(strict.arrived.map(({ client }) => client)).toEqual(['hushtone']);
  await Promise.all([known.close(), unknown.close(), strict.close()]);
});

describe('an access token', () => {
  const oauth = (more = ''): string =>
    `auth: { oauth: { token-url: '${server.url}/token', client-id: '{{ secrets.client_id }}', client-secret: '{{ secrets.client_secret }}'${more} } }`;
  const ask = (connector: OneConnector): Promise<{ outcome: string; reason: string; sent: string }> =>
    connector.run({ operation: 'ask' });

  test('is asked for as RFC 6749 says, id and secret in the form or in a Basic header', async () => {
    countingTokens();
    await ask(shop(oauth(', scope: globalpci')));
    await ask(shop(oauth(', sent-in: basic')));
    const [inBody, inHeader] = server.arrived.filter(({ url }) => url === '/token');
    expect(inBody?.body).toBe('grant_type=client_credentials&scope=globalpci&client_id=id+1&client_secret=s%2Fe%26c');
    expect(inBody?.headers).toMatchObject({ 'content-type': 'application/x-www-form-urlencoded' });
    expect(inHeader?.body).toBe('grant_type=client_credentials');
    expect(inHeader?.headers.authorization).toBe(`Basic ${Buffer.from('id+1:s%2Fe%26c').toString('base64')}`);
  });

  test("is asked for with the connector's own TLS: its certificate, and the authority that it names alone", async () => {
    countingTokens();
    const own = (who: string): OneConnector => {
      const tls = `tls: { authority: '{{ secrets.${who} }}', certificate: '{{ secrets.client_cert }}', key: '{{ secrets.client_key }}' }`;
      return shop(`${tls}\n${oauth()}`);
    };
    expect((await ask(own('authority'))).outcome).toBe('ok');
    expect(server.arrived.map(({ url, client }) => [url, client])).toEqual([
      ['/token', 'hushtone'],
      ['/api/orders?a=b+c', 'hushtone'],
    ]);
    const { outcome, sent, reason } = await ask(own('stranger_authority'));
    expect([outcome, sent]).toEqual(['error', 'no']);
    expect(reason).toMatch(/^no access token: the connection failed \([A-Z]+_[A-Z_]+\)$/);
    expect(server.arrived).toHaveLength(2);
  });

  test('serves fifty requests at once', async () => {
    countingTokens();
    const connector = shop(oauth());
    const results = await Promise.all(Array.from({ length: 50 }, () => ask(connector)));
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
    expect(tokensAsked()).toBe(1);
  });

  test('is renewed a minute before its end, by one request for all', async () => {
    countingTokens(3600);
    const connector = shop(oauth());
    await ask(connector);
    await clock.advance(3_539_000);
    await ask(connector);
    expect(tokensAsked()).toBe(1);
    await clock.advance(2_000);
    await Promise.all([ask(connector), ask(connector), ask(connector)]);
    expect(tokensAsked()).toBe(2);
  });

  test('that is refused is renewed once, and what is safe is asked again', async () => {
    let made = 0;
    server.reply = ({ url, headers }) => {
      if (url === '/token') return { status: 200, body: `{"access_token":"t${++made}"}` };
      return { status: headers.authorization === 'Bearer t1' ? 401 : 200, body: '{}' };
    };
    const connector = shop(oauth());
    expect((await ask(connector)).outcome).toBe('ok');
    expect(server.arrived.map(({ url }) => url)).toEqual([
      '/token',
      '/api/orders?a=b+c',
      '/token',
      '/api/orders?a=b+c',
    ]);
  });

  test('that is refused for ever is renewed once per request, no more', async () => {
    countingTokens();
    const good = server.reply;
    server.reply = (request) => (request.url === '/token' ? good(request) : { status: 401, body: '{}' });
    expect((await ask(shop(oauth()))).outcome).toBe('error');
    expect(server.arrived).toHaveLength(4);
  });

  test('that is refused does not let card data be sent twice; the next request has a new one', async () => {
    countingTokens();
    const good = server.reply;
    server.reply = (request) =>
      request.headers.authorization === 'Bearer fresh-1' ? { status: 401, body: '{}' } : good(request);
    const connector = shop(oauth());
    const pay = async (): Promise<string> => {
      const card_number = connector.vault.put('call_1', 'card-number', Buffer.from(TEST_CARDS.approveVisa)).ref ?? '';
      return (await connector.run({ values: { order: 'O-1' }, sealed: { card_number } })).outcome;
    };
    expect(await pay()).toBe('error');
    expect(server.arrived.filter(({ url }) => url !== '/token')).toHaveLength(1);
    expect(await pay()).toBe('ok');
  });

  test.each([
    ['500', { status: 500, body: '{}' }, 'answered 500'],
    ['HTML', { status: 200, body: '<html>' }, 'holds none'],
    ['another type', { status: 200, body: '{"access_token":"x","token_type":"mac"}' }, 'no bearer token'],
    ['a token with a line break', { status: 200, body: '{"access_token":"x\\r\\ny"}' }, 'holds none'],
    [
      'a redirect',
      { status: 302, body: '', headers: { location: 'https://login.example/t?secret=1' } },
      'the token address points to login.example; redirects are never followed: the connector must name',
    ],
  ])('that does not come (%s) lets nothing be sent', async (_what, answer, why) => {
    server.reply = () => answer;
    const result = await ask(shop(oauth()));
    expect(result).toMatchObject({ outcome: 'error', sent: 'no' });
    expect(result.reason).toMatch(/^no access token: /);
    expect(result.reason).toContain(why);
    expect(result.reason).not.toContain('secret');
    expect(tokensAsked()).toBe(1);
  });

  test('goes on being fetched for the others when one caller hangs up', async () => {
    let give = (): void => undefined;
    const held = new Promise<void>((resolve) => (give = resolve));
    countingTokens();
    const good = server.reply;
    server.reply = async (request) => {
      if (request.url === '/token') await held;
      return good(request);
    };
    const connector = shop(oauth());
    const leaving = new AbortController();
    const gone = connector.run({ operation: 'ask' }, leaving.signal);
    const stays = ask(connector);
    leaving.abort();
    expect(await gone).toMatchObject({ outcome: 'error', sent: 'no' });
    give();
    expect((await stays).outcome).toBe('ok');
    expect(tokensAsked()).toBe(1);
  });
});
