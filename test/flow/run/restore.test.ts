import { paymentIn, type StoredFlow } from '../../../src/flow/run/restore';
import { settle } from '../../support/manual-clock';
import { FlowWorld, type WorldScript } from '../../support/scripted-flow-world';

/** Every state that a successful call is kept in, by the steps it is in. */
async function storedStates(script: WorldScript = {}): Promise<Map<string, StoredFlow>> {
  const world = new FlowWorld(script);
  await world.run();
  const states = world.stored.map((stored): [string, StoredFlow] => [JSON.stringify(valueOf(stored)), stored]);
  return new Map(states.filter(([, { snapshot }]) => snapshot.status === 'active'));
}

function valueOf({ snapshot }: StoredFlow): unknown {
  return 'value' in snapshot ? snapshot.value : null;
}

/** A new process takes the call over: its vault is empty, its ids are others, its world answers anew. */
function adopter(script: WorldScript = {}): FlowWorld {
  return new FlowWorld(script, 'b');
}

const BEFORE_CARD = ['"$load"', '"welcome"', '"private"', '{"card":"asking"}'];
const CARD_LOST = [
  '{"expiry":"asking"}',
  '{"cvv":"asking"}',
  '"sending"',
  '{"send-otp":"generating"}',
  '{"send-otp":"sending"}',
  '{"send-otp":"asking"}',
  '{"pay":"numbering"}',
];
const PAYING = '{"pay":"taking"}';
const AFTER = ['"confirmed"', '"receipt"', '"thanks"', '{"back":"ringing"}', '{"back":"talking"}'];

test('these tests restore every state that a successful call is kept in', async () => {
  const states = await storedStates();
  expect([...states.keys()]).toEqual([...BEFORE_CARD, ...CARD_LOST, PAYING, ...AFTER]);
});

test('a payment is under way from the choice of its attempt on until its outcome is known', async () => {
  const under: string[] = [];
  const outcomes = new Set<string | null>();
  for (const [state, stored] of await storedStates()) {
    const { underWay, outcome } = paymentIn(stored);
    if (underWay) under.push(state);
    outcomes.add(outcome);
  }
  expect(under).toEqual(['{"pay":"numbering"}', PAYING]);
  expect([...outcomes]).toEqual(['none', 'unknown', 'approved']);
  expect(paymentIn({ version: 'v0', snapshot: 'of another engine' })).toEqual({ underWay: false, outcome: null });
});

