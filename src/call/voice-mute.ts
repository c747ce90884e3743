import { HushtoneError, messageOf } from '../errors';
import type { Clock } from '../ports/clock';
import type { Telephony } from '../ports/telephony';
import { pause } from './waiting';

/** The voice comes back only after this long without a key: tones of late keys must not reach an agent. */
const QUIET_MS = 2_000;

/**
 * Keeps the caller's voice from everyone else while sensitive keys may come: from before the first sensitive field until
 * just before the caller is joined with somebody, and never sooner than 2 s after the last key.
 */
export class VoiceMute {
  private muted = false;
  private lastKeyAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly channel: string,
    private readonly telephony: Telephony,
    private readonly clock: Clock,
  ) {}

  keyPressed(): void {
    this.lastKeyAt = this.clock.monotonic();
  }

  /** In a call taken over from another process it may be in force, and a key may just have been pressed. */
  found(): void {
    this.muted = true;
    this.keyPressed();
  }

  /** Resolves when the mute is in force. @throws HushtoneError `mask-failed`: then no field may open. */
  async engage(): Promise<void> {
    if (this.muted) return;
    try {
      await this.telephony.muteVoice(this.channel);
      this.muted = true;
    } catch (error) {
      throw new HushtoneError('mask-failed', messageOf(error), { cause: error });
    }
  }

  /** Lifts the mute at once, for a call that leaves us. */
  async lift(): Promise<void> {
    if (this.muted) await this.telephony.unmuteVoice(this.channel);
    this.muted = false;
  }

  /** Lifts the mute once the caller's keys have been quiet for 2 s. `signal` ends the wait. */
  async release(signal: AbortSignal): Promise<void> {
    if (!this.muted) return;
    await this.quiet(signal);
    await this.telephony.unmuteVoice(this.channel);
    this.muted = false;
  }

  private async quiet(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const left = this.lastKeyAt + QUIET_MS - this.clock.monotonic();
      if (left <= 0) return;
      await pause(this.clock, left, signal);
    }
  }
}
