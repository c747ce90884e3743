import { HushtoneError } from '../../src/errors';
import { settle } from '../support/manual-clock';
import type { ChargeScript } from '../support/scripted-gateway';
import { PaymentWorld, WHOLE_CARD } from './payment-world';

let world: PaymentWorld;
beforeEach(() => {
  world = new PaymentWorld();
});

async function take(script: ChargeScript, attempt = 'att_1', ms = 3_000) {
  world.gateway.charges.push(script);
  const taking = world.payments.take(world.request(attempt));
  await world.clock.advance(ms);
  return taking;
}

describe('a charge without a usable answer', () => {
  test.each(['charged-no-answer', 'lost-no-answer', 'late-no-answer', 'declined-no-answer', 'charged-throws'] as const)(
    '%s: the caller hears that it is being checked, and the card is wiped',
    async (script) => {
      world.gateway.answers.push('unreachable', 'unreachable', 'unreachable');
      expect(await take(script)).toMatchObject({ outcome: 'unknown', reference: 'TXN-1-1' });
      expect(world.wiped()).toEqual(WHOLE_CARD);
      expect(world.events).toMatchObject([{ type: 'payment', outcome: 'unknown' }]);
      expect(world.settled).toEqual([]);
    },
  );

  test.each([
    ['charged-no-answer', 'approved'],
    ['charged-throws', 'approved'],
    ['charged-hangs', 'approved'],
    ['late-no-answer', 'approved'],
    ['declined-no-answer', 'declined'],
    ['lost-no-answer', 'not_found'],
  ] as const)('%s: the look-up finds that it is %s', async (script, state) => {
    world.gateway.charges.push(script);
    const taking = world.payments.take(world.request());
    await settle();
    await world.untilSettled();
    expect(await taking).toMatchObject({ outcome: 'unknown' });
    expect(world.stateOf('att_1')).toBe(state);
    expect(world.gateway.sends).toHaveLength(1);
    expect(world.settled).toMatchObject([{ attempt: 'att_1', state }]);
    expect(world.events).toMatchObject([
      { type: 'payment', outcome: 'unknown' },
      { type: 'payment-settled', outcome: state, order: 'TXN-1', attempt: 'att_1' },
    ]);
    expect(world.clock.running).toBe(0);
  });

  test('a gateway that never answers does not keep the caller for ever', async () => {
    world.gateway.charges.push('charged-hangs');
    let outcome = '';
    void world.payments.take(world.request()).then((result) => (outcome = result.outcome));
    await world.clock.advance(89_999);
    expect(outcome).toBe('');
    await world.clock.advance(1);
    expect(outcome).toBe('unknown');
  });

  test.each(['unknown', 'reconciling'])('blocks every other attempt at the order while it is %s', async (state) => {
    world.gateway.answers.push('unreachable', 'unreachable', 'unreachable');
    await take('lost-no-answer', 'att_1', 2_000);
    if (state === 'reconciling') await world.clock.advance(3_000);
    expect(world.stateOf('att_1')).toBe(state);
    expect(await take('approved', 'att_2')).toMatchObject({ outcome: 'pending', reference: 'TXN-1-1' });
    expect(world.gateway.sends).toHaveLength(1);
  });

  test('once it is found to be paid, the order is already-paid', async () => {
    await take('charged-no-answer');
    await world.untilSettled();
    expect(await take('approved', 'att_2')).toMatchObject({ outcome: 'already-paid', reference: 'gw_TXN-1-1' });
  });
});

