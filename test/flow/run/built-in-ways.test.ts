import { HushtoneError } from '../../../src/errors';
import { settle } from '../../support/manual-clock';
import { EXPIRY, FlowWorld, HEADERS, VISA, type WorldScript } from '../../support/scripted-flow-world';

/** A small flow; `extra` goes to its top, `steps` replace the ones behind `start`. */
function flow(steps: string, extra = ''): string {
  return `
flow: small
dids: ["1"]
languages: [en]
session-timeout: 1m
context:
  - headers: { amount: X-Amount, currency: X-Currency, order_id: X-Order-Id, return_to: X-Return-To }
require: [amount]
start: first
${extra}
steps:
${steps.replace(/^/gm, '  ')}
`;
}

async function ran(script: WorldScript): Promise<FlowWorld> {
  const world = new FlowWorld(script);
  await world.run();
  expect(world.clock.running).toBe(0);
  expect(world.vault.size()).toBe(0);
  return world;
}

const FAILING = 'first: { set: { a: "{{ $number(order_id) }}" }, next: bye }\nbye: { say: goodbye, end: true }';

describe('the built-in ways', () => {
  test('a flow without a `no-context` step apologises and returns the caller to the default target', async () => {
    const world = await ran({ flow: flow('first: { say: welcome, end: true }'), headers: {} });
    expect(world.call.heard).toEqual(['call-details-missing', 'returning-to-agent']);
    expect(world.call.returnRequests[0]?.target).toBe('support-queue');
  });

  test('an engine error apologises and returns the caller to where they came from, with the result', async () => {
    const world = await ran({ flow: flow(FAILING) });
    expect(world.call.heard).toEqual(['engine-error', 'returning-to-agent']);
    expect(world.call.returnRequests[0]).toMatchObject({
      target: 'agent-101',
      ringMs: 25_000,
      headers: { 'X-Payment-Result': 'none' },
    });
    expect(world.events).toContainEqual(expect.objectContaining({ type: 'failed', code: 'expression-failed' }));
  });

  test('nobody answers after an engine error: the caller is told and the call ends', async () => {
    const world = new FlowWorld({ flow: flow(FAILING), returns: { 'agent-101': 'no-answer' } });
    const end = await world.begin();
    expect(end.reason).toBe('engine');
    expect(world.call.heard.at(-1)).toBe('agent-not-available');
  });

  test('a prompt that fails does not keep the apology from its end', async () => {
    const reach = (effect: string): void => {
      if (effect.startsWith('say:')) throw new HushtoneError('ari-refused');
    };
    const world = await ran({ flow: flow('first: { say: welcome, end: true }'), reach });
    expect(world.call.returnRequests).toHaveLength(1);
  });

  test.each([
    ['goes back with the outcome', 1, ['engine-error', 'returning-to-agent'], ['agent-101']],
    ['still goes back', 2, ['returning-to-agent'], ['agent-101']],
    ['is told that nobody can be reached', 3, ['agent-not-available'], []],
    ['is hung up', 9, [], []],
  ])('a caller whose Asterisk cannot be reached for too long %s', async (_what, commands, heard, targets) => {
    let paid = false;
    let lost = 0;
    const reach = (effect: string): void => {
      paid ||= effect === 'take';
      if (!paid || !/^(say|return):/.test(effect) || lost++ >= commands) return;
      throw new HushtoneError('ari-disconnected', 'for 30000 ms');
    };
    const world = await ran({ reach });
    expect(world.call.heard.slice(world.call.heard.indexOf('taking-payment please-wait') + 1)).toEqual(heard);
    expect(world.call.returnRequests.map(({ target }) => target)).toEqual(targets);
    for (const { headers } of world.call.returnRequests)
      expect(headers).toMatchObject({ 'X-Payment-Result': 'approved' });
    expect(world.events).toContainEqual(expect.objectContaining({ type: 'failed', code: 'ari-disconnected' }));
  });

  test("a flow's own `engine-error` step is taken once; failing itself, it ends in the built-in way", async () => {
    const steps = `${FAILING}\nown: { set: { b: "{{ $number(order_id) }}" }, next: bye }`;
    const world = await ran({ flow: flow(steps, 'on: { engine-error: own }') });
    expect(world.steps).toEqual(['first', 'own']);
    expect(world.call.heard).toEqual(['engine-error', 'returning-to-agent']);
  });

  test("a flow's own `session-timeout` step is taken instead of the built-in way", async () => {
    const steps = `first: { collect: digits, save: a, on: { collected: bye, failed: bye } }
late: { confirm: press-1-yes-2-no, on: { yes: bye, no: bye, none: bye } }
bye: { say: goodbye, end: true }`;
    const world = new FlowWorld({
      flow: flow(steps, 'on: { session-timeout: late }'),
      keys: { digits: ['silent-for-ever'], confirm: ['2'] },
    });
    const end = world.begin();
    await settle();
    await world.clock.advance(60_000);
    await end;
    expect(world.steps).toEqual(['first', 'late', 'bye']);
  });

  test('a return target that is not configured fails like one that nobody answers', async () => {
    const steps = `first: { return: "{{ order_id }}", on: { no-answer: bye } }\nbye: { say: goodbye, end: true }`;
    const world = new FlowWorld({ flow: flow(steps) });
    await world.begin();
    expect(world.call.returnRequests).toEqual([]);
    expect(world.call.heard).toEqual(['goodbye']);
  });

  test('a header that cannot be evaluated is left out, and the caller goes back all the same', async () => {
    const steps = `first: { return: default, with: { X-Bad: "{{ $number(order_id) }}", X-Good: "1" }, on: { no-answer: bye } }
bye: { say: goodbye, end: true }`;
    const world = await ran({ flow: flow(steps) });
    expect(world.call.returnRequests[0]?.headers).toEqual({ 'X-Good': '1' });
    expect(world.events).toContainEqual(expect.objectContaining({ type: 'failed', code: 'expression-failed' }));
  });

  test('`return: default` is the default target', async () => {
    const steps = `first: { return: default, on: { no-answer: bye } }\nbye: { say: goodbye, end: true }`;
    const world = await ran({ flow: flow(steps) });
    expect(world.call.returnRequests[0]?.target).toBe('support-queue');
  });

  test('`end` hangs up', async () => {
    const world = new FlowWorld({ flow: flow('first: { end: true }') });
    expect((await world.begin()).reason).toBe('engine');
    expect(world.call.endCause).toBe(16);
  });

  test('`end` hangs up with its cause', async () => {
    const world = await ran({ flow: flow('first: { end: true, cause: 21 }') });
    expect(world.call.endCause).toBe(21);
  });
});

