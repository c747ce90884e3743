import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { readAriAddress } from '../../src/ari/ari-address';
import { HttpCommands } from '../../src/ari/http-commands';
import { HttpLine } from '../../src/ari/http-line';
import { ManualClock, settle } from '../support/manual-clock';
import { httpAnswer } from '../support/raw-gateway';

const LIMIT_MS = 10_000;
/** As many as are asked at once at most. */
const MOST = 64;
const PING = { method: 'GET', uri: 'asterisk/ping', body: null };

/** A connection at the other end. */
interface Line {
  readonly socket: Socket;
  /** What has come over it. */
  said: string;
}

let server: Server;
let lines: Line[];
let clock: ManualClock;
let commands: HttpCommands;

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const said = (): string => lines.map((line) => line.said).join('');
const requests = (): number => said().split(' HTTP/1.1\r\n').length - 1;
const lost = (command: Promise<unknown>): Promise<unknown> => command.catch((error: unknown) => error);

/** Waits for something that comes over a real socket. */
async function until(met: () => boolean): Promise<void> {
  while (!met()) await settle();
}

beforeEach(async () => {
  lines = [];
  server = createServer((socket) => {
    const line = { socket, said: '' };
    lines.push(line);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => (line.said += bytes.toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  clock = new ManualClock();
  commands = new HttpCommands(readAriAddress(`${origin()}/pbx`, 'engine', 'pass word', 'hushtone'), clock, LIMIT_MS);
});

afterEach(async () => {
  commands.close();
  for (const { socket } of lines) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  expect(clock.running).toBe(0);
});

describe('a request over HTTP', () => {
  it('goes out with its login, its body and the length of it in bytes', async () => {
    const done = commands.request({ method: 'POST', uri: 'channels/c1?app=a%20b', body: '{"callerId":"Žižka"}' });
    await until(() => said().endsWith('}'));
    expect(said()).toBe(
      [
        'POST /pbx/ari/channels/c1?app=a%20b HTTP/1.1',
        `host: ${origin().slice('http://'.length)}`,
        `authorization: Basic ${Buffer.from('engine:pass word').toString('base64')}`,
        'content-type: application/json',
        'content-length: 22',
        '',
        '{"callerId":"Žižka"}',
      ].join('\r\n'),
    );
    lines[0]?.socket.write(httpAnswer(404, '{"message":"Channel not found"}'));
    expect(await done).toMatchObject({ status: 404, body: '{"message":"Channel not found"}' });
  });

  it('has a connection of its own while it waits, and the next takes one that is free', async () => {
    const first = commands.request(PING);
    const second = commands.request({ ...PING, uri: 'second' });
    await until(() => requests() === 2);
    const quick = lines.find((line) => line.said.includes('second'));
    const slow = lines.find((line) => line !== quick);
    quick?.socket.write(httpAnswer(200, 'two'));
    expect(await Promise.race([first, second])).toMatchObject({ body: 'two' });
    const third = commands.request({ ...PING, uri: 'third' });
    await until(() => requests() === 3);
    expect(quick?.said).toContain('GET /pbx/ari/third ');
    slow?.socket.write(httpAnswer(200, 'one'));
    quick?.socket.write(httpAnswer(200, 'three'));
    expect(await Promise.all([first, third])).toMatchObject([{ body: 'one' }, { body: 'three' }]);
    expect(lines).toHaveLength(2);
  });

  it('waits for a connection when all are taken, in its turn', async () => {
    const taken = Array.from({ length: MOST }, () => commands.request(PING));
    const next = commands.request({ ...PING, uri: 'next' });
    const last = commands.request({ ...PING, uri: 'last' });
    const outcomes = Promise.allSettled([...taken, next, last]);
    await until(() => requests() === MOST);
    expect(lines).toHaveLength(MOST);
    lines[5]?.socket.write(httpAnswer(204, ''));
    await until(() => requests() === MOST + 1);
    expect(lines[5]?.said).toContain('/next ');
    // One that ends makes room for a new one.
    lines[7]?.socket.destroy();
    await until(() => said().includes('/last '));
    expect(lines).toHaveLength(MOST + 1);
    commands.close();
    expect((await outcomes).filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('opens a new connection after an answer that says it is the last', async () => {
    const first = commands.request(PING);
    await until(() => requests() === 1);
    lines[0]?.socket.write(httpAnswer(200, '', 'Connection: close\r\n'));
    await first;
    const second = commands.request(PING);
    await until(() => requests() === 2);
    expect(lines).toHaveLength(2);
    lines[1]?.socket.write(httpAnswer(204, ''));
    expect(await second).toMatchObject({ status: 204 });
  });

  it('opens a new connection when the idle one has been closed there', async () => {
    const first = commands.request(PING);
    await until(() => requests() === 1);
    lines[0]?.socket.end(httpAnswer(204, ''));
    await first;
    await until(() => lines[0]?.socket.closed === true);
    const second = commands.request(PING);
    await until(() => requests() === 2);
    lines[1]?.socket.write(httpAnswer(204, ''));
    expect(await second).toMatchObject({ status: 204 });
  });
});

describe('lost, and the next goes on, is a request', () => {
  const answered = async (): Promise<void> => {
    const count = requests();
    const next = commands.request(PING);
    await until(() => requests() === count + 1);
    lines.at(-1)?.socket.write(httpAnswer(204, ''));
    expect(await next).toMatchObject({ status: 204 });
  };

  it.each([
    ['whose connection is closed', (socket: Socket) => socket.end(), 'closed by the other side'],
    ['whose connection is reset', (socket: Socket) => socket.resetAndDestroy(), 'ECONNRESET'],
    ['whose answer breaks off', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Le'), 'closed by'],
    ['whose answer is none', (socket: Socket) => socket.write('secret\r\n\r\n'), 'an answer is not HTTP/1.1'],
  ])('%s', async (_what, fail, words) => {
    const error = lost(commands.request({ ...PING, uri: 'secret' }));
    await until(() => requests() === 1);
    const [line] = lines;
    if (line !== undefined) fail(line.socket);
    expect(await error).toMatchObject({ code: 'ari-disconnected', detail: expect.stringContaining(words) as string });
    expect(String(await error)).not.toContain('secret');
    await answered();
  });

  it('that is not answered in time, with its connection', async () => {
    const error = lost(commands.request(PING));
    await until(() => requests() === 1);
    await clock.advance(LIMIT_MS);
    expect(await error).toMatchObject({ code: 'ari-timeout' });
    await until(() => lines[0]?.socket.closed === true);
    await answered();
  });
});

it('loses what is under way when it is closed, and what is asked for later', async () => {
  const error = lost(commands.request(PING));
  await until(() => requests() === 1);
  commands.close();
  expect(await error).toMatchObject({ code: 'ari-disconnected' });
  expect(await lost(commands.request(PING))).toMatchObject({ code: 'ari-disconnected' });
});

it('tells that nobody is there', async () => {
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const error = await lost(commands.request(PING));
  expect(error).toMatchObject({
    code: 'ari-disconnected',
    detail: `GET http://127.0.0.1:${port}: ECONNREFUSED`,
  });
  server.listen(port, '127.0.0.1');
});

it('closes a connection that has been idle for long, and none that carries a request', async () => {
  const told: string[] = [];
  const lineFor = (request: string): HttpLine => {
    const owner = { freed: () => told.push(`${request} freed`), closed: () => told.push(`${request} closed`) };
    const line = new HttpLine(new URL(origin()), 20, owner);
    line.carry({ request, answered: () => told.push(`${request} answered`), lost: () => told.push(`${request} lost`) });
    return line;
  };
  const answer = (request: string): void => {
    lines.find((line) => line.said === request)?.socket.write(httpAnswer(204, ''));
  };
  lineFor('slow');
  await until(() => said() === 'slow');
  lineFor('quick');
  await until(() => said() === 'slowquick');
  answer('quick');
  await until(() => told.includes('quick closed'));
  expect(told).toEqual(['quick freed', 'quick answered', 'quick closed']);
  answer('slow');
  await until(() => told.includes('slow closed'));
  expect(told.slice(3)).toEqual(['slow freed', 'slow answered', 'slow closed']);
});
