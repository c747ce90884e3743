import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { JournaledPayments } from '../../src/payment/payments';
import type { Logger } from '../../src/ports/logger';
import type { PaymentGateway } from '../../src/ports/payment-gateway';
import type { Attempt } from '../../src/ports/payment-journal';
import { SqlitePaymentJournal } from '../../src/store/sqlite-payment-journal';
import { PaymentWorld } from '../payment/payment-world';
import { ManualClock } from '../support/manual-clock';

const ROOT = path.join(__dirname, '..', '..');
const TIMES = process.env.SOAK === undefined ? 2 : 10;
const BOUNDARIES = [
  'before-open',
  'during-open',
  'after-open',
  'before-submitting',
  'during-submitting',
  'after-submitting',
  'while-sending',
  'before-final',
  'during-final',
  'after-final',
];

let compiled: string;
let directory: string;

/** The engine's files as JavaScript, once: a child that had to compile them would take a second to start. */
beforeAll(() => {
  compiled = fs.mkdtempSync(path.join(os.tmpdir(), 'hushtone-dying-'));
  const sources = ['src/errors.ts', 'src/flow/money.ts', 'test/store/dying-engine.ts'];
  for (const room of ['src/payment', 'src/store']) {
    sources.push(...fs.readdirSync(path.join(ROOT, room)).map((name) => path.join(room, name)));
  }
  for (const source of sources) {
    const text = fs.readFileSync(path.join(ROOT, source), 'utf8');
    const target = path.join(compiled, source.replace(/\.ts$/, '.js'));
    fs.mkdirSync(path.dirname(target), { recursive: true });
    const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
    fs.writeFileSync(target, source.endsWith('.ts') ? ts.transpileModule(text, { compilerOptions }).outputText : text);
  }
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(compiled, 'node_modules'));
});
afterAll(() => {
  fs.rmSync(compiled, { recursive: true, force: true });
});

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hushtone-killed-'));
});
afterEach(() => {
  fs.rmSync(directory, { recursive: true, force: true });
});

/** A gateway outside the engine's process: what it charged stays charged, whoever dies. */
class OutsideGateway {
  readonly charged: string[] = [];
  killSender = false;
  private readonly server = http.createServer((request, response) => {
    this.charged.push(String(request.url).slice('/charge/'.length));
    if (this.killSender) process.kill(Number(request.headers['x-pid']), 'SIGKILL');
    else response.end();
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The same gateway as the restarted engine sees it. */
  readonly port: PaymentGateway = {
    charge: ({ gatewayReference }) => {
      this.charged.push(gatewayReference);
      return Promise.resolve({ outcome: 'approved', gatewayId: `gw_${gatewayReference}`, reason: '' });
    },
    lookup: ({ gatewayReference }) =>
      Promise.resolve({
        outcome: this.charged.includes(gatewayReference) ? 'approved' : 'not-found',
        gatewayId: '',
        reason: '',
      }),
    tokenize: () => Promise.reject(new Error('this engine keeps no cards')),
    chargeLimitMs: () => 30_000,
  };
}

interface Death {
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

function engineCommand(file: string, url: string, boundary: string): string[] {
  return [process.execPath, path.join(compiled, 'test/store/dying-engine.js'), file, url, boundary];
}

async function run([program = '', ...args]: readonly string[], onceSpoken = false): Promise<Death> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (text: Buffer) => {
    said += text.toString();
    if (onceSpoken) child.kill('SIGKILL');
  });
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => {
    child.on('close', (_code, by) => {
      resolve(by);
    });
  });
  return { signal, said };
}

const quiet = (): void => undefined;
const logger: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** Starts the engine again beside the same file and gateway, sweeps until all is settled, then tries the order again. */
async function restart(
  file: string,
  gateway: OutsideGateway,
): Promise<{ attempts: readonly Attempt[]; again: string }> {
  const clock = new ManualClock(Date.now());
  const world = new PaymentWorld();
  const journal = await SqlitePaymentJournal.open({ file, clock });
  const payments = new JournaledPayments({
    journal,
    gateway: gateway.port,
    vault: world.vault,
    clock,
    logger,
    record: quiet,
  });
  let unsettled = await payments.sweep();
  for (let round = 0; unsettled > 0 && round < 100; round++) {
    await clock.advance(5_000);
    unsettled = await payments.sweep();
  }
  const attempts = await journal.ofOrder('default', 'TXN-1');
  const again = await payments.take(world.request('att_2'));
  await payments.idle();
  payments.close();
  await journal.close();
  return { attempts, again: again.outcome };
}

describe('an engine that is killed at a boundary of the journal', () => {
  test.each(BOUNDARIES)('%s: charges at most once, and the restart settles it', async (boundary) => {
    for (let time = 0; time < TIMES; time++) {
      const file = path.join(directory, `payments-${time}.sqlite`);
      const gateway = new OutsideGateway();
      gateway.killSender = boundary === 'while-sending';
      const death = await run(engineCommand(file, await gateway.listen(), boundary));
      expect(death).toEqual({ signal: 'SIGKILL', said: '' });
      expect(gateway.charged.length).toBeLessThanOrEqual(1);
      const chargedBefore = gateway.charged.length === 1;
      expect(chargedBefore).toBe(BOUNDARIES.indexOf(boundary) >= BOUNDARIES.indexOf('while-sending'));

      const { attempts, again } = await restart(file, gateway);
      const orphans = gateway.charged.length - 1;
      expect({ orphans, again }).toEqual({ orphans: 0, again: chargedBefore ? 'already-paid' : 'approved' });
      for (const { state } of attempts) expect(state).toMatch(chargedBefore ? /^approved$/ : /^(abandoned|not_found)$/);
      await gateway.close();
    }
  });

  test('left alone, it takes the payment (so that the deaths above are the test, not an accident)', async () => {
    const gateway = new OutsideGateway();
    const file = path.join(directory, 'payments.sqlite');
    const death = await run(engineCommand(file, await gateway.listen(), 'never'));
    expect(death).toEqual({ signal: null, said: 'approved' });
    expect((await restart(file, gateway)).again).toBe('already-paid');
    expect(gateway.charged).toEqual(['TXN-1-1']);
    await gateway.close();
  });
});

describe('an engine whose disk fills up', () => {
  test('at any point of a payment: what the caller hears is true, and nothing is charged twice', async () => {
    const heard = new Set<string>();
    for (let kilobytes = 4; kilobytes <= 148; kilobytes += 16) {
      const gateway = new OutsideGateway();
      const file = path.join(directory, `payments-${kilobytes}.sqlite`);
      // A file that may not grow fails as a full disk does. The engine would go on trying to write, so it is ended once it has spoken.
      const limited = `ulimit -f ${kilobytes * 2}; exec "$@"`;
      const url = await gateway.listen();
      const { said } = await run(['sh', '-c', limited, 'sh', ...engineCommand(file, url, 'never')], true);
      expect([kilobytes, said]).toEqual([kilobytes, expect.stringMatching(/^(journal-unavailable|error|approved)$/)]);
      expect([said, gateway.charged.length]).toEqual([said, said === 'approved' ? 1 : 0]);
      heard.add(said);

      const { again } = await restart(file, gateway);
      expect([kilobytes, again]).toEqual([kilobytes, said === 'approved' ? 'already-paid' : 'approved']);
      expect(gateway.charged).toHaveLength(1);
      await gateway.close();
    }
    expect([...heard].sort()).toEqual(['approved', 'error', 'journal-unavailable']);
  });
});