describe('values', () => {
  test('what is keyed, set and answered is seen by later steps', async () => {
    const steps = `
first: { collect: digits, save: member, on: { collected: known, failed: bye } }
known: { connect: crm, with: { member: "{{ member }}" }, save: { level: tier }, on: { ok: double, error: bye } }
double: { set: { twice: "{{ member & member }}" }, next: which }
which:
  route:
    when:
      - { if: "{{ level = 'silver' }}", next: silver }
      - { if: "{{ level = 'gold' }}", next: gold }
    else: bye
silver: { say: goodbye, end: true }
gold: { say: [welcome, { digits: "{{ twice }}" }], end: true }
bye: { say: goodbye, end: true }`;
    const world = new FlowWorld({
      flow: flow(steps),
      keys: { digits: ['42'] },
      exchanges: { 'crm.run': [{ values: { tier: 'gold', hidden: 'x' } }] },
    });
    await world.begin();
    expect(world.exchangesOf('crm.run')[0]?.values).toMatchObject({ member: '42', amount: '2500.50' });
    expect(world.call.heard.at(-1)).toBe('welcome 4242');
    expect(JSON.stringify(world.stored.at(-1))).not.toContain('hidden');
  });

  test('a malformed header counts as missing, is reported by its name, and what it held is not repeated', async () => {
    const headers = { ...HEADERS, 'X-Amount': '4111111111111111', 'X-Return-To': '../etc/passwd' };
    const world = await ran({ headers });
    const failures = world.events.filter((event) => event.type === 'failed');
    expect(failures).toEqual([
      { type: 'failed', code: 'context-invalid', reason: 'header X-Amount is malformed' },
      { type: 'failed', code: 'context-invalid', reason: 'header X-Return-To is malformed' },
    ]);
    expect(world.payments[0]?.reference).toBe('TXN-7');
  });

  test('a return target that a header names and nobody configured counts as missing', async () => {
    const world = await ran({ headers: { ...HEADERS, 'X-Return-To': 'agent-999' } });
    expect(world.call.returnRequests[0]?.target).toBe('support-queue');
  });
});

