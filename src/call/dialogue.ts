import { HushtoneError } from '../errors';
import type { ListenRequest, ListenResult, SayRequest } from '../ports/call';
import type { CallEvent } from '../ports/call-events';
import { listenOnce, type KeyListener } from './listening';
import type { CallTools } from './call-tools';
import { Player } from './player';
import { PromptDelay } from './prompt-delay';
import type { VoiceMute } from './voice-mute';
import { orAborted, pause } from './waiting';

/** A field that ends by itself (six keys of six) is often followed by a terminator all the same; within this time it is one. */
const LATE_TERMINATOR_MS = 3_000;

export interface DialogueRoom {
  readonly channel: string;
  readonly mute: VoiceMute;
  readonly record: (event: CallEvent) => void;
  /** Told of each playback before it is asked for. */
  readonly onPlaying: () => void;
}

/**
 * What one caller is told, and what they key: prompts, barge-in, and one field at a time. Each method rejects with the
 * signal's reason when `within` is aborted.
 */
export class Dialogue {
  private readonly player: Player;
  private readonly promptDelay: PromptDelay;
  private keyListener: KeyListener | null = null;
  /** Until when (monotonic ms) this key belongs to the field before, and cuts no prompt. */
  private late: { readonly key: number | null; readonly until: number } = { key: null, until: 0 };

  constructor(
    private readonly room: DialogueRoom,
    private readonly tools: CallTools,
  ) {
    const { telephony, clock, ids } = tools;
    this.player = new Player(room.channel, telephony, clock, ids, room.onPlaying);
    this.promptDelay = new PromptDelay(clock, (ms) => {
      room.record({ type: 'prompt-started', ms });
    });
  }

  /** What plays, or was played last; null before anything was. */
  get latestPlayback(): string | null {
    return this.player.latest;
  }

  onKey(key: number, at: number): void {
    this.keyListener?.(key, at);
  }

  onPlaybackStarted(playback: string): void {
    this.player.onStarted(playback);
    this.promptDelay.started(playback);
  }

  onPlaybackFinished(playback: string, failed: boolean): void {
    this.player.onFinished(playback, failed);
  }

  /** Says it to its end, or until a key. */
  async say(request: SayRequest, within: AbortSignal): Promise<void> {
    if (request.bargein) {
      this.keyListener = (key) => {
        const { late } = this;
        if (key !== late.key || this.tools.clock.monotonic() >= late.until) void this.player.stop();
      };
    }
    try {
      await this.speak(request, within);
    } finally {
      this.keyListener = null;
    }
  }

  async listen(request: ListenRequest, within: AbortSignal): Promise<ListenResult> {
    within.throwIfAborted();
    if (request.sensitive) await orAborted(this.makePrivate(), within);
    const { clock } = this.tools;
    const result = await listenOnce(request, within, {
      clock,
      speak: () => this.speak(request, within),
      stopSpeaking: () => this.player.stop(),
      onKeyedEnd: () => {
        this.promptDelay.keyed(this.player.latest);
      },
      setListener: (listener) => (this.keyListener = listener),
      record: this.room.record,
    });
    this.late = { key: request.timing.terminator, until: clock.monotonic() + LATE_TERMINATOR_MS };
    return result;
  }

  /** @throws HushtoneError `mask-failed`, `asterisk-unsafe` or `call-recorded`: then no field may open. */
  private async makePrivate(): Promise<void> {
    await this.room.mute.engage();
    await this.tools.telephony.assertSafe(this.room.channel);
    // In a mute call a recorder still hears what comes from the caller.
    if (await this.tools.telephony.isRecorded(this.room.channel)) throw new HushtoneError('call-recorded');
  }

  /** Says it again and again, until `within` is aborted; then resolves. */
  async hold(request: SayRequest & { readonly pauseMs: number }, within: AbortSignal): Promise<void> {
    try {
      while (!within.aborted) {
        await this.speak(request, within);
        await pause(this.tools.clock, request.pauseMs, within);
      }
    } catch (error) {
      if (!within.aborted) throw error;
    }
  }

  /** Says it and records the words. A prompt that cannot be played is reported, and the call goes on without it. */
  async speak(request: SayRequest, within: AbortSignal): Promise<void> {
    within.throwIfAborted();
    if (request.media.length === 0) return;
    this.room.record({ type: 'said', words: request.words });
    try {
      await this.player.play(request.media, within);
    } catch (error) {
      if (within.aborted || !(error instanceof HushtoneError)) throw error;
      this.room.record({ type: 'failed', code: error.code, reason: error.detail });
    }
  }

  /** Stops what plays, and waits until it has stopped. */
  stop(): Promise<void> {
    return this.player.stop();
  }

  /** Nothing is heard any more, either way. */
  close(): void {
    this.keyListener = null;
    this.player.close();
  }
}
