import type { Clock, Timer } from '../../../ports/clock';

interface Pending {
  readonly due: number;
  /** What it was armed for. */
  readonly ms: number;
  readonly action: () => void;
}

/** Time that stands still until it is moved from one timer to the next. A simulated call of five minutes takes milliseconds. */
export class VirtualClock implements Clock {
  private readonly pending: Pending[] = [];

  /**
   * @param start wall clock at the beginning, ms since the epoch
   * @param elapsed ms since then
   */
  constructor(
    private readonly start: number,
    private elapsed = 0,
  ) {}

  now(): number {
    return this.start + this.elapsed;
  }

  monotonic(): number {
    return this.elapsed;
  }

  after(ms: number, action: () => void): Timer {
    const timer: Pending = { due: this.elapsed + Math.max(0, ms), ms, action };
    const later = this.pending.findIndex(({ due }) => due > timer.due);
    this.pending.splice(later < 0 ? this.pending.length : later, 0, timer);
    return {
      cancel: () => {
        this.remove(timer);
      },
    };
  }

  /** Moves on to the next timer and fires it. False: none runs. */
  step(): boolean {
    const next = this.pending.shift();
    if (next === undefined) return false;
    this.elapsed = Math.max(this.elapsed, next.due);
    next.action();
    return true;
  }

  /** Fires the timer that is due at exactly this time of the wall clock, as if it had come. False: none is. */
  hasten(at: number): boolean {
    const timer = this.pending.find(({ due }) => this.start + due === at);
    if (timer === undefined) return false;
    this.remove(timer);
    timer.action();
    return true;
  }

  /** Whether a timer is due at exactly this time of the wall clock. */
  isDue(at: number): boolean {
    return this.pending.some(({ due }) => this.start + due === at);
  }

  /** The timers that run, the next one first: what each was armed for, and what is left of it, ms. */
  running(): readonly { readonly ms: number; readonly left: number }[] {
    return this.pending.map(({ ms, due }) => ({ ms, left: due - this.elapsed }));
  }

  private remove(timer: Pending): void {
    const at = this.pending.indexOf(timer);
    if (at >= 0) this.pending.splice(at, 1);
  }
}
