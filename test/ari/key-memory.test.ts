import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

import { FakeAri, keyEvent, PASSWORD, stasisChannel, textFrame, USER } from './fake-ari';
import { occurrencesInMemory } from './process-memory';

/** A public test number, so that 16 different key events come. */
const KEYS = '4929718853042967';
const PROJECT = resolve(__dirname, '../..');

/** Runs the adapter in a process of its own and prints one line per key. */
const CLIENT = `
const { AsteriskTelephony } = require('./src/ari/asterisk-telephony');
const { SystemClock } = require('./src/observe/system-clock');
const write = () => undefined;
const [url, user, password] = process.argv.slice(2);
const logger = { debug: write, info: write, warn: write, error: write };
const telephony = new AsteriskTelephony({ url, user, password, app: 'hushtone', clock: new SystemClock(), logger });
telephony.follow('c1', { onKey: () => console.log('key') });
telephony.start().then(() => console.log('up'));
`;

/** The same with a client that parses its events: what the scan must find, else it would prove nothing. */
const LEAKING_CLIENT = `
const { WebSocket } = require('ws');
const [url, user, password] = process.argv.slice(2);
const authorization = 'Basic ' + Buffer.from(user + ':' + password).toString('base64');
const socket = new WebSocket(url.replace('http', 'ws') + '/ari/events?app=hushtone', { headers: { authorization } });
socket.on('open', () => console.log('up'));
socket.on('message', (data) => {
  if (JSON.parse(data.toString()).type === 'ChannelDtmfReceived') console.log('key');
});
`;

let ari: FakeAri;
let folder: string;
let child: ChildProcess | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hushtone-key-memory-'));
  for (const file of ['errors.ts', 'observe/system-clock.ts', ...room('asterisk'), ...room('ari')]) {
    const source = readFileSync(join(PROJECT, 'src', file), 'utf8');
    const options = {
      compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2023, esModuleInterop: true },
    };
    const target = join(folder, 'src', file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, file.endsWith('.ts') ? transpileModule(source, options).outputText : source);
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  ari = await FakeAri.start();
});

afterEach(async () => {
  child?.kill('SIGKILL');
  await ari.close();
});

function room(name: string): string[] {
  return readdirSync(join(PROJECT, 'src', name))
    .filter((file) => /\.[jt]s$/.test(file))
    .map((file) => `${name}/${file}`);
}

/** Starts a client, sends it 16 keys as `send` does, and counts the key events that are left in its memory. */
async function eventsLeft(client: string, send: (frame: Buffer) => Promise<void>): Promise<number> {
  const script = join(folder, 'client.js');
  writeFileSync(script, client);
  const env = { ...process.env, NODE_PATH: join(PROJECT, 'node_modules') };
  child = spawn(process.execPath, [script, ari.url, USER, PASSWORD], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let left = 0;
  let reached = (): void => undefined;
  child.stdout?.on('data', (data: Buffer) => {
    left -= data.toString().split('\n').length - 1;
    if (left <= 0) reached();
  });
  /** Waits for `count` more lines. */
  const lines = (count: number): Promise<void> =>
    new Promise((done) => {
      reached = done;
      left += count;
      if (left <= 0) done();
    });
  await lines(1);
  ari.emit({ type: 'StasisStart', args: [], channel: stasisChannel('c1') });
  for (const digit of KEYS) {
    await send(textFrame(JSON.stringify(keyEvent('c1', digit))));
    await lines(1);
  }
  return occurrencesInMemory(child.pid ?? 0, ['"digit":"']);
}

const whole = (frame: Buffer): Promise<void> => {
  ari.emitRaw(frame);
  return Promise.resolve();
};

/** In two pieces that arrive as two chunks. */
const cutAt =
  (length: number) =>
  async (frame: Buffer): Promise<void> => {
    ari.emitRaw(frame.subarray(0, length));
    await new Promise((done) => setTimeout(done, 5));
    ari.emitRaw(frame.subarray(length));
  };

describe('the memory of the process after 16 keys', () => {
  it('holds none of the key events', async () => {
    expect(await eventsLeft(CLIENT, whole)).toBe(0);
  });

  it('holds none of those that arrived in pieces', async () => {
    expect(await eventsLeft(CLIENT, cutAt(150))).toBe(0);
  });

  it('holds none of those whose digit was in the second piece, as soon as something else has arrived', async () => {
    let left = KEYS.length;
    const send = (frame: Buffer): Promise<void> => (--left === 0 ? whole(frame) : cutAt(20)(frame));
    expect(await eventsLeft(CLIENT, send)).toBe(0);
  });

  it('holds them all when the events are parsed (the scan can find them)', async () => {
    expect(await eventsLeft(LEAKING_CLIENT, whole)).toBeGreaterThanOrEqual(KEYS.length);
  });
});
