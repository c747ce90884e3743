import { HushtoneError, isError, messageOf } from '../errors';
import type { Clock, Timer } from '../ports/clock';
import type { IdMaker } from '../ports/id-maker';
import type { Telephony } from '../ports/telephony';
import { deferred, orAborted, pause, type Deferred } from './waiting';

/** A playback that was accepted must start within this time; ARI may never say so (missing media, channel gone). */
const START_GUARD_MS = 3_000;
/** A stopped playback must finish within this time. */
const STOP_GUARD_MS = 1_000;
/** No recording of ours is longer; a list is guarded by its length. Only a switch that says nothing ever reaches this. */
const LONGEST_SOUND_MS = 20_000;
/** How often the switch is asked whether it still plays: a lost event is silence for the caller. */
const ASK_EVERY_MS = 6_000;
/** How often, and with which pause in ms, it is looked whether a playback that was stopped late has gone. */
const LEFT_OVER_LOOKS = 10;
const LEFT_OVER_PAUSE_MS = 100;

/** `lost`: nobody told the end. */
type Finish = 'finished' | 'failed' | 'lost';

interface Playing {
  readonly id: string;
  readonly finish: Deferred<Finish>;
  guard: Timer;
  started: boolean;
  stopping: boolean;
  /** The switch may have it still, as nobody told the end. */
  mayPlay: boolean;
  /** Monotonic ms; counts from when the switch has taken it. */
  endsBy: number;
}

/**
 * Plays to one channel, one playback at a time. Every playback has an end: the switch's own event, or a guard, because
 * `PlaybackFinished` may never come. One whose end is not known is stopped before the next begins.
 */
export class Player {
  private playing: Playing | null = null;
  private latestId: string | null = null;
  /** A playback that is over for us, and may not be for the switch. */
  private leftOver: string | null = null;

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
    await this.stopLeftOver(signal);
    const playing = this.expect();
    this.latestId = playing.id;
    this.onPlaying();
    try {
      await orAborted(this.ask(playing, media), signal);
      if (this.playing === playing) this.expectStart(playing, media.length);
      const finish = await orAborted(playing.finish.promise, signal);
      if (finish === 'failed' && !playing.stopping) throw new HushtoneError('playback-failed', media.join(', '));
      if (finish === 'lost' && !playing.started && !playing.stopping)
        throw new HushtoneError('playback-failed', `${media.join(', ')} never started`);
    } catch (error) {
      if (signal.aborted) await this.stop();
      if (signal.aborted || isError(error, 'playback-failed')) throw error;
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
      this.after(STOP_GUARD_MS, playing, () => {
        playing.finish.resolve('lost');
      });
      await this.telephony.stopPlayback(playing.id).catch(() => undefined);
    }
    await playing.finish.promise;
  }

  onStarted(playback: string): void {
    if (this.playing?.id === playback) this.begun(this.playing);
  }

  onFinished(playback: string, failed: boolean): void {
    if (this.leftOver === playback) this.leftOver = null;
    if (this.playing?.id === playback) this.over(this.playing, failed ? 'failed' : 'finished');
  }

  /** The channel is gone: nothing plays any more. */
  close(): void {
    if (this.playing !== null) this.over(this.playing, 'lost');
  }

  private async ask(playing: Playing, media: readonly string[]): Promise<void> {
    try {
      await this.telephony.play(this.channel, playing.id, media);
    } catch (error) {
      // Whatever else failed, the switch may have taken it.
      if (isError(error, 'ari-refused')) playing.mayPlay = false;
      throw error;
    }
    if (playing.stopping) void this.telephony.stopPlayback(playing.id).catch(() => undefined);
  }

  /** The caller would else hear two prompts at once, or the new one late. */
  private async stopLeftOver(signal: AbortSignal): Promise<void> {
    const { leftOver } = this;
    if (leftOver === null) return;
    try {
      for (let looks = 0; await orAborted(this.telephony.isPlaying(leftOver), signal); looks++) {
        if (looks === LEFT_OVER_LOOKS) throw new Error('it goes on');
        if (looks === 0) await orAborted(this.telephony.stopPlayback(leftOver), signal);
        await pause(this.clock, LEFT_OVER_PAUSE_MS, signal);
      }
    } catch (error) {
      if (signal.aborted) throw error;
      throw new HushtoneError('playback-failed', `the prompt before cannot be stopped: ${messageOf(error)}`);
    }
    if (this.leftOver === leftOver) this.leftOver = null;
  }

  private expect(): Playing {
    const playing: Playing = {
      id: this.ids('pb'),
      finish: deferred<Finish>(),
      guard: { cancel: () => undefined },
      started: false,
      stopping: false,
      mayPlay: true,
      endsBy: Number.POSITIVE_INFINITY,
    };
    this.playing = playing;
    return playing;
  }

  /** Not sooner: to be asked may take the switch a while, or wait for the way to it. */
  private expectStart(playing: Playing, sounds: number): void {
    playing.endsBy = this.clock.monotonic() + START_GUARD_MS + sounds * LONGEST_SOUND_MS;
    if (!playing.started && !playing.stopping) this.after(START_GUARD_MS, playing, () => void this.lookAt(playing));
  }

  /** One guard at a time. */
  private after(ms: number, playing: Playing, then: () => void): void {
    playing.guard.cancel();
    playing.guard = this.clock.after(ms, then);
  }

  private begun(playing: Playing): void {
    if (playing.started) return;
    playing.started = true;
    if (!playing.stopping) this.lookLater(playing);
  }

  private lookLater(playing: Playing): void {
    this.after(ASK_EVERY_MS, playing, () => void this.lookAt(playing));
  }

  /** Asks the switch for what its events have not told: the beginning of a prompt, or its end. */
  private async lookAt(playing: Playing): Promise<void> {
    const plays = await this.telephony.isPlaying(playing.id).catch(() => null);
    if (this.playing !== playing || playing.stopping) return;
    if (plays === false) this.over(playing, 'lost');
    else if (this.clock.monotonic() >= playing.endsBy) playing.finish.resolve('lost');
    else {
      if (plays === true) playing.started = true;
      this.lookLater(playing);
    }
  }

  private over(playing: Playing, finish: Finish): void {
    playing.mayPlay = false;
    playing.finish.resolve(finish);
  }

  private forget(playing: Playing): void {
    playing.guard.cancel();
    playing.finish.resolve('lost');
    if (playing.mayPlay) this.leftOver = playing.id;
    if (this.playing === playing) this.playing = null;
  }
}
