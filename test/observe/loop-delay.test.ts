import { watchLoopDelay, type Ticker } from '../../src/observe/loop-delay';

describe('the event loop', () => {
  it('is asked ten times a second how late it is, and a wait that blocks it is seen', () => {
    const told: number[] = [];
    let at = 1000;
    let tick = (): void => undefined;
    let stopped = false;
    const ticker: Ticker = {
      now: () => at,
      every: (ms, action) => {
        expect(ms).toBe(100);
        tick = action;
        return () => (stopped = true);
      },
    };
    const stop = watchLoopDelay((ms) => told.push(ms), ticker);
    for (const ms of [100, 101.5, 350, 99.8]) {
      at += ms;
      tick();
    }
    expect(told.map((ms) => Math.round(ms * 10) / 10)).toEqual([0, 1.5, 250, 0]);
    stop();
    expect(stopped).toBe(true);
  });
});
