import path from 'node:path';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { checkedLine } from '../../../src/ari/header-grammar';
import type { Connector } from '../../../src/connector/ast';
import { RenderError } from '../../../src/connector/input-values';
import { renderRequest } from '../../../src/connector/render-request';
import { loadConnectors } from '../../../src/connector/run-load';
import { recordInLog } from '../../../src/observe/call-journal';
import { createLogger } from '../../../src/observe/pino-logger';
import { maskDigitRuns } from '../../../src/observe/redaction';
import type { CallEvent } from '../../../src/ports/call-events';
import type { ExchangeRequest, Value } from '../../../src/ports/connectors';
import { settle } from '../../support/manual-clock';
import { FlowWorld } from '../../support/scripted-flow-world';

const CALLS = 3_600;
const HOSTILE_VALUES = 10_000;
/** Calls that run beside one another. */
const AT_ONCE = 200;
/** Until then each of them has come to its return. */
const TURNS = 50;
const SANDBOX = 'http://127.0.0.1:9';

const FLOW = `
flow: hostile
dids: ['7001']
languages: [en]
context:
  - headers:
      amount: X-Amount
      currency: X-Currency
      order_id: X-Order-Id
      phone: X-Customer-Phone
      return_to: X-Return-To
      note: User-to-User
  - connector: lookup-transaction
    with: { caller: '{{ call.caller }}' }
require: [amount, currency, order_id]
start: tell
steps:
  tell: { connect: confirm-payment, with: { order_id: '{{ order_id }}', amount: '{{ amount }}', currency: '{{ currency }}', payment.reference: '{{ note }}' }, on: { ok: receipt, error: receipt } }
  receipt: { sms: { connector: sms-dlt, to: '{{ phone }}', template: receipt, with: { payment.reference: '{{ note }}' } }, on: { ok: back, error: back } }
  back:
    return: "{{ return_to ?? 'support-queue' }}"
    with: { X-Order: '{{ order_id }}', X-Note: '{{ note }}', X-Phone: '{{ phone }}' }
    on: { no-answer: bye, busy: bye }
  no-context: { say: call-details-missing, next: back }
  bye: { say: goodbye, end: true }
`;

const HEADERS = ['X-Amount', 'X-Currency', 'X-Order-Id', 'X-Customer-Phone', 'X-Return-To', 'User-to-User'];
const GOOD: Readonly<Record<string, string>> = {
  'X-Amount': '2500.50',
  'X-Currency': 'INR',
  'X-Order-Id': 'TXN-10492',
  'X-Customer-Phone': '+919800000100',
  'X-Return-To': 'agent-101',
  'User-to-User': 'hello',
};

/** Pieces that mean something to a dial string, a SIP message, a log, JSON, a URL, SQL, a shell or an expression. */
const PIECES = [
  ...Array.from('&/,;:@()[]{}<>"\'`\\|^%$#*+-= \t\r\n\0\u0007\u001b\u0085\u2028\ufeff٣２'),
  ...['\r\n', '%0d%0a', '${', '}', '{{', '}}', '$(', '../', 'sip:', 'PJSIP/evil', 'Local/s@default', 'SHELL(id)'],
  ...['agent-101', 'support-queue', 'agent-999', '2500.50', 'INR', 'TXN-1', '1e9', 'null', '__proto__', 'constructor'],
  ...['4111111111111111', '5555 5555 5555 4444', '{"event":"payment"}', "' OR 1=1 --", 'A'.repeat(300)],
];

const hostileText = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 200 }),
);

/** Usually some headers are as they should be, so that calls get far with what is wrong in the others. */
const hostileCall = fc.record({
  caller: fc.oneof(fc.constant('+919800000100'), hostileText),
  headers: fc.record(
    Object.fromEntries(HEADERS.map((name) => [name, fc.oneof(fc.constant(GOOD[name] ?? ''), hostileText)] as const)),
  ),
});

const PATHS = ['/merchant/transactions', '/merchant/confirmations', '/sms/messages'];

const { vault } = new FlowWorld({ flow: FLOW });

const GRAMMAR: Readonly<Record<string, RegExp>> = {
  amount: /^[0-9]{1,12}(\.[0-9]{1,4})?$/,
  currency: /^[A-Z]{3}$/,
  order_id: /^[A-Za-z0-9._-]{1,64}$/,
  phone: /^\+?[0-9]{6,15}$/,
  to: /^\+?[0-9]{6,15}$/,
};

/** Why a request is refused before a byte of it leaves. */
const REFUSALS =
  /^(the message needs payment\.reference, which is missing|the input payment\.reference is missing|payment\.reference is longer than the 30 characters that a message allows)$/;

