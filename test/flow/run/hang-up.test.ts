import { settle } from '../../support/manual-clock';
import { FlowWorld, type WorldScript } from '../../support/scripted-flow-world';

async function hungUp(script: WorldScript): Promise<FlowWorld> {
  const world = new FlowWorld(script);
  const end = await world.begin();
  expect(end.reason).toBe('caller');
  // What was under way elsewhere (an answer of an API) arrives after the end.
  await settle();
  expect(world.vault.size()).toBe(0);
  expect(world.clock.running).toBe(0);
  return world;
}

/** Every effect of a successful call, in its order, with what may still happen after the caller hung up during it. */
const EFFECTS: readonly { at: string; payments: number; then: readonly string[] }[] = [
  { at: 'transfer', payments: 0, then: [] },
  { at: 'answer', payments: 0, then: [] },
  { at: 'header:X-Amount', payments: 0, then: [] },
  { at: 'say:welcome-payment 2500.50 INR', payments: 0, then: [] },
  { at: 'say:keypad-is-private', payments: 0, then: [] },
  { at: 'listen:card-number', payments: 0, then: [] },
  { at: 'listen:expiration-date', payments: 0, then: [] },
  { at: 'listen:security-code', payments: 0, then: [] },
  { at: 'say:sending-otp', payments: 0, then: [] },
  { at: 'exchange:otp-pay.generate', payments: 0, then: [] },
  { at: 'exchange:sms-dlt.send', payments: 0, then: [] },
  { at: 'listen:otp', payments: 0, then: [] },
  { at: 'take', payments: 1, then: ['exchange:confirm-payment.run', 'exchange:sms-dlt.send'] },
  { at: 'exchange:confirm-payment.run', payments: 1, then: ['exchange:sms-dlt.send'] },
  { at: 'say:payment-approved GW-77', payments: 1, then: [] },
  { at: 'return:agent-101', payments: 1, then: [] },
];

describe('a caller who hangs up', () => {
  test.each(EFFECTS)('during $at: $payments payments, then $then', async ({ at, payments, then }) => {
    const world = await hungUp({ hangUpAt: at });
    expect(world.payments).toHaveLength(payments);
    const after = world.reached.slice(world.reached.indexOf(at) + 1);
    // The other headers are asked for at the same time as the first.
    expect(after.filter((effect) => !effect.startsWith('header:'))).toEqual(then);
  });

  test('the table names every effect of a successful call', async () => {
    const world = new FlowWorld();
    await world.run();
    const named = new Set(EFFECTS.map(({ at }) => at));
    expect(world.reached.filter((effect) => !named.has(effect) && !effect.startsWith('header:'))).toEqual([]);
  });

  test('is wiped at once, not when the flow has ended', async () => {
    const world = new FlowWorld({ keys: { 'security-code': ['silent-for-ever'] } });
    const end = world.begin();
    await settle();
    expect(world.vault.size()).toBeGreaterThan(0);
    world.call.end('caller');
    await Promise.resolve();
    expect(world.vault.size()).toBe(0);
    await end;
  });

  test('during the payment: it finishes with the card that was keyed', async () => {
    let answer: (outcome: 'approved') => void = () => undefined;
    const slow = new Promise<'approved'>((resolve) => (answer = resolve));
    const world = new FlowWorld({ payments: [() => slow] });
    const end = world.begin();
    await settle();
    world.call.end('caller');
    await settle();
    expect(world.vault.lengthOf(world.payments[0]?.card?.number ?? '')).toBe(16);
    answer('approved');
    expect((await end).payment.outcome).toBe('approved');
    expect(world.vault.size()).toBe(0);
    expect(world.exchangesOf('sms-dlt.send').map(({ values }) => values.template)).toEqual(['otp', 'receipt']);
  });

  test('during a payment that is declined: nobody is asked for another card', async () => {
    const world = await hungUp({ hangUpAt: 'take', payments: ['declined'] });
    expect(world.payments).toHaveLength(1);
    expect(world.call.heard.join()).not.toContain('payment-declined');
  });

  test('during a payment whose OTP is wrong: it is not tried again', async () => {
    const world = await hungUp({ hangUpAt: 'take', payments: ['otp-invalid'] });
    expect(world.payments).toHaveLength(1);
  });
});

describe("a flow's own `hangup` step", () => {
  const FLOW = `
flow: told
dids: ["1"]
languages: [en]
context:
  - headers: { amount: X-Amount, currency: X-Currency, order_id: X-Order-Id, phone: X-Customer-Phone }
require: [amount, currency, order_id]
start: card
on: { hangup: which }
steps:
  card: { collect: card-number, on: { collected: expiry, failed: bye } }
  expiry: { collect: expiration-date, on: { collected: cvv, failed: bye } }
  cvv: { collect: security-code, on: { collected: pay, failed: bye } }
  pay:
    pay: otp-pay
    amount: "{{ amount }}"
    currency: "{{ currency }}"
    reference: "{{ order_id }}"
    on: { approved: bye, declined: bye, unknown: bye, error: bye }
  which:
    route:
      when: [{ if: "{{ payment.outcome = 'unknown' }}", next: checking }]
      else: note
  checking: { sms: { connector: sms-dlt, to: "{{ phone }}", template: checking }, on: { ok: again, error: again } }
  note: { set: { left: "early" }, next: aborted }
  aborted: { connect: crm, with: { left: "{{ left }}" }, on: { ok: again, error: again } }
  again: { say: goodbye, next: card }
  bye: { say: goodbye, end: true }
`;

  test('runs its steps that need no caller, and ends at one that does', async () => {
    const world = await hungUp({ flow: FLOW, hangUpAt: 'listen:expiration-date' });
    expect(world.exchangesOf('crm.run')[0]?.values).toMatchObject({ left: 'early' });
    expect(world.call.heard).not.toContain('goodbye');
    expect(world.payments).toHaveLength(0);
  });

  test('tells by SMS what became of a payment', async () => {
    const world = await hungUp({ flow: FLOW, hangUpAt: 'take', payments: ['unknown'] });
    expect(world.exchangesOf('sms-dlt.send')[0]?.values).toMatchObject({ template: 'checking', to: '+919800000100' });
    expect(world.exchangesOf('crm.run')).toHaveLength(0);
  });

  test('is taken once', async () => {
    const world = await hungUp({ flow: FLOW, hangUpAt: 'listen:card-number' });
    expect(world.steps.filter((step) => step === 'which')).toHaveLength(1);
  });
});
