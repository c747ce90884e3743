import type { Clock } from '../ports/clock';

/** Measures how long a caller waits between the key that ended a field and the next prompt. */
export class PromptDelay {
  private keyedAt: number | null = null;
  private before: string | null = null;

  constructor(
    private readonly clock: Clock,
    /** Told ms, once for each field that a key ended and a prompt followed. */
    private readonly tell: (ms: number) => void,
  ) {}

  /** A key has just ended a field. `playing` is the latest playback, which is not the one waited for. */
  keyed(playing: string | null): void {
    this.keyedAt = this.clock.monotonic();
    this.before = playing;
  }

  started(playback: string): void {
    if (this.keyedAt === null || playback === this.before) return;
    const ms = this.clock.monotonic() - this.keyedAt;
    this.keyedAt = null;
    this.tell(Math.round(ms * 10) / 10);
  }
}
