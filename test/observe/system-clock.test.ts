import { randomIds } from '../../src/observe/random-ids';
import { SystemClock } from '../../src/observe/system-clock';

describe('the system clock', () => {
  it('counts the timers that run, so that one left behind is noticed', async () => {
    const clock = new SystemClock();
    const far = clock.after(60_000, () => undefined);
    expect(clock.running).toBe(1);
    await new Promise<void>((resolve) => clock.after(0, resolve));
    expect(clock.running).toBe(1);
    far.cancel();
    far.cancel();
    expect(clock.running).toBe(0);
  });

  it('tells the time of day, and a time that never goes back', () => {
    const clock = new SystemClock();
    const from = Date.now();
    const told = clock.now();
    expect(told).toBeGreaterThanOrEqual(from);
    expect(told).toBeLessThanOrEqual(Date.now());
    const before = clock.monotonic();
    expect(clock.monotonic()).toBeGreaterThanOrEqual(before);
  });
});

describe('ids', () => {
  it('have their kind in front, are never the same, and cannot be taken for a card', () => {
    const ids = Array.from({ length: 100 }, () => randomIds('call'));
    for (const id of ids) expect(id).toMatch(/^call_[0-9a-f]{32}$/);
    expect(new Set(ids).size).toBe(100);
  });
});
