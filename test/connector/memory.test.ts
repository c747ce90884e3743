import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { countInMemory } from '../support/process-memory';
import { startSandboxProcess } from '../support/sandbox-process';
import type { SandboxProcess } from '../support/sandbox-process';
import { selfSignedForLoopback } from '../support/self-signed';
import { stripSources } from '../support/stripped-sources';
import { isCardNumber } from '../../src/sandbox/cards';

const CONNECTOR = path.join(__dirname, '../../flows/connectors/otp-pay.yaml');
const SOURCES = [
  'src/errors.ts',
  'src/ports',
  'src/card',
  'src/dtmf',
  'src/connector',
  'src/flow/nearest.ts',
  'src/flow/ast.ts',
  'src/observe/system-clock.ts',
  'test/support/exchange-child.ts',
];

let sources: ReturnType<typeof stripSources>;
let sandbox: SandboxProcess;
let certFile: string;

beforeAll(async () => {
  sources = stripSources(SOURCES);
  const { cert, key } = selfSignedForLoopback();
  certFile = path.join(sources.folder, 'cert.pem');
  const keyFile = path.join(sources.folder, 'key.pem');
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
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

/** Copies in the memory of a process that has just paid over TLS with an OTP from an answer. */
async function payAndSearch(mode: 'clean' | 'leak'): Promise<Record<string, number>> {
  const number = canary();
  const script = path.join(sources.folder, 'test/support/exchange-child.js');
  const args = [script, mode, sandbox.url, certFile, CONNECTOR];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    child.stdin.write(number);
    const said = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve);
      child.once('exit', () => {
        reject(new Error('the paying process ended'));
      });
    });
    expect(JSON.parse(said)).toMatchObject({ generated: 'ok', charged: 'approved' });
    return countInMemory(child.pid ?? 0, {
      pan: Buffer.from(number, 'latin1'),
      wide: Buffer.from(number, 'utf16le'),
      encoded: Buffer.from(Buffer.from(number.slice(0, 15)).toString('base64')),
      otp: Buffer.from('"otp":"123456"'),
    });
  } finally {
    child.kill('SIGKILL');
  }
}

test('after a payment over TLS no copy of card number or OTP is left in the process', async () => {
  const leaked = await payAndSearch('leak');
  expect(leaked.pan).toBeGreaterThan(0);
  expect(leaked.otp).toBeGreaterThan(0);
  expect(await payAndSearch('clean')).toEqual({ pan: 0, wide: 0, encoded: 0, otp: 0 });
}, 30_000);
