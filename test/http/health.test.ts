import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { buildServer, startHttpServer } from '../../src/http/server';
import type { Load, ReadinessCheck } from '../../src/http/health';

const NO_METRICS = { contentType: 'text/plain', text: () => Promise.resolve('') };
const IDLE: Load = { calls: 0, vault_slots: 0, timers: 1 };

async function ask(
  url: string,
  checks: readonly ReadinessCheck[],
  load = (): Load => IDLE,
): Promise<[number, unknown]> {
  const server = buildServer(load, checks, NO_METRICS);
  const response = await server.inject({ method: 'GET', url });
  await server.close();
  return [response.statusCode, response.json()];
}

describe('GET /healthz', () => {
  it('says that the process works and what it holds at this moment', async () => {
    const load = { calls: 2, vault_slots: 3, timers: 9 };
    expect(await ask('/healthz', [], () => load)).toEqual([200, { status: 'ok', ...load }]);
  });

  it('is well although no payment could be taken', async () => {
    const [status] = await ask('/healthz', [{ name: 'journal', check: () => 'the disk is full' }]);
    expect(status).toBe(200);
  });
});

describe('GET /readyz', () => {
  it('is ready when everything is well', async () => {
    const checks = [
      { name: 'asterisk', check: () => null },
      { name: 'journal', check: () => Promise.resolve(null) },
    ];
    expect(await ask('/readyz', checks)).toEqual([200, { status: 'ready', checks: { asterisk: 'ok', journal: 'ok' } }]);
  });

  it('lists everything that is wrong, with what to do', async () => {
    const checks = [
      { name: 'asterisk', check: () => 'is Asterisk running?' },
      { name: 'journal', check: () => Promise.reject(new Error('the disk is full')) },
      { name: 'sandbox', check: () => null },
    ];
    expect(await ask('/readyz', checks)).toEqual([
      503,
      { status: 'not ready', checks: { asterisk: 'is Asterisk running?', journal: 'the disk is full', sandbox: 'ok' } },
    ]);
  });

  it('takes a check that throws for one that failed', async () => {
    const check = (): never => {
      throw new Error('gone');
    };
    expect(await ask('/readyz', [{ name: 'asterisk', check }])).toEqual([
      503,
      { status: 'not ready', checks: { asterisk: 'gone' } },
    ]);
  });

  it('is ready, and says so, where nobody has made sure of something', async () => {
    const checks = [{ name: 'sign-off', check: () => ({ unverified: 'debugging is not visible: look at it' }) }];
    expect(await ask('/readyz', checks)).toEqual([
      200,
      { status: 'ready', checks: { 'sign-off': 'unverified: debugging is not visible: look at it' } },
    ]);
  });

  it('sees a check that joined after the start', async () => {
    const checks: ReadinessCheck[] = [];
    const server = buildServer(() => IDLE, checks, NO_METRICS);
    expect((await server.inject('/readyz')).statusCode).toBe(200);
    checks.push({ name: 'asterisk', check: () => 'down' });
    expect((await server.inject('/readyz')).statusCode).toBe(503);
    await server.close();
  });
});

describe('the HTTP server', () => {
  it('listens where it says, and nowhere once closed', async () => {
    const server = await startHttpServer({ host: '127.0.0.1', port: 0 }, () => IDLE, [], NO_METRICS);
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    await server.close();
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  });

  it('ends although somebody has sent half a request, and somebody nothing at all', async () => {
    const server = await startHttpServer({ host: '127.0.0.1', port: 0 }, () => IDLE, [], NO_METRICS);
    const { port } = new URL(server.url);
    const visitors = ['GET /metrics HTTP/1.1\r\nHost: x\r\n', ''].map((text) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
      return { came: once(socket, 'connect'), gone: once(socket, 'close') };
    });
    await Promise.all(visitors.map(({ came }) => came));
    // One that is served shows that what the others had sent has come.
    await fetch(`${server.url}/healthz`);
    await server.close();
    await Promise.all(visitors.map(({ gone }) => gone));
  });

  it('has nothing else to offer', async () => {
    const [status] = await ask('/', []);
    expect(status).toBe(404);
  });

  it('names the port that is taken and the setting to change', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(startHttpServer({ host: '127.0.0.1', port }, () => IDLE, [], NO_METRICS)).rejects.toMatchObject({
      code: 'port-in-use',
      detail: expect.stringMatching(new RegExp(`HTTP port ${port} .*HUSHTONE_HTTP_PORT`)) as string,
    });
    await new Promise((resolve) => other.close(resolve));
  });

  it('names an address that this machine does not have', async () => {
    const where = { host: '192.0.2.1', port: 0 };
    await expect(startHttpServer(where, () => IDLE, [], NO_METRICS)).rejects.toMatchObject({ code: 'config-invalid' });
  });
});

describe('GET /metrics', () => {
  it('gives what is counted, in the type that Prometheus asks for', async () => {
    const type = 'text/plain; version=0.0.4; charset=utf-8';
    const server = buildServer(() => IDLE, [], {
      contentType: type,
      text: () => Promise.resolve('hushtone_calls 0\n'),
    });
    const response = await server.inject({ method: 'GET', url: '/metrics' });
    await server.close();
    expect([response.statusCode, response.headers['content-type'], response.body]).toEqual([
      200,
      type,
      'hushtone_calls 0\n',
    ]);
  });
});
