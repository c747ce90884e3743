import fc from 'fast-check';
import { problemOf } from '../../src/connector/base-address';
import { listedProblem } from '../../src/connector/listed-hosts';
import { HostRules } from '../../src/connector/run-hosts';
import { oneConnector } from '../support/one-connector';
import { startHttpsServer, type HttpsServer } from '../support/https-server';
import { testAuthority } from '../support/self-signed';

/** What names lead to, one answer after another. */
let resolved: { address: string; family: number }[][] = [];
const asked: string[] = [];
jest.mock('node:dns', () => ({
  ...jest.requireActual<object>('node:dns'),
  lookup: (name: string, _options: object, callback: (error: null, addresses: object) => void) => {
    asked.push(name);
    callback(null, resolved.shift() ?? []);
  },
}));

function refuses(rules: HostRules, url: string): boolean {
  try {
    rules.checkHost(new URL(url));
    return false;
  } catch {
    return true;
  }
}

function refusesAddress(rules: HostRules, address: string, host = 'api.example.com'): boolean {
  try {
    rules.checkAddress(address, host);
    return false;
  } catch {
    return true;
  }
}

describe('where connectors may reach', () => {
  test.each([
    ['10.1.2.3'],
    ['172.16.0.1'],
    ['192.168.1.1'],
    ['127.0.0.1'],
    ['169.254.169.254'],
    ['100.64.0.1'],
    ['0.0.0.0'],
    ['255.255.255.255'],
    ['::1'],
    ['::'],
    ['fe80::1'],
    ['fd00::1'],
    ['::ffff:10.0.0.1'],
    ['::ffff:127.0.0.1'],
    ['::127.0.0.1'],
    ['64:ff9b::a00:1'],
    ['2002:a00:1::'],
    ['192.88.99.1'],
    ['3fff::1'],
    ['5f00::1'],
    ['fec0::1'],
  ])('a name that leads to %s is refused unless that network is listed', (address) => {
    expect(refusesAddress(new HostRules(), address)).toBe(true);
    expect(refusesAddress(new HostRules([address]), address)).toBe(false);
  });

  test.each(['8.8.8.8', '172.32.0.1', '11.0.0.1', '2606:4700::1111'])(
    'a name that leads to %s is reached',
    (address) => {
      expect(refusesAddress(new HostRules(), address)).toBe(false);
    },
  );

  test('every address of the private networks is refused, every one of a listed network is reached', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(octet, octet, octet, (a, b, c) => {
        expect(refusesAddress(new HostRules(), `10.${a}.${b}.${c}`)).toBe(true);
        expect(refusesAddress(new HostRules(['10.0.0.0/8']), `10.${a}.${b}.${c}`)).toBe(false);
      }),
    );
  });

  test('this machine is reached only by an address that says so', () => {
    const rules = new HostRules(['api.example.com']);
    for (const url of ['http://127.0.0.1:1', 'https://localhost', 'http://[::1]/'])
      expect([url, refuses(rules, url)]).toEqual([url, false]);
    expect(refusesAddress(rules, '127.0.0.1', 'localhost')).toBe(false);
    expect(refusesAddress(rules, '127.0.0.1', 'api.example.com')).toBe(true);
  });

  test('with names in the list no other name is reached', () => {
    const rules = new HostRules(['api.example.com', '*.pay.example', '10.2.0.0/16']);
    const reached = [
      'https://api.example.com',
      'https://API.example.com',
      'https://eu.pay.example',
      'https://10.2.3.4',
    ];
    const refused = [
      'https://example.com',
      'https://pay.example',
      'https://evilpay.example',
      'https://10.3.0.1',
      'https://api.example.com.evil',
      'https://93.184.216.34',
      'https://[2606:4700::1111]',
    ];
    expect([...reached, ...refused].filter((url) => refuses(rules, url))).toEqual(refused);
  });

  test('with networks alone in the list, addresses and names that are public are reached', () => {
    const rules = new HostRules(['10.2.0.0/16']);
    const reached = ['https://api.example.com', 'https://93.184.216.34', 'https://10.2.3.4'];
    expect(reached.filter((url) => refuses(rules, url))).toEqual([]);
  });

  test.each(['https://0x7f.1', 'http://2130706433', 'https://127.1', 'https://0300.0250.0.1', 'https://010.0.0.1/x'])(
    '%s is an address that does not look it, and is refused',
    (address) => {
      expect(problemOf(address)).toContain('as four numbers');
    },
  );

  test.each(['https://127.0.0.1', 'https://10.2.3.4:8443/v1', 'https://api2.example.com', 'https://1.example.com'])(
    '%s is no such one',
    (address) => {
      expect(problemOf(address)).toBeNull();
    },
  );

  test.each(['api.example.com', '*.example.com', '10.0.0.0/8', '10.1.2.3', 'fd00::/8', 'intranet'])(
    '%s can be listed',
    (entry) => {
      expect(listedProblem(entry)).toBeNull();
    },
  );

  test.each(['https://api.example.com', '10.0.0.0/33', '*', 'a b', '10.0.0', 'api..com', ''])('%j cannot', (entry) => {
    expect(listedProblem(entry)).toContain('neither a host');
  });
});

