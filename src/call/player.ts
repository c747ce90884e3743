import { HushtoneError, messageOf } from '../errors';
import type { Clock, Timer } from '../ports/clock';
import type { IdMaker } from '../ports/id-maker';
import type { Telephony } from '../ports/telephony';
import { deferred, orAborted, type Deferred } from './waiting';

/** A playback that was accepted must start within this time; ARI may never say so (missing media, channel gone). */
const START_GUARD_MS = 3_000;
/** A stopped playback must finish within this time. */
const STOP_GUARD_MS = 1_000;
/** No recording of ours is longer; a list is guarded by its length. Only a switch that says nothing ever reaches this. */
const LONGEST_SOUND_MS = 20_000;
/** How often the switch is asked whether it still plays: a lost event is silence for the caller. */
const ASK_EVERY_MS = 6_000;

type Finish = 'finished' | 'failed' | 'lost';

interface Playing {
  readonly id: string;
  readonly finish: Deferred<Finish>;
  guard: Timer;
  started: boolean;
  stopping: boolean;
  /** Monotonic ms. */
  readonly endsBy: number;
}

/**
 * Plays to one channel, one playback at a time. Every playback has an end: the switch's own event, or a guard, because
 * `PlaybackFinished` may never come.
 */
export class Player {
  private playing: Playing | null = null;
  private latestId: string | null = null;

  constructor(
    private readonly channel: string,
    private readonly telephony: Telephony,
    private readonly clock: Clock,
    private readonly ids: IdMaker,
    /** Told of each playback before it is asked for. */
    private readonly onPlaying: () => void,
  ) {}

  /** What plays, or was played last; null before anything was. */
  get latest(): string | null {
    return this.latestId;
  }

  /** Plays a list of media to its end, or until `stop()`. @throws HushtoneError `playback-failed`; or the signal's reason. */
  async play(media: readonly string[], signal: AbortSignal): Promise<void> {
    if (media.length === 0) return;
    signal.throwIfAborted();
    await this.stop();
    const playing = this.expect(media.length);
    this.latestId = playing.id;
    this.onPlaying();
    try {
      await orAborted(this.telephony.play(this.channel, playing.id, media), signal);
      if (playing.stopping) void this.telephony.stopPlayback(playing.id).catch(() => undefined);
      const finish = await orAborted(playing.finish.promise, signal);
      if (finish === 'failed' && !playing.stopping) throw new HushtoneError('playback-failed', media.join(', '));
      if (finish === 'lost' && !playing.started)
        throw new HushtoneError('playback-failed', `${media.join(', ')} never started`);
    } catch (error) {
      if (signal.aborted) await this.stop();
      if (signal.aborted || error instanceof HushtoneError) throw error;
      throw new HushtoneError('playback-failed', messageOf(error), { cause: error });
    } finally {
      this.forget(playing);
    }
  }

  /** Stops what is playing and waits, bounded, until it has. A stale stop could end the next playback, hence the wait. */
  async stop(): Promise<void> {
    const playing = this.playing;
    if (playing === null) return;
    if (!playing.stopping) {
      playing.stopping = true;
      this.guard(playing, STOP_GUARD_MS);
      await this.telephony.stopPlayback(playing.id).catch(() => undefined);
    }
    await playing.finish.promise;
  }

  onStarted(playback: string): void {
    if (this.playing?.id !== playback || this.playing.started) return;
    this.playing.started = true;
    if (!this.playing.stopping) this.askLater(this.playing);
  }

  onFinished(playback: string, failed: boolean): void {
    if (this.playing?.id === playback) this.playing.finish.resolve(failed ? 'failed' : 'finished');
  }

  /** The channel is gone: nothing plays any more. */
  close(): void {
    this.playing?.finish.resolve('lost');
  }

  private expect(sounds: number): Playing {
    const playing: Playing = {
      id: this.ids('pb'),
      finish: deferred<Finish>(),
      guard: { cancel: () => undefined },
      started: false,
      stopping: false,
      endsBy: this.clock.monotonic() + START_GUARD_MS + sounds * LONGEST_SOUND_MS,
    };
    this.playing = playing;
    this.guard(playing, START_GUARD_MS);
    return playing;
  }

  private guard(playing: Playing, ms: number): void {
    playing.guard.cancel();
    playing.guard = this.clock.after(ms, () => {
      playing.finish.resolve('lost');
    });
  }

  private askLater(playing: Playing): void {
    playing.guard.cancel();
    playing.guard = this.clock.after(ASK_EVERY_MS, () => void this.ask(playing));
  }

  private async ask(playing: Playing): Promise<void> {
    const plays = await this.telephony.isPlaying(playing.id).catch(() => true);
    if (this.playing !== playing || playing.stopping) return;
    if (plays && this.clock.monotonic() < playing.endsBy) this.askLater(playing);
    else playing.finish.resolve('lost');
  }

  private forget(playing: Playing): void {
    playing.guard.cancel();
    playing.finish.resolve('lost');
    if (this.playing === playing) this.playing = null;
  }
}
