import type { Clock, Timer } from '../ports/clock';

/** Real time. Counts its timers, so that a call that left one behind can be noticed. */
export class SystemClock implements Clock {
  private readonly timers = new Set<object>();

  /** Timers that are running. */
  get running(): number {
    return this.timers.size;
  }

  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  after(ms: number, action: () => void): Timer {
    if (ms <= 0) return this.soon(action);
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      action();
    }, ms);
    this.timers.add(timer);
    return {
      cancel: () => {
        this.timers.delete(timer);
        clearTimeout(timer);
      },
    };
  }

  /** Within this turn of the event loop: a timer of 0 ms would wake the process up once more. */
  private soon(action: () => void): Timer {
    const immediate = setImmediate(() => {
      this.timers.delete(immediate);
      action();
    });
    this.timers.add(immediate);
    return {
      cancel: () => {
        this.timers.delete(immediate);
        clearImmediate(immediate);
      },
    };
  }
}
