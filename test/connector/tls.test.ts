import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import type { ChildLine } from '../support/exchange-child';
import { countInMemory } from '../support/process-memory';
import { startSandboxProcess } from '../support/sandbox-process';
import type { SandboxProcess } from '../support/sandbox-process';
import { selfSignedForLoopback } from '../support/self-signed';
import { stripSources } from '../support/stripped-sources';
import { TEST_CARDS } from '../support/test-cards';
import { SystemClock } from '../../src/observe/system-clock';
import { isCardNumber } from '../../src/sandbox/cards';
import { connectorWorld } from './connector-world';

/** The shipped connector, with a signature over the whole body. */
const SHIPPED = path.join(__dirname, '../../flows/connectors/otp-pay.yaml');
const SIGNED = "signature: { header: X-Signature, key: '{{ secrets.otp_pay_password }}' }\n";
let connectorFile: string;
const SOURCES = [
  'src/errors.ts',
  'src/ports',
  'src/card',
  'src/dtmf',
  'src/connector',
  'src/flow/nearest.ts',
  'src/flow/expression',
  'src/flow/ast.ts',
  'src/observe/system-clock.ts',
  'test/support/exchange-child.ts',
];

let sources: ReturnType<typeof stripSources>;
let sandbox: SandboxProcess;
let certFile: string;
let cert: string;

beforeAll(async () => {
  sources = stripSources(SOURCES);
  const pair = selfSignedForLoopback();
  cert = pair.cert;
  certFile = path.join(sources.folder, 'cert.pem');
  const keyFile = path.join(sources.folder, 'key.pem');
  connectorFile = path.join(sources.folder, 'otp-pay.yaml');
  writeFileSync(connectorFile, readFileSync(SHIPPED, 'utf8').replace('auth:', `${SIGNED}auth:`));
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, pair.key);
  sandbox = await startSandboxProcess('--tls-cert', certFile, '--tls-key', keyFile);
});

afterAll(async () => {
  await sandbox.stop();
  sources.remove();
});

/** A valid number that stands nowhere else. */
function canary(): string {
  for (;;) {
    const number = `4${String(randomInt(1e14)).padStart(14, '0')}`;
    const check = Array.from({ length: 10 }, (_, digit) => String(digit)).find((digit) => isCardNumber(number + digit));
    if (check !== undefined) return number + check;
  }
}

interface Searched {
  /** While the gateway keeps us waiting for its answer. */
  readonly during: Record<string, number>;
  readonly after: Record<string, number>;
}

/** Copies in the memory of a process that pays over TLS with an OTP from an answer. */
async function payAndSearch(mode: 'clean' | 'leak'): Promise<Searched> {
  await beSlow();
  const number = canary();
  const needles = {
    pan: Buffer.from(number, 'latin1'),
    wide: Buffer.from(number, 'utf16le'),
    encoded: Buffer.from(Buffer.from(number.slice(0, 15)).toString('base64')),
    otp: Buffer.from('"otp":"123456"'),
  };
  const script = path.join(sources.folder, 'test/support/exchange-child.js');
  const args = [script, mode, sandbox.url, certFile, connectorFile];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    child.stdin.write(number);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<ChildLine> => JSON.parse(String((await lines.next()).value)) as ChildLine;
    expect(await next()).toEqual({ generated: 'ok' });
    await charging();
    // However long the search takes, the answer is not read meanwhile.
    child.kill('SIGSTOP');
    const during = countInMemory(child.pid ?? 0, needles);
    child.kill('SIGCONT');
    expect(await next()).toMatchObject({ charged: 'approved' });
    return { during, after: countInMemory(child.pid ?? 0, needles) };
  } finally {
    child.kill('SIGKILL');
  }
}

/** The next charge is answered late, so that there is time to search. */
async function beSlow(): Promise<void> {
  expect(await ask('POST', JSON.stringify({ endpoint: 'charge', kind: 'slow' }))).toEqual({ ok: true });
}

/** The charge has arrived: the fault that waited for it is taken. */
async function charging(): Promise<void> {
  for (;;) {
    const { faults } = (await ask('GET', null)) as { faults: unknown[] };
    if (faults.length === 0) return;
  }
}

async function ask(method: 'GET' | 'POST', body: string | null): Promise<unknown> {
  const dispatcher = new Agent({ connect: { ca: cert } });
  const headers = { 'content-type': 'application/json' };
  const answer = await request(`${sandbox.url}/faults`, { method, body, headers, dispatcher });
  const json = await answer.body.json();
  await dispatcher.destroy();
  return json;
}

test('during a payment over TLS the card number is in the vault and in the request alone, afterwards nowhere', async () => {
  const leaked = await payAndSearch('leak');
  expect(leaked.after.pan).toBeGreaterThan(0);
  expect(leaked.after.otp).toBeGreaterThan(0);
  const { during, after } = await payAndSearch('clean');
  expect(during).toMatchObject({ pan: 2, wide: 0, encoded: 0 });
  expect(after).toEqual({ pan: 0, wide: 0, encoded: 0, otp: 0 });
});

test('a certificate that nobody vouches for, or of another host, is refused before a byte leaves', async () => {
  const otherHost = sandbox.url.replace('127.0.0.1', 'localhost');
  const attempts = [
    [await connectorWorld(sandbox.url), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [await connectorWorld(otherHost, new SystemClock(), cert), 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ] as const;
  for (const [world, code] of attempts) {
    const answer = await world.gateway.charge(world.chargeRequest(TEST_CARDS.approveVisa, 'TLS-1'));
    expect(answer).toEqual({ outcome: 'not-sent', gatewayId: '', reason: `the connection failed (${code})` });
    await world.connectors.close();
  }
});
