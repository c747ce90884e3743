import type { Clock, Timer } from '../../src/ports/clock';

interface Pending extends Timer {
  readonly due: number;
  readonly order: number;
  readonly action: () => void;
}

/** A clock that moves only when told to. Timers fire in order of their due time, then of their making. */
export class ManualClock implements Clock {
  private readonly pending = new Set<Pending>();
  private elapsed = 0;
  private jumped = 0;
  private made = 0;

  constructor(private readonly start = Date.UTC(2026, 0, 15, 12, 0, 0)) {}

  now(): number {
    return this.start + this.elapsed + this.jumped;
  }

  monotonic(): number {
    return this.elapsed;
  }

  after(ms: number, action: () => void): Timer {
    const timer: Pending = {
      due: this.elapsed + Math.max(0, ms),
      order: this.made++,
      action,
      cancel: () => void this.pending.delete(timer),
    };
    this.pending.add(timer);
    return timer;
  }

  /** Sets the wall clock forward, or back, and nothing else: no time has passed. */
  jump(ms: number): void {
    this.jumped += ms;
  }

  /** Moves time on, firing every timer that falls due on the way, and lets promises settle between them. */
  async advance(ms: number): Promise<void> {
    const end = this.elapsed + ms;
    await settle();
    for (let next = this.nextDue(end); next !== undefined; next = this.nextDue(end)) {
      this.pending.delete(next);
      this.elapsed = Math.max(this.elapsed, next.due);
      next.action();
      await settle();
    }
    this.elapsed = end;
    await settle();
  }

  /** Timers still running: a test asserts 0 when everything is over. */
  get running(): number {
    return this.pending.size;
  }

  private nextDue(end: number): Pending | undefined {
    let next: Pending | undefined;
    for (const timer of this.pending) {
      if (timer.due > end) continue;
      if (next === undefined || timer.due < next.due || (timer.due === next.due && timer.order < next.order))
        next = timer;
    }
    return next;
  }
}

/** Lets every promise that can settle without time do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