describe('a payment whose room fails', () => {
  test.each([
    ['an error that proves nothing was sent', new HushtoneError('amount-invalid'), 'error'],
    ['an error that proves nothing', new HushtoneError('journal-unavailable'), 'unknown'],
    ['anything else', new Error('out of memory'), 'unknown'],
  ] as const)('with %s', async (_name, error, outcome) => {
    const world = await ran({ payments: [error] });
    expect(world.call.returnRequests[0]?.headers['X-Payment-Result']).toBe(outcome);
  });

  test('reached without a card is an error, and nothing is sent', async () => {
    const steps = `first: { collect: card-number, on: { collected: pay, failed: bye } }
pay:
  pay: otp-pay
  amount: "{{ amount }}"
  currency: "{{ currency }}"
  reference: "{{ order_id }}"
  on: { approved: bye, declined: bye, unknown: bye, error: sorry }
sorry: { say: payment-not-completed, end: true }
bye: { say: goodbye, end: true }`;
    const world = new FlowWorld({ flow: flow(steps) });
    await world.begin();
    expect(world.payments).toEqual([]);
    expect(world.call.heard.at(-1)).toBe('payment-not-completed');
    expect(world.vault.size()).toBe(0);
  });

  test('the waiting prompt failing costs no payment', async () => {
    const text = `first: { collect: card-number, on: { collected: expiry, failed: bye } }
expiry: { collect: expiration-date, on: { collected: cvv, failed: bye } }
cvv: { collect: security-code, on: { collected: pay, failed: bye } }
pay:
  pay: otp-pay
  amount: "{{ amount }}"
  currency: "{{ currency }}"
  reference: "{{ order_id }}"
  while: [{ digits: "{{ $number(order_id) }}" }]
  on: { approved: bye, declined: bye, unknown: bye, error: bye }
bye: { say: goodbye, end: true }`;
    const world = new FlowWorld({ flow: flow(text), keys: { 'card-number': [VISA] } });
    const end = await world.begin();
    expect(end.payment.outcome).toBe('approved');
  });
});

test('a store that cannot keep the flow costs no call', async () => {
  const world = new FlowWorld({ flow: flow('first: { say: goodbye, end: true }') });
  const end = await world.begin(undefined, () => {
    throw new Error('disk full');
  });
  expect(end.reason).toBe('engine');
  expect(world.call.heard).toEqual(['goodbye']);
});

test('a field keyed again leaves no slot of the one before', async () => {
  const steps = `first: { collect: card-number, on: { collected: expiry, failed: bye } }
expiry: { collect: expiration-date, on: { collected: again, failed: bye } }
again: { menu: press-1-other-card, choices: { "1": first, "2": wait }, on: { none: bye } }
wait: { collect: digits, save: a, on: { collected: bye, failed: bye } }
bye: { say: goodbye, end: true }`;
  const world = new FlowWorld({
    flow: flow(steps),
    keys: { 'card-number': [VISA], 'expiration-date': [EXPIRY], menu: ['1', '2'], digits: ['silent-for-ever'] },
  });
  const end = world.begin();
  await settle();
  expect(world.vault.size()).toBe(2);
  world.call.end('caller');
  await end;
  expect(world.vault.size()).toBe(0);
});
