import type { Clock, Timer } from '../ports/clock';

/** Real time. Counts its timers, so that a call that left one behind can be noticed. */
export class SystemClock implements Clock {
  private readonly timers = new Set<NodeJS.Timeout>();

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
}