/** @returns false when it was refused. */
function expectRequestWithinBounds(
  { connector, operation, values }: ExchangeRequest,
  connectors: ReadonlyMap<string, Connector>,
): boolean {
  for (const [name, grammar] of Object.entries(GRAMMAR)) {
    const value = values[name];
    if (typeof value === 'string' && value !== '') expect(value).toMatch(grammar);
  }
  const known = connectors.get(connector);
  const found = known?.operations.get(operation);
  if (known === undefined || found === undefined) throw new Error(`there is no ${connector}.${operation}`);
  const settings = { sandbox_url: SANDBOX };
  const secrets = { merchant_token: 'secret-m', sms_token: 'secret-s' };
  let rendered;
  try {
    const inputs = { values, sealed: {}, settings, secrets, vault };
    rendered = renderRequest(known, found, inputs, { token: null, now: 0 });
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    expect(error.message).toMatch(REFUSALS);
    return false;
  }
  expect(rendered.url.origin).toBe(SANDBOX);
  expect(PATHS).toContain(rendered.url.pathname);
  for (const value of Object.values(rendered.headers)) expect(value).not.toMatch(/[^\x20-\x7e]/);
  if (rendered.body !== null) expect(() => JSON.parse(rendered.body?.toString('utf8') ?? '') as unknown).not.toThrow();
  return true;
}

const lines: string[] = [];
const record = recordInLog(
  createLogger(
    'debug',
    new Writable({
      write(chunk: Buffer, _encoding, done): void {
        lines.push(chunk.toString('utf8'));
        done();
      },
    }),
  ),
);

function logOf(events: readonly CallEvent[]): string[] {
  for (const event of events) record('call_1', event);
  return lines.splice(0);
}

/** Control characters, and what Unicode counts as ends of a line. */
const ENDS_LINE = new RegExp('[\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]');

function expectLinesWithinBounds(lines: readonly string[]): void {
  for (const line of lines) {
    expect(line.endsWith('\n')).toBe(true);
    // One event is one line, whatever is in it and whoever reads it.
    expect(ENDS_LINE.test(line.slice(0, -1))).toBe(false);
    const fields = JSON.parse(line) as Record<string, Value>;
    expect(fields.call).toBe('call_1');
    expect(maskDigitRuns(line)).toBe(line);
  }
}

type HostileCall = typeof hostileCall extends fc.Arbitrary<infer T> ? T : never;

async function serve({ caller, headers }: HostileCall): Promise<FlowWorld> {
  const world = new FlowWorld({ flow: FLOW, caller, headers });
  const over = world.begin();
  // So many calls at once take their turns.
  for (let turn = 0; turn < TURNS && world.call.returnRequests.length === 0; turn++) await settle();
  world.call.end('agent');
  await over;
  return world;
}

function expectReturnWithinBounds({ call }: FlowWorld): void {
  expect(call.returnRequests).toHaveLength(1);
  for (const { endpoint, headers } of call.returnRequests) {
    expect(endpoint).toMatch(/^PJSIP\/(agent-1[0-9]{2}|support-queue)$/);
    for (const [name, value] of Object.entries(headers)) {
      expect(['X-Order', 'X-Note', 'X-Phone']).toContain(name);
      expect(value).toMatch(/^[A-Za-z0-9 ._:@+-]{1,128}$/);
      expect(checkedLine(name, value)).toBe(value);
    }
  }
}

test(`${HOSTILE_VALUES} hostile headers: nothing of them gets into a dial string, a log line or a request`, async () => {
  const { connectors } = await loadConnectors(path.join('flows', 'connectors'));
  const seen = { accepted: 0, refused: 0, elsewhere: 0, unrendered: 0 };
  const rendered = { 'lookup-transaction': 0, 'confirm-payment': 0, 'sms-dlt': 0 };
  const calls = fc.sample(hostileCall, { numRuns: CALLS, seed: 20260115 });
  for (let from = 0; from < calls.length; from += AT_ONCE) {
    for (const world of await Promise.all(calls.slice(from, from + AT_ONCE).map(serve))) {
      expectReturnWithinBounds(world);
      for (const request of world.exchanges) {
        if (expectRequestWithinBounds(request, connectors)) rendered[request.connector as keyof typeof rendered]++;
        else seen.unrendered++;
      }
      expectLinesWithinBounds(logOf(world.events));
      const reasons = world.events.flatMap((event) => (event.type === 'failed' ? [event.reason] : []));
      if (reasons.some((reason) => reason.endsWith('is malformed'))) seen.refused++;
      if (world.exchangesOf('lookup-transaction.run').length === 0) seen.accepted++;
      if (world.call.returnRequests[0]?.target === 'support-queue') seen.elsewhere++;
    }
  }
  const values = calls.flatMap(({ headers }) => Object.entries(headers));
  const hostile = values.filter(([name, value]) => value !== GOOD[name]).length;
  expect(hostile).toBeGreaterThanOrEqual(HOSTILE_VALUES);
  // The calls got through every door, and were stopped at every one.
  for (const count of Object.values({ ...seen, ...rendered })) expect(count).toBeGreaterThan(CALLS / 100);
});
