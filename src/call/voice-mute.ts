import { HushtoneError, messageOf } from '../errors';
import type { Clock } from '../ports/clock';
import type { Telephony } from '../ports/telephony';
import { pause } from './waiting';

/** The voice comes back only after this long without a key: tones of late keys must not reach an agent. */
const QUIET_MS = 2_000;

/**
 * Keeps the caller's voice from everyone else while sensitive keys may come: from the answer, at the latest from before the first
 * sensitive field or before the caller is joined with somebody, until that has happened, and never sooner than 2 s after the last
 * key. From then on each further key takes the voice away again for 2 s, and the voice comes later than its keys, so that tones in
 * the audio are known before they are heard. docs/decisions/masking.md has the figures.
 */
export class VoiceMute {
  /** `shut` until it is released; `guarded`: the voice goes with each key. */
  private mode: 'open' | 'shut' | 'guarded' = 'open';
  /** Settles when the mute that was asked for is in force; null while the voice is through. */
  private inForce: Promise<void> | null = null;
  private delayed = false;
  private lastKeyAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly channel: string,
    private readonly telephony: Telephony,
    private readonly clock: Clock,
    /** Aborted when the call is over. */
    private readonly over: AbortSignal,
    /** Told that the voice could not be taken away, or not given back, while caller and agent talk. */
    private readonly onFailed: (reason: string) => void,
  ) {}

  keyPressed(): void {
    this.lastKeyAt = this.clock.monotonic();
    if (this.mode === 'guarded' && this.inForce === null) void this.hideAgain();
  }

  /** The voice was taken away with the answer. */
  begun(): void {
    this.mode = 'shut';
    this.inForce = Promise.resolve();
  }

  /** In a call taken over from another process it may be in force, and a key may just have been pressed. */
  found(): void {
    this.begun();
    this.keyPressed();
  }

  /** Resolves when the mute is in force. @throws HushtoneError `mask-failed`: then no field may open. */
  async engage(): Promise<void> {
    this.mode = 'shut';
    try {
      await this.mute();
    } catch (error) {
      throw new HushtoneError('mask-failed', messageOf(error), { cause: error });
    }
  }

  /** Lifts the mute at once, for a call that leaves us. */
  async lift(): Promise<void> {
    this.mode = 'open';
    if (this.inForce !== null) await this.unmute();
  }

  /**
   * Lets the voice through, under guard, once the caller's keys have been quiet for 2 s; also of a caller for whom no field was
   * opened, as keys may come all the same. `signal` ends the wait.
   */
  async release(signal: AbortSignal): Promise<void> {
    if (this.mode === 'guarded') return;
    await this.engage();
    await this.delay();
    await this.quiet(signal);
    this.mode = 'guarded';
    try {
      await this.unmute();
    } catch (error) {
      this.mode = 'shut';
      throw error;
    }
  }

  /** Before the voice can be heard by anybody. It stays, as keys may come at any time. */
  private async delay(): Promise<void> {
    if (this.delayed) return;
    await this.telephony.delayVoice(this.channel);
    this.delayed = true;
  }

  private async hideAgain(): Promise<void> {
    try {
      await this.mute();
      await this.quiet(this.over);
      // A field may have opened meanwhile: then the voice stays away.
      if (this.mode === 'guarded') await this.unmute();
    } catch (error) {
      if (!this.over.aborted) this.onFailed(messageOf(error));
    }
  }

  private async mute(): Promise<void> {
    const asked = (this.inForce ??= this.telephony.muteVoice(this.channel));
    try {
      await asked;
    } catch (error) {
      if (this.inForce === asked) this.inForce = null;
      throw error;
    }
  }

  /** The voice counts as through from here on, so that a key in the same moment mutes again, behind this. */
  private async unmute(): Promise<void> {
    this.inForce = null;
    try {
      await this.telephony.unmuteVoice(this.channel);
    } catch (error) {
      this.inForce ??= Promise.resolve();
      throw error;
    }
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