describe('a flow taken over by another process', () => {
  test.each(BEFORE_CARD)('in %s goes on as it was, and pays once', async (state) => {
    const world = adopter();
    const end = await world.run((await storedStates()).get(state));
    expect(end.payment.outcome).toBe('approved');
    expect(world.payments).toHaveLength(1);
    expect(world.resumed).toEqual([]);
    expect(world.call.heard).not.toContain('engine-restarted');
  });

  test.each(['"welcome"', '{"card":"asking"}'])(
    'in %s goes on when an older engine kept the context beside the effect as well',
    async (state) => {
      const stored = (await storedStates()).get(state);
      if (stored === undefined) throw new Error(`no call was kept in ${state}`);
      const older = JSON.parse(JSON.stringify(stored), (key, value: unknown) =>
        key === 'input' ? { ...(value as object), context: { values: {} } } : value,
      ) as StoredFlow;
      expect(JSON.stringify(older)).not.toBe(JSON.stringify(stored));
      const world = adopter();
      expect((await world.run(older)).payment.outcome).toBe('approved');
      expect(world.payments).toMatchObject([{ amount: '2500.50' }]);
    },
  );

  test.each(CARD_LOST)('in %s asks for the card again, because its digits died, and pays once', async (state) => {
    const world = adopter();
    const end = await world.run((await storedStates()).get(state));
    expect(world.call.heard[0]).toBe('engine-restarted');
    expect(world.steps[0]).toBe('card');
    expect(end.payment.outcome).toBe('approved');
    expect(world.payments).toHaveLength(1);
    expect(world.exchangesOf('otp-pay.generate')).toHaveLength(1);
    expect(world.vault.size()).toBe(0);
  });

  test('while paying asks what became of the attempt and never sends it again', async () => {
    const stored = (await storedStates()).get(PAYING);
    const world = adopter({ resume: { outcome: 'approved', reference: 'GW-1', reason: '' } });
    const end = await world.run(stored);
    expect(world.resumed).toHaveLength(1);
    expect(world.payments).toEqual([]);
    expect(end.payment).toMatchObject({ outcome: 'approved', reference: 'GW-1' });
    expect(world.call.heard).toContain('payment-approved GW-1');
  });

  test.each(['declined', 'unknown', 'pending', 'already-paid', 'error'] as const)(
    'while paying takes the way of %s',
    async (outcome) => {
      const world = adopter({ resume: { outcome, reference: '', reason: '' } });
      await world.run((await storedStates()).get(PAYING));
      expect(world.payments).toEqual([]);
      expect(world.call.returnRequests[0]?.headers['X-Payment-Result']).toBe(outcome);
    },
  );

  test.each(['start-again', 'otp-invalid'] as const)(
    'while paying, with %s: the caller keys the card again, and the next attempt is another one',
    async (answer) => {
      const resume = answer === 'start-again' ? answer : { outcome: answer, reference: '', reason: '' };
      const world = adopter({ resume });
      const end = await world.run((await storedStates()).get(PAYING));
      expect(world.call.heard[0]).toBe('engine-restarted');
      expect(world.steps).toContain('card');
      expect(world.payments).toHaveLength(1);
      expect(world.payments[0]?.attempt).not.toBe(world.resumed[0]);
      expect(end.payment.outcome).toBe('approved');
    },
  );

  test.each(AFTER)('in %s pays nothing more and ends', async (state) => {
    const world = adopter();
    const running = world.begin((await storedStates()).get(state));
    await settle();
    world.call.end('agent');
    const end = await running;
    expect(end.payment.outcome).toBe('approved');
    expect(world.payments).toEqual([]);
    expect(world.resumed).toEqual([]);
  });

  test('keeps the attempts that were used up', async () => {
    const states = await storedStates({ keys: { 'card-number': ['4111111111111112', '4111111111111111'] } });
    const world = adopter({ keys: { 'card-number': [{ fails: 'timeout' }] } });
    await world.run(states.get('{"expiry":"asking"}'));
    expect(world.call.listens.map(({ attempt }) => attempt)).toEqual([3]);
    expect(world.call.heard).toContain('sorry-not-understood');
  });

  test('has what is left of its session limit', async () => {
    const stored = (await storedStates()).get('{"card":"asking"}');
    const world = adopter({ keys: { 'card-number': ['silent-for-ever'] } });
    await world.clock.advance(4 * 60_000);
    const end = world.begin(stored);
    await settle();
    await world.clock.advance(59_000);
    expect(world.call.heard).not.toContain('session-timeout');
    await world.clock.advance(1_000);
    expect(world.call.heard).toContain('session-timeout');
    world.call.end('agent');
    await end;
    expect(world.clock.running).toBe(0);
  });

  test('whose limit has passed meanwhile is returned', async () => {
    const stored = (await storedStates()).get('{"card":"asking"}');
    const world = adopter({ keys: { 'card-number': ['silent-for-ever'] } });
    await world.clock.advance(60 * 60_000);
    const end = world.begin(stored);
    await world.clock.advance(0);
    expect(world.call.heard).toContain('session-timeout');
    world.call.end('agent');
    await end;
  });

  test('kept by an engine that knew less goes on', async () => {
    const stored = (await storedStates()).get('"welcome"');
    const snapshot = JSON.parse(JSON.stringify(stored?.snapshot)) as Record<'context', Record<string, unknown>>;
    const later = ['languages', 'session', 'payment'];
    snapshot.context = Object.fromEntries(Object.entries(snapshot.context).filter(([name]) => !later.includes(name)));
    const world = adopter();
    const end = await world.run({ version: stored?.version ?? '', snapshot: snapshot as never });
    expect(end.payment.outcome).toBe('approved');
    expect(world.call.heard[0]).toMatch(/^welcome-payment/);
  });

  test('of another version is refused', async () => {
    const stored = (await storedStates()).get('"welcome"');
    if (stored === undefined) throw new Error('no such state');
    await expect(adopter().begin({ ...stored, version: 'another' })).rejects.toMatchObject({ code: 'flow-invalid' });
  });
});

