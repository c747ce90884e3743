import { messageOf } from './errors';
import type { Clock } from './ports/clock';
import type { Logger } from './ports/logger';

/** Thrown out of a start that was asked to stop: there is nothing to report. */
export class StoppedWhileStarting extends Error {}

/** What has been started, to be ended in reverse order. Ending is tried for each, whatever became of the others. */
export class Started {
  private readonly endings: (readonly [string, () => unknown])[] = [];
  private readonly wanted = new AbortController();
  private ended: Promise<void> | null = null;
  private endingSince = 0;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** True from the moment on at which the end was asked for. */
  get ending(): boolean {
    return this.ended !== null;
  }

  /** Aborted, with `StoppedWhileStarting`, when the end is asked for: what is still coming up need not come up. */
  get stopped(): AbortSignal {
    return this.wanted.signal;
  }

  /**
   * Says how to end what has just come up.
   *
   * @throws StoppedWhileStarting when the end was asked for meanwhile; then it ends at once.
   */
  add(name: string, end: () => unknown): void {
    this.endings.push([name, end]);
    if (this.ended === null) return;
    this.ended = this.ended.then(() => this.endAll());
    throw new StoppedWhileStarting();
  }

  /** Ends everything. Never rejects. Called again, it waits for what has come up since as well. */
  end(): Promise<void> {
    if (this.ended === null) {
      this.endingSince = this.clock.monotonic();
      this.wanted.abort(new StoppedWhileStarting());
      this.ended = this.endAll();
    }
    return this.ended;
  }

  /** Settles with `work`, or as soon as `ms` have gone by since the end was asked for. */
  async within(ms: number, work: Promise<unknown>): Promise<void> {
    const left = Math.max(0, this.endingSince + ms - this.clock.monotonic());
    let enough = (): void => undefined;
    const limit = new Promise<void>((resolve) => (enough = resolve));
    const timer = this.clock.after(left, enough);
    try {
      await Promise.race([work, limit]);
    } finally {
      timer.cancel();
    }
  }

  private async endAll(): Promise<void> {
    for (const [name, end] of this.endings.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        this.logger.error('stop-failed', { reason: name, error: messageOf(error) });
      }
    }
  }
}
