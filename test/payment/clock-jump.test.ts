import { settle } from '../support/manual-clock';
import { PaymentWorld } from './payment-world';

const HOURS = 3_600_000;

let world: PaymentWorld;
beforeEach(() => {
  world = new PaymentWorld();
});

describe.each([
  ['forward', 5 * HOURS],
  ['back', -5 * HOURS],
])('a wall clock that jumps %s', (_where, ms) => {
  test('while the gateway works: the payment is approved, and once', async () => {
    world.gateway.charges.push('slow-approved');
    const taking = world.payments.take(world.request());
    await settle();
    world.clock.jump(ms);
    await world.clock.advance(10_000);
    expect(await taking).toMatchObject({ outcome: 'approved' });
    expect(world.gateway.sends).toHaveLength(1);
    expect(world.clock.running).toBe(0);
  });

  test('while an answer is awaited in vain: a charge that lands late is found, never taken for not made', async () => {
    world.gateway.charges.push('late-no-answer');
    const taking = world.payments.take(world.request());
    await world.clock.advance(3_000);
    world.clock.jump(ms);
    expect(await taking).toMatchObject({ outcome: 'unknown' });
    await world.untilSettled();
    expect(world.stateOf('att_1')).toBe('approved');
    expect(world.gateway.sends).toHaveLength(1);
  });

  test('before another attempt at the order: it is still blocked by the first', async () => {
    world.gateway.charges.push('charged-no-answer');
    world.gateway.answers.push('unreachable', 'unreachable', 'unreachable', 'unreachable');
    const first = world.payments.take(world.request());
    await world.clock.advance(3_000);
    await first;
    world.clock.jump(ms);
    expect(await world.payments.take(world.request('att_2'))).toMatchObject({ outcome: 'pending' });
    expect(world.gateway.sends).toHaveLength(1);
    world.payments.close();
  });
});

test('set forward between the journal and the first byte, it stops what is no longer certain to be in time', async () => {
  world.journal.after = (operation, change) => {
    if (operation === 'move' && change?.to === 'submitting') world.clock.jump(5 * HOURS);
  };
  expect(await world.payments.take(world.request())).toMatchObject({ outcome: 'error' });
  expect(world.gateway.sends).toEqual([]);
  expect(world.stateOf('att_1')).toBe('abandoned');
});
