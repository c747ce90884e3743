import type { Connector } from '../../../../src/connector/ast';
import type { CompiledFlow } from '../../../../src/flow/compile/compile-flow';
import { walkFlow, type Walk } from '../../../../src/flow/run/simulate/walk';
import { planted, shippedWorld, type ShippedWorld } from './simulated-world';

let shipped: ShippedWorld;

beforeAll(async () => {
  shipped = await shippedWorld();
});

/** The merchant's confirmation, with another time limit. */
async function walk(flow: CompiledFlow, confirmLimitMs = 2_000): Promise<Walk> {
  const connectors = new Map<string, Connector>(shipped.world.connectors);
  const confirm = connectors.get('confirm-payment');
  const run = confirm?.operations.get('run');
  if (confirm === undefined || run === undefined) throw new Error('there is no confirm-payment');
  const operations = new Map([['run', { ...run, timeLimitMs: confirmLimitMs, values: [] }]]);
  connectors.set('confirm-payment', { ...confirm, operations });
  return walkFlow(flow, { ...shipped.world, connectors });
}

function inWords({ findings }: Walk): string[] {
  return findings.map(({ kind, place, what }) => `${place.line} ${kind}: ${what}`);
}

const CARD = `
  card: { collect: card-number, on: { collected: expiry, failed: sorry } }
  expiry: { collect: expiration-date, on: { collected: cvv, failed: sorry } }
  cvv: { collect: security-code, on: { collected: pay, failed: sorry } }
  sorry: { say: sorry-not-understood, end: true }
  declined: { say: payment-declined, end: true }
  checking: { say: payment-being-checked, end: true }
  later: { say: pay-later, end: true }`;

function paying(approved: string, more = ''): CompiledFlow {
  return planted(`${CARD}
  pay:
    pay: sandbox
    amount: '{{ amount }}'
    currency: '{{ currency }}'
    reference: '{{ order_id }}'
    while: please-wait
    on: { approved: ${approved}, declined: declined, unknown: checking, error: later }
${more}`);
}

describe('a walk through every path', () => {
  test('finds nothing in a flow that is well, and comes to every step of it', async () => {
    const well = await walk(paying('thanks', '  thanks: { say: payment-approved-no-reference, end: true }\n'));
    expect(inWords(well)).toEqual([]);
    expect(well).toMatchObject({ unreached: [], complete: true });
    expect(well.paths).toBeGreaterThan(20);
  });

  test('finds an approved payment that goes straight to the end', async () => {
    const { findings } = await walk(paying('bye', '  bye: { end: true }\n'));
    expect(findings.map(({ kind, step, place }) => [kind, step, place.line])).toEqual(
      expect.arrayContaining([['not-told', 'pay', 16]]),
    );
    const told = findings.find(({ kind }) => kind === 'not-told');
    expect(told?.what).toBe('the payment is approved: money has moved, and the caller hears nothing after it');
    expect(told?.path.at(-1)).toEqual({ step: 'pay', words: 'sandbox takes INR 2500.50: approved' });
  });

  test('finds an approved payment after which the caller hears what is also said of a declined one', async () => {
    const { findings } = await walk(paying('bye', '  bye: { say: payment-declined, end: true }\n'));
    expect(findings.map(({ kind, what }) => [kind, what])).toEqual([
      [
        'not-told',
        'the payment is approved: money has moved, and the caller hears only what is also said when nothing was charged',
      ],
    ]);
  });

  test('finds a connector that keeps the caller in silence for 20 s, and not one of 2 s', async () => {
    const flow = planted(`
  confirm: { connect: confirm-payment, on: { ok: bye, error: bye } }
  bye: { say: goodbye, end: true }
`);
    expect(inWords(await walk(flow))).toEqual([]);
    expect(inWords(await walk(flow, 20_000))).toEqual([
      '9 silence: the caller may hear nothing for 20.0 s: `confirm`, `bye`',
    ]);
  });

  test('finds no silence where a `while` is heard', async () => {
    const flow = planted(`
  confirm: { connect: confirm-payment, while: please-wait, on: { ok: bye, error: bye } }
  bye: { say: goodbye, end: true }
`);
    expect(inWords(await walk(flow, 20_000))).toEqual([]);
  });

  test('takes what is heard while something else is awaited for no word of the payment', async () => {
    const { findings } = await walk(
      paying(
        'confirm',
        `
  confirm: { connect: confirm-payment, while: welcome-payment, on: { ok: bye, error: bye } }
  bye: { end: true }
`,
      ),
      20_000,
    );
    expect(findings.map(({ kind }) => kind)).toContain('not-told');
  });

  test('finds a way round in circles that only the session limit ends', async () => {
    const flow = planted(`
  confirm: { connect: confirm-payment, on: { ok: bye, error: wait } }
  wait: { say: please-wait, next: confirm }
  bye: { say: goodbye, end: true }
`);
    const { findings } = await walk(flow);
    expect(findings.map(({ kind, what }) => [kind, what])).toEqual([
      ['dead-end', 'the call goes round in circles (`confirm` -> `wait`) until the session limit ends it'],
    ]);
  });

  test('finds a caller who is hung up on without a word', async () => {
    const flow = planted(`
  back: { return: default, while: returning-to-agent, on: { no-answer: bye } }
  bye: { end: true }
`);
    expect(inWords(await walk(flow))).toContain('10 dead-end: the caller is hung up on without a word');
  });

  test('finds a fault that the flow has no way for', async () => {
    const flow = planted(`
  choose: { route: { when: [{ if: '{{ amount > 10 }}', next: bye }], else: bye } }
  bye: { say: goodbye, end: true }
`);
    const { findings } = await walk(flow);
    expect(findings.map(({ kind, step }) => [kind, step])).toEqual([['dead-end', 'choose']]);
  });

  test('tries the values that the conditions of a flow ask for', async () => {
    const flow = planted(`
  look: { connect: lookup-transaction, with: { caller: '{{ call.caller }}' }, on: { ok: choose, none: bye, error: bye } }
  choose: { route: { when: [{ if: "{{ currency = 'USD' }}", next: dollars }], else: bye } }
  dollars: { say: please-wait, next: bye }
  bye: { say: goodbye, end: true }
`);
    expect((await walk(flow)).unreached).toEqual([]);
  });

  test('stops at its bound, and says so', async () => {
    const flow = paying('thanks', '  thanks: { say: payment-approved-no-reference, end: true }\n');
    expect(await walkFlow(flow, shipped.world, { mostPaths: 5 })).toMatchObject({ paths: 5, complete: false });
  });
});
