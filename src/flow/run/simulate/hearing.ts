import type { Clock } from '../../../ports/clock';

/** How fast prompts are spoken, about: 160 words a minute. */
const MS_PER_WORD = 375;

/** How long it takes to say this, about. */
export function speechMs(words: string): number {
  return MS_PER_WORD * words.split(/\s+/).filter((word) => word !== '').length;
}

/** Knows how long the caller has heard nothing while the engine works. Waiting for their keys is no such silence. */
export class Hearing {
  private closed = false;

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    /** Told of each silence as it ends, ms. */
    private readonly onSilence: (ms: number) => void,
    /** Since when nothing is heard, monotonic ms; null: something is. */
    private since: number | null = null,
  ) {}

  get quietSince(): number | null {
    return this.since;
  }

  /** Something is heard, or it is the caller's turn. */
  attended(): void {
    const ms = this.silentFor();
    this.since = null;
    if (ms > 0) this.onSilence(ms);
  }

  /** From now on nothing is heard. */
  quiet(): void {
    if (!this.closed) this.since ??= this.clock.monotonic();
  }

  /** Nobody listens any more. */
  close(): void {
    this.attended();
    this.closed = true;
  }

  silentFor(): number {
    return this.since === null ? 0 : this.clock.monotonic() - this.since;
  }
}
