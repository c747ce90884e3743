import { settle } from '../../support/manual-clock';
import { FlowWorld } from '../../support/scripted-flow-world';

const HOURS = 3_600_000;

describe.each([
  ['forward', 5 * HOURS],
  ['back', -5 * HOURS],
  ['back beyond the epoch', -100 * 365 * 24 * HOURS],
])('a wall clock that jumps %s', (_where, ms) => {
  test('at any effect of a call changes nothing for the caller', async () => {
    const straight = new FlowWorld();
    await straight.run();
    for (const moment of new Set(straight.reached)) {
      const world: FlowWorld = new FlowWorld({
        reach: (effect) => {
          if (effect === moment) world.clock.jump(ms);
        },
      });
      const end = await world.run();
      expect([moment, end.payment.outcome]).toEqual([moment, 'approved']);
      expect(world.call.heard).toEqual(straight.call.heard);
      expect(world.clock.running).toBe(0);
    }
  });

  test('neither shortens nor lengthens the time that a call may take', async () => {
    const world = new FlowWorld({ keys: { 'card-number': ['silent-for-ever'] } });
    const end = world.begin();
    await settle();
    world.clock.jump(ms);
    await world.clock.advance(5 * 60_000 - 1);
    expect(world.call.heard).not.toContain('session-timeout');
    await world.clock.advance(1);
    expect(world.call.heard).toContain('session-timeout');
    world.call.end('agent');
    await end;
  });
});
