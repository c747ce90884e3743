import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { countInMemory } from '../support/process-memory';
import { selfSignedForLoopback } from '../support/self-signed';
import { stripSources } from '../support/stripped-sources';
import { FakeAri, keyEvent, PASSWORD, stasisChannel, textFrame, USER } from './fake-ari';

/** A public test number, so that 16 different key events come. */
const KEYS = '4929718853042967';
const VERSION_RULE = 'src/asterisk/supported-version.js';

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
let sources: ReturnType<typeof stripSources>;
let child: ChildProcess | undefined;

beforeAll(() => {
  sources = stripSources(['src/ari', 'src/errors.ts', 'src/observe/system-clock.ts', 'src/asterisk/find-asterisk.ts']);
  copyFileSync(path.join(__dirname, '../..', VERSION_RULE), path.join(sources.folder, VERSION_RULE));
});

afterAll(() => {
  sources.remove();
});

afterEach(async () => {
  child?.kill('SIGKILL');
  await ari.close();
});

/** Starts a client, sends it 16 keys as `send` does, and counts the key events that are left in its memory. */
async function eventsLeft(
  client: string,
  send: (frame: Buffer) => Promise<void>,
  tls?: { readonly cert: string; readonly key: string },
): Promise<number> {
  const script = path.join(sources.folder, 'client.js');
  writeFileSync(script, client);
  const certificate = path.join(sources.folder, 'certificate.pem');
  writeFileSync(certificate, tls?.cert ?? '');
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate };
  ari = await FakeAri.start(tls);
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
  const needles = { ascii: Buffer.from('"digit":"'), utf16: Buffer.from('"digit":"', 'utf16le') };
  const { ascii = 0, utf16 = 0 } = countInMemory(child.pid ?? 0, needles);
  return ascii + utf16;
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

  it('holds at most the last few under TLS, where OpenSSL keeps its latest records until others come', async () => {
    expect(await eventsLeft(CLIENT, whole, selfSignedForLoopback())).toBeLessThanOrEqual(4);
  });

  it('holds them all when the events are parsed (the scan can find them)', async () => {
    expect(await eventsLeft(LEAKING_CLIENT, whole)).toBeGreaterThanOrEqual(KEYS.length);
  });
});