describe('a look-up that says not found', () => {
  test('is not believed until the gateway itself must have given up', async () => {
    // Puts a look-up between the limit counted from the answer and the limit counted from `submit_by`.
    world.gateway.limitMs = 30_000;
    await take('lost-no-answer');
    const submitBy = world.journal.all()[0]?.submitBy ?? 0;
    const finalAt = submitBy + world.gateway.limitMs;
    while (world.clock.now() < finalAt - 1_000) {
      await world.clock.advance(1_000);
      expect(world.stateOf('att_1')).toMatch(/unknown|reconciling/);
    }
    expect(world.gateway.lookups.length).toBeGreaterThan(3);
    await world.untilSettled();
    expect(world.stateOf('att_1')).toBe('not_found');
    expect(await take('approved', 'att_2')).toMatchObject({ outcome: 'approved' });
    expect(world.gateway.approvals('TXN-1')).toBe(1);
  });

  test('and a charge that lands afterwards: the look-ups go on and find it, and nobody charges again', async () => {
    await take('late-no-answer');
    await world.clock.advance(5_000);
    expect(world.gateway.lookups.length).toBeGreaterThan(0);
    expect(world.gateway.approvals('TXN-1')).toBe(0);
    expect(await take('approved', 'att_2')).toMatchObject({ outcome: 'pending' });
    await world.untilSettled();
    expect(world.stateOf('att_1')).toBe('approved');
    expect(world.gateway.approvals('TXN-1')).toBe(1);
  });

  test('counts from when it was asked, not from when the answer came', async () => {
    await take('lost-no-answer');
    await world.clock.advance(30_000);
    // Asked before the limit and answered after it: at the moment of asking, the charge could still have landed.
    const lookup = world.gateway.lookup.bind(world.gateway);
    let asked = false;
    world.gateway.lookup = async (request) => {
      const answer = await lookup(request);
      if (!asked) await new Promise<void>((resolve) => world.clock.after(50_000, resolve));
      asked = true;
      return answer;
    };
    const before = world.gateway.lookups.length;
    await world.clock.advance(60_000);
    expect(world.gateway.lookups.length).toBe(before + 1);
    expect(world.stateOf('att_1')).toBe('reconciling');
    await world.untilSettled();
    expect(world.stateOf('att_1')).toBe('not_found');
  });

  test('is not believed earlier because the wall clock was set forward', async () => {
    await take('lost-no-answer');
    const now = world.clock.now.bind(world.clock);
    world.clock.now = () => now() + 7_200_000;
    await world.clock.advance(20_000);
    expect(world.gateway.lookups.length).toBeGreaterThan(2);
    expect(world.stateOf('att_1')).toBe('reconciling');
    await world.untilSettled();
    expect(world.stateOf('att_1')).toBe('not_found');
  });
});

describe('a gateway that cannot be looked up', () => {
  test.each(['unreachable', 'throws', 'hangs'] as const)(
    '%s: is asked ever more rarely, and after a day a person is asked instead',
    async (script) => {
      world.gateway.answers.push(...Array<typeof script>(5_000).fill(script));
      await take('charged-no-answer');
      await world.clock.advance(3_600_000);
      const inFirstHour = world.gateway.lookups.length;
      expect(inFirstHour).toBeLessThan(30);
      await world.clock.advance(22 * 3_600_000);
      expect(world.stateOf('att_1')).toBe('reconciling');
      await world.clock.advance(2 * 3_600_000);
      expect(world.stateOf('att_1')).toBe('manual_review');
      expect(world.clock.running).toBe(0);
      expect(world.settled).toMatchObject([{ attempt: 'att_1', state: 'manual_review' }]);
      expect(await take('approved', 'att_2')).toMatchObject({ outcome: 'pending' });
      expect(world.gateway.sends).toHaveLength(1);
    },
    20_000,
  );

  test('is found settled as soon as it can be reached again', async () => {
    world.gateway.answers.push(...Array<'unreachable'>(20).fill('unreachable'));
    await take('charged-no-answer');
    await world.untilSettled();
    expect(world.stateOf('att_1')).toBe('approved');
  });

  test('after a day of standstill it is still asked a few times first', async () => {
    await take('charged-no-answer', 'att_1', 2_000);
    world.payments.close();
    await world.clock.advance(3 * 86_400_000);
    world.gateway.answers.push('unreachable', 'unreachable');
    world.start();
    expect(await world.payments.sweep()).toBe(1);
    await world.untilSettled();
    expect(world.stateOf('att_1')).toBe('approved');
  });
});

