import { FlowWorld, type WorldScript } from '../../support/scripted-flow-world';

/** Card, expiry and code, and then the payment. */
const CARD = `
  start: { collect: card-number, on: { collected: expiry, failed: bye } }
  expiry: { collect: expiration-date, on: { collected: cvv, failed: bye } }
  cvv: { collect: security-code, on: { collected: pay, failed: bye } }
  pay: { pay: card-pay, amount: "1.00", currency: USD, reference: A-1, on: { approved: bye, declined: declined, unknown: unknown, error: error } }`;

function flow(steps: string): string {
  const ends = ['declined', 'unknown', 'error', 'failed', 'none', 'no-answer'].map(
    (name) => `\n  ${name}: { say: ${name}, next: bye }`,
  );
  return `flow: defaults
dids: ["1"]
languages: [en]
context: [{ headers: { word: X-Word } }]
start: start
steps:${steps}${ends.join('')}
  bye: { end: true }
`;
}

async function steps(text: string, script: WorldScript = {}): Promise<readonly string[]> {
  const world = new FlowWorld({ flow: flow(text), headers: { 'X-Word': 'word' }, ...script });
  await world.run();
  expect(world.vault.size()).toBe(0);
  return world.steps;
}

describe('an outcome that is not wired takes the way of its default', () => {
  test.each([
    ['otp-invalid', 'declined'],
    ['already-paid', 'unknown'],
    ['pending', 'unknown'],
  ] as const)('%s of a payment: %s', async (outcome, way) => {
    expect(await steps(CARD, { payments: [outcome] })).toContain(way);
  });

  test('cancelled of a field: failed', async () => {
    const text = '\n  start: { collect: digits, on: { collected: bye, failed: failed } }';
    expect(await steps(text, { keys: { digits: ['cancel'] } })).toContain('failed');
  });

  test('timeout of a connector: error', async () => {
    const text = '\n  start: { connect: crm, on: { ok: bye, error: error } }';
    expect(await steps(text, { exchanges: { 'crm.run': [{ outcome: 'timeout' }] } })).toContain('error');
  });

  test.each(['busy', 'failed'] as const)('%s of a return: no-answer', async (result) => {
    const text = '\n  start: { return: agent-101, on: { no-answer: no-answer } }';
    expect(await steps(text, { returns: { 'agent-101': result } })).toContain('no-answer');
  });
});

describe('a step with no attempt left takes its way at once, however often it is entered', () => {
  test.each([
    ['collect: digits, attempts: 2', 'on: { collected: start, failed: failed }', 'digits', 'failed'],
    ['menu: choose, choices: { "1": start }, attempts: 2', 'on: { none: none }', 'menu', 'none'],
    ['confirm: sure, attempts: 2', 'on: { yes: start, no: start, none: none }', 'confirm', 'none'],
    [
      'otp: otp-pay, generate: false, attempts: 2',
      'on: { collected: start, failed: failed, error: error }',
      'otp',
      'failed',
    ],
  ])('%s', async (step, on, field, way) => {
    const world = new FlowWorld({
      flow: flow(`\n  start: { ${step}, ${on} }`),
      headers: {},
      keys: { [field]: ['1', '123456'] },
    });
    await world.run();
    expect(world.call.listens).toHaveLength(2);
    expect(world.steps).toContain(way);
  });
});

describe('an expression that fails is reported, and takes the way of an error', () => {
  const BAD = '"{{ $number(word) }}"';
  const NOT_WIRED = ['engine-error', 'returning-to-agent'];

  test.each([
    ['connect', `connect: crm, with: { a: ${BAD} }, on: { ok: bye, error: error }`],
    ['sms', `sms: { connector: sms-dlt, template: receipt, to: ${BAD} }, on: { ok: bye, error: error }`],
    ['send-link', `send-link: { to: ${BAD} }, on: { ok: bye, error: error }`],
    [
      'otp',
      `otp: otp-pay, sms: { connector: sms-dlt, template: otp, to: ${BAD} }, on: { collected: bye, failed: bye, error: error }`,
    ],
    ['assist', `assist: { agent: ${BAD} }, on: { finished: bye, no-answer: error }`],
  ])('%s: its own', async (_kind, step) => {
    const world = new FlowWorld({ flow: flow(`\n  start: { ${step} }`), headers: { 'X-Word': 'word' } });
    await world.run();
    expect(world.steps).toContain('error');
    expect(world.events).toContainEqual(expect.objectContaining({ type: 'failed', code: 'expression-failed' }));
  });

  test('pay: its own, and nothing was sent', async () => {
    const world = new FlowWorld({ flow: flow(CARD.replace('"1.00"', BAD)), headers: { 'X-Word': 'word' } });
    await world.run();
    expect(world.steps).toContain('error');
    expect(world.payments).toEqual([]);
  });

  test.each([
    ['say', `say: [{ digits: ${BAD} }], next: bye`],
    ['set', `set: { a: ${BAD} }, next: bye`],
    ['route', `route: { when: [{ if: ${BAD}, next: bye }], else: bye }`],
    ['collect', `collect: digits, prompts: [{ say: [{ digits: ${BAD} }] }], on: { collected: bye, failed: bye }`],
    ['menu', `menu: [{ digits: ${BAD} }], choices: { "1": bye }, on: { none: bye }`],
  ])('%s: that of the whole flow', async (_kind, step) => {
    const world = new FlowWorld({ flow: flow(`\n  start: { ${step} }`), headers: { 'X-Word': 'word' } });
    await world.run();
    expect(world.call.heard).toEqual(NOT_WIRED);
    expect(world.events).toContainEqual(expect.objectContaining({ type: 'failed', code: 'expression-failed' }));
  });
});

test('no expression can reach a sensitive field: what it sees of the call has none', async () => {
  const text = `${CARD.replace('bye, declined: declined', 'told, declined: declined')}
  told: { connect: everything, on: { ok: bye, error: bye } }`;
  const world = new FlowWorld({ flow: flow(text), headers: { 'X-Word': 'word' } });
  await world.run();
  const [seen] = world.exchangesOf('everything.run');
  expect(Object.keys(seen?.values ?? {}).sort()).toEqual(['call', 'payment', 'session', 'word']);
  expect(Object.keys(seen?.values.payment ?? {}).sort()).toEqual(['outcome', 'reference', 'token']);
  expect(seen?.sealed).toEqual({});
});