describe('a name', () => {
  const file = (address: string): string =>
    `connector: shop\nbase-url: '${address}'\noperations: { run: { method: GET, path: /, outcomes: { ok: { status: 200 } } } }\n`;
  const authority = testAuthority();
  let server: HttpsServer;
  let port: string;

  beforeAll(async () => {
    server = await startHttpsServer(authority.issue('shop', ['shop.example', 'localhost']));
    port = new URL(server.url).port;
  });
  beforeEach(() => {
    server.arrived.length = 0;
    asked.length = 0;
  });
  afterAll(() => server.close());

  test('that leads to this machine without saying so is refused before a byte leaves', async () => {
    resolved = [[{ address: '127.0.0.1', family: 4 }]];
    const shop = oneConnector(file(`https://shop.example:${port}`), { ca: authority.cert });
    const reason = expect.stringContaining('shop.example is at an address that is not public') as string;
    expect(await shop.run()).toMatchObject({ outcome: 'error', sent: 'no', reason });
    expect(server.arrived).toEqual([]);
    await shop.close();
  });

  test('is refused when one of its addresses is', async () => {
    resolved = [
      [
        { address: '93.184.216.34', family: 4 },
        { address: '10.0.0.1', family: 4 },
      ],
    ];
    const shop = oneConnector(file(`https://shop.example:${port}`), { ca: authority.cert });
    expect(await shop.run()).toMatchObject({ outcome: 'error', sent: 'no' });
    await shop.close();
  });

  test('is resolved once, and the address that was checked is the one connected to', async () => {
    resolved = [[{ address: '127.0.0.1', family: 4 }], [{ address: '10.0.0.1', family: 4 }]];
    const hosts = new HostRules(['shop.example', '127.0.0.1']);
    const shop = oneConnector(file(`https://shop.example:${port}`), { ca: authority.cert, hosts });
    expect((await shop.run()).outcome).toBe('ok');
    expect(asked).toEqual(['shop.example']);
    expect(server.arrived[0]?.headers.host).toBe(`shop.example:${port}`);
    await shop.close();
  });

  test('that is not listed is not even looked up', async () => {
    const shop = oneConnector(file('https://shop.example'), { hosts: new HostRules(['other.example']) });
    const reason = 'shop.example is not listed in HUSHTONE_CONNECTOR_HOSTS';
    expect(await shop.run()).toMatchObject({ outcome: 'error', sent: 'no', reason });
    expect(asked).toEqual([]);
    await shop.close();
  });

  test('of this machine that says so is reached, and an address of a private network is not', async () => {
    const here = oneConnector(file(`https://127.0.0.1:${port}`), { ca: authority.cert });
    expect((await here.run()).outcome).toBe('ok');
    const inside = oneConnector(file('https://10.1.2.3'));
    expect(await inside.run()).toMatchObject({ outcome: 'error', sent: 'no' });
    await Promise.all([here.close(), inside.close()]);
  });
});