describe('a flow whose engine was gone for a while', () => {
  /** Ends a call that talks with the agent, as the robot of `run` does, whatever the state was. */
  async function broughtBack(stored: StoredFlow | undefined, script: WorldScript = {}): Promise<FlowWorld> {
    const world = adopter({ ...script, restored: 'bring-back' });
    const running = world.begin(stored);
    await settle();
    world.call.end('agent');
    await running;
    expect(world.clock.running).toBe(0);
    return world;
  }

  test.each([...BEFORE_CARD, ...CARD_LOST])(
    'in %s: the caller hears it, goes back, and is asked nothing',
    async (state) => {
      const world = await broughtBack((await storedStates()).get(state));
      expect(world.call.heard[0]).toBe('call-interrupted');
      expect(world.call.listens).toEqual([]);
      expect(world.payments).toEqual([]);
      expect(world.resumed).toEqual([]);
      expect(world.call.returnRequests).toHaveLength(1);
      expect(world.call.returnRequests[0]).toMatchObject({
        target: 'agent-101',
        headers: { 'X-Payment-Result': 'none' },
      });
    },
  );

  test.each([
    ['approved', 'approved'],
    ['declined', 'declined'],
    ['unknown', 'unknown'],
    ['error', 'error'],
    ['otp-invalid', 'none'],
    ['start-again', 'none'],
  ] as const)(
    'while paying, when the attempt is %s: nothing is sent or asked, the agent is told',
    async (answer, told) => {
      const resume = answer === 'start-again' ? answer : { outcome: answer, reference: 'GW-1', reason: '' };
      const world = await broughtBack((await storedStates()).get(PAYING), { resume });
      expect(world.call.heard[0]).toBe('call-interrupted');
      expect(world.payments).toEqual([]);
      expect(world.resumed).toHaveLength(1);
      expect(world.call.listens).toEqual([]);
      expect(world.call.returnRequests[0]).toMatchObject({
        target: 'agent-101',
        headers: { 'X-Payment-Result': told },
      });
    },
  );

  test('after the payment sends the receipt, and says what became of it', async () => {
    const world = await broughtBack((await storedStates()).get('"receipt"'));
    expect(world.exchangesOf('sms-dlt.send')).toHaveLength(1);
    expect(world.call.heard).toContain('payment-approved GW-77');
    expect(world.call.returnRequests[0]?.headers['X-Payment-Result']).toBe('approved');
  });

  test('while the caller talks with the agent, they go on talking', async () => {
    const world = await broughtBack((await storedStates()).get('{"back":"talking"}'));
    expect(world.call.heard).toEqual([]);
    expect(world.call.returnRequests).toEqual([]);
  });

  test('while it hung up, it hangs up', async () => {
    const flow = `
flow: small
dids: ["1"]
languages: [en]
session-timeout: 1m
context:
  - headers: { amount: X-Amount }
start: bye
steps:
  bye: { end: true, cause: 21 }
`;
    const world = await broughtBack((await storedStates({ flow })).get('"bye"'), { flow });
    expect(world.call.endCause).toBe(21);
    expect(world.call.heard).toEqual([]);
  });

  test.each([
    ['{"cvv":"asking"}', 'none'],
    [PAYING, 'unknown'],
  ])('and has been changed meanwhile, in %s: the caller goes back, and the agent is told %s', async (state, told) => {
    const stored = (await storedStates()).get(state);
    if (stored === undefined) throw new Error('no such state');
    const world = await broughtBack({ ...stored, version: 'another' });
    expect(world.resumed).toEqual([]);
    expect(world.call.listens).toEqual([]);
    expect(world.call.returnRequests[0]).toMatchObject({ target: 'agent-101', headers: { 'X-Payment-Result': told } });
  });
});
