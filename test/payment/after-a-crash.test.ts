import { HushtoneError } from '../../src/errors';
import { settle } from '../support/manual-clock';
import type { ChargeScript } from '../support/scripted-gateway';
import { PaymentWorld } from './payment-world';

let world: PaymentWorld;
beforeEach(() => {
  world = new PaymentWorld();
});

/** Leaves an attempt in the journal as a process that died there would. */
async function diedIn(
  state: 'created' | 'submitting' | 'unknown',
  script: ChargeScript = 'charged-hangs',
): Promise<void> {
  const dead = new Promise<never>(() => undefined);
  world.gateway.charges.push(script);
  world.journal.after = (operation, change) => ((change?.to ?? operation) === state ? dead : undefined);
  if (state === 'created') world.journal.after = (operation) => (operation === 'open' ? dead : undefined);
  if (state === 'submitting')
    world.journal.before = (_operation, change) => (change?.to === 'submitting' ? undefined : change && dead);
  if (state === 'submitting') world.journal.after = () => undefined;
  void world.payments.take(world.request());
  await settle();
  world.journal.before = () => undefined;
  world.journal.after = () => undefined;
  expect(world.stateOf('att_1')).toBe(state);
  world.start();
}

describe('the sweep at start-up', () => {
  test('gives up what was only created', async () => {
    await diedIn('created');
    expect(await world.payments.sweep()).toBe(0);
    expect(world.stateOf('att_1')).toBe('abandoned');
    expect(world.gateway.lookups).toEqual([]);
    expect(world.settled).toMatchObject([{ state: 'abandoned' }]);
  });

  test.each([
    ['charged-hangs', 'approved'],
    ['declined', 'declined'],
  ] as const)('looks up what was being sent: %s is %s', async (script, state) => {
    await diedIn('submitting', script);
    expect(await world.payments.sweep()).toBe(0);
    expect(world.stateOf('att_1')).toBe(state);
    expect(world.gateway.sends).toHaveLength(1);
  });

  test('goes on looking for what the gateway does not know yet', async () => {
    await diedIn('submitting', 'late-no-answer');
    expect(await world.payments.sweep()).toBe(1);
    expect(await world.payments.take(world.request('att_2'))).toMatchObject({ outcome: 'pending' });
    await world.untilSettled();
    expect(world.stateOf('att_1')).toBe('approved');
    expect(world.gateway.approvals('TXN-1')).toBe(1);
  });

  test('run again by a timer adds no look-ups to those under way', async () => {
    await diedIn('submitting', 'lost-no-answer');
    world.gateway.answers.push('unreachable');
    expect(await world.payments.sweep()).toBe(1);
    expect(await world.payments.sweep()).toBe(1);
    expect(world.gateway.lookups).toHaveLength(1);
  });

  test('leaves alone what this process is taking', async () => {
    world.gateway.charges.push('slow-approved');
    const taking = world.payments.take(world.request());
    await settle();
    expect(await world.payments.sweep()).toBe(0);
    expect(world.stateOf('att_1')).toBe('submitting');
    await world.clock.advance(10_000);
    expect(await taking).toMatchObject({ outcome: 'approved' });
    expect(world.gateway.lookups).toEqual([]);
  });

  test('settles many, a few at a time', async () => {
    world.gateway.charges.push(...Array<ChargeScript>(30).fill('charged-hangs'));
    for (let index = 0; index < 30; index++) {
      void world.payments.take(world.request(`att_${index}`, { reference: `TXN-${index}` }));
    }
    await settle();
    let atOnce = 0;
    let most = 0;
    const lookup = world.gateway.lookup.bind(world.gateway);
    world.gateway.lookup = async (request) => {
      most = Math.max(most, ++atOnce);
      const answer = await lookup(request);
      atOnce--;
      return answer;
    };
    world.start();
    expect(await world.payments.sweep()).toBe(0);
    expect(world.journal.all().every(({ state }) => state === 'approved')).toBe(true);
    expect(most).toBeLessThanOrEqual(8);
  });

  test('says when the journal cannot be read', async () => {
    world.journal.before = () => {
      throw new HushtoneError('journal-unavailable', 'gone');
    };
    await expect(world.payments.sweep()).rejects.toMatchObject({ code: 'journal-unavailable' });
  });
});

describe('a restored flow', () => {
  test('starts again when nothing was written', async () => {
    expect(await world.payments.resume('att_1')).toBe('start-again');
  });

  test('starts again when the attempt was only created', async () => {
    await diedIn('created');
    expect(await world.payments.resume('att_1')).toBe('start-again');
    expect(world.stateOf('att_1')).toBe('abandoned');
  });

  test('hears what became of an attempt that was being sent', async () => {
    await diedIn('submitting');
    expect(await world.payments.resume('att_1')).toMatchObject({ outcome: 'approved', reference: 'gw_TXN-1-1' });
  });

  test('hears that it is being checked while the gateway does not say', async () => {
    await diedIn('submitting', 'late-no-answer');
    expect(await world.payments.resume('att_1')).toMatchObject({ outcome: 'unknown', reference: 'TXN-1-1' });
    await world.untilSettled();
    expect(await world.payments.resume('att_1')).toMatchObject({ outcome: 'approved' });
  });

  test.each([
    ['approved', { outcome: 'approved', reference: 'gw_TXN-1-1' }],
    ['declined', { outcome: 'declined', reason: 'insufficient funds' }],
  ] as const)('hears a final outcome again: %s', async (script, result) => {
    world.gateway.charges.push(script);
    await world.payments.take(world.request());
    expect(await world.start().resume('att_1')).toMatchObject(result);
  });

  test('starts again after a wrong OTP, because the card died with the process', async () => {
    world.gateway.charges.push('otp-invalid');
    await world.payments.take(world.request());
    expect(await world.start().resume('att_1')).toBe('start-again');
  });

  test('hears the same as the caller when the payment is still under way here', async () => {
    world.gateway.charges.push('slow-approved');
    const taking = world.payments.take(world.request());
    await settle();
    const resuming = world.payments.resume('att_1');
    await world.clock.advance(10_000);
    expect(await resuming).toEqual(await taking);
  });

  test('never claims that nothing was charged while the journal cannot be read', async () => {
    world.journal.before = () => {
      throw new HushtoneError('journal-unavailable', 'gone');
    };
    expect(await world.payments.resume('att_1')).toMatchObject({ outcome: 'unknown' });
  });

  test('never sends', async () => {
    for (const state of ['created', 'submitting'] as const) {
      world = new PaymentWorld();
      await diedIn(state, 'lost-no-answer');
      const sends = world.gateway.sends.length;
      await world.payments.resume('att_1');
      await world.untilSettled();
      expect(world.gateway.sends).toHaveLength(sends);
    }
  });
});