describe('a journal that cannot be written', () => {
  const broken = new HushtoneError('journal-unavailable', 'the disk is full');

  test('before the attempt is opened: nothing is sent, and the caller may try later', async () => {
    world.journal.before = () => {
      throw broken;
    };
    expect(await take('approved')).toMatchObject({
      outcome: 'error',
      reason: expect.stringContaining('disk is full') as string,
    });
    expect(world.gateway.sends).toEqual([]);
    expect(world.wiped()).toEqual(WHOLE_CARD);
    await world.payments.idle();
    world.journal.before = () => undefined;
    expect(await take('approved', 'att_2')).toMatchObject({ outcome: 'approved' });
  });

  test('for the intent to send: nothing is sent, and what was opened is taken back', async () => {
    world.journal.before = (_operation, change) => {
      if (change?.to === 'submitting') throw broken;
    };
    expect(await take('approved')).toMatchObject({ outcome: 'error' });
    expect(world.gateway.sends).toEqual([]);
    expect(world.stateOf('att_1')).toBe('abandoned');
  });

  test('when the intent was written but the answer got lost: nothing is sent, and it is taken back', async () => {
    world.journal.after = (_operation, change) => {
      if (change?.to === 'submitting') throw broken;
    };
    expect(await take('approved')).toMatchObject({ outcome: 'error' });
    expect(world.gateway.sends).toEqual([]);
    expect(world.journal.history).toEqual(['att_1 created', 'att_1 submitting', 'att_1 abandoned']);
  });

  test('after sending: the caller hears the truth, and the outcome is written as soon as it can be', async () => {
    world.journal.before = (_operation, change) => {
      if (change?.to === 'approved') throw broken;
    };
    expect(await take('approved')).toMatchObject({ outcome: 'approved', reference: 'gw_TXN-1-1' });
    expect(world.wiped()).toEqual(WHOLE_CARD);
    expect(world.stateOf('att_1')).toBe('submitting');
    expect(world.settled).toEqual([]);
    expect(await take('approved', 'att_2')).toMatchObject({ outcome: 'pending' });
    world.journal.before = () => undefined;
    await world.clock.advance(60_000);
    await world.payments.idle();
    expect(world.stateOf('att_1')).toBe('approved');
    expect(world.settled).toMatchObject([{ attempt: 'att_1', state: 'approved' }]);
    expect(world.gateway.lookups).toEqual([]);
    expect(world.clock.running).toBe(0);
  });

  test('for hours after sending: it gives up holding the outcome, and the sweep finds it at the gateway', async () => {
    world.journal.before = (_operation, change) => {
      if (change?.to === 'approved') throw broken;
    };
    await take('approved');
    await world.clock.advance(2 * 3_600_000);
    await world.payments.idle();
    expect(world.clock.running).toBe(0);
    world.journal.before = () => undefined;
    expect(await world.payments.sweep()).toBe(0);
    expect(world.stateOf('att_1')).toBe('approved');
    expect(world.gateway.sends).toHaveLength(1);
  });

  test('for the unknown outcome: it is looked up as soon as the journal is back', async () => {
    world.journal.before = (operation) => {
      if (operation !== 'open' && world.gateway.sends.length > 0) throw broken;
    };
    expect(await take('charged-no-answer')).toMatchObject({ outcome: 'unknown' });
    await world.clock.advance(600_000);
    expect(world.stateOf('att_1')).toBe('submitting');
    world.journal.before = () => undefined;
    await world.untilSettled();
    expect(world.stateOf('att_1')).toBe('approved');
  });
});

describe('a journal that is slow', () => {
  const slowly = (state: string, ms: number) => (operation: string, change?: { to: string }) =>
    (change?.to ?? operation) === state ? new Promise<void>((resolve) => world.clock.after(ms, resolve)) : undefined;

  test.each(['open', 'submitting'])('to write %s: nothing is sent after the time for it', async (state) => {
    world.journal.before = slowly(state, 30_000);
    expect(await take('approved', 'att_1', 6_000)).toMatchObject({ outcome: 'error' });
    await world.clock.advance(60_000);
    await world.payments.idle();
    expect(world.gateway.sends).toEqual([]);
    expect(world.stateOf('att_1')).toBe('abandoned');
    expect(world.clock.running).toBe(0);
  });

  test('to write the outcome: the caller hears it all the same', async () => {
    world.journal.before = slowly('approved', 30_000);
    expect(await take('approved', 'att_1', 2_000)).toMatchObject({ outcome: 'approved' });
    await world.clock.advance(60_000);
    expect(world.stateOf('att_1')).toBe('approved');
  });

  test('an attempt that a dead process may have sent is never taken back by a slow journal', async () => {
    world.gateway.charges.push('charged-hangs');
    void world.payments.take(world.request());
    await settle();
    world.start();
    world.journal.after = slowly('open', 30_000);
    const again = world.payments.take(world.request());
    await world.clock.advance(40_000);
    expect(await again).toMatchObject({ outcome: 'error' });
    expect(world.stateOf('att_1')).toBe('submitting');
  });
});

describe('the fence right before the first byte', () => {
  test('a process that stalled after the journal had written does not send', async () => {
    world.journal.after = (_operation, change) => {
      if (change?.to !== 'submitting') return;
      const monotonic = world.clock.monotonic.bind(world.clock);
      world.clock.monotonic = () => monotonic() + 6_000;
    };
    expect(await take('approved')).toMatchObject({
      outcome: 'error',
      reason: expect.stringContaining('too slow') as string,
    });
    expect(world.gateway.sends).toEqual([]);
    expect(world.stateOf('att_1')).toBe('abandoned');
  });

  test('is handed to the gateway, which asks it again right before the first byte', async () => {
    const open: (boolean | undefined)[] = [];
    world.gateway.onSend = ({ mayLeave }) => open.push(mayLeave());
    await take('approved', 'att_1', 4_000);
    open.push(world.gateway.sends[0]?.mayLeave());
    await world.clock.advance(1_000);
    open.push(world.gateway.sends[0]?.mayLeave());
    expect(open).toEqual([true, true, false]);
  });

  test('a wall clock that was set back does not lengthen it, set forward closes it', async () => {
    const now = world.clock.now.bind(world.clock);
    world.journal.after = (_operation, change) => {
      if (change?.to === 'submitting') world.clock.now = () => now() + 6_000;
    };
    expect(await take('approved')).toMatchObject({ outcome: 'error' });
    expect(world.gateway.sends).toEqual([]);
  });
});
