import { HushtoneError } from '../../../errors';
import type {
  Call,
  CallTransfer,
  EndReason,
  ListenRequest,
  ListenResult,
  ReturnRequest,
  ReturnResult,
  SayRequest,
} from '../../../ports/call';
import type { CallEvent } from '../../../ports/call-events';
import type { Clock } from '../../../ports/clock';
import { Hearing, speechMs } from './hearing';

export type KeyListener = (key: number, at: number) => void;

/** The engine's own way of listening for one field (`call/listening.ts`), handed in: this room may not know that one. */
export type ListenOnce = (
  request: ListenRequest,
  signal: AbortSignal,
  room: {
    readonly clock: Clock;
    readonly speak: () => Promise<void>;
    readonly stopSpeaking: () => Promise<void>;
    readonly onKeyedEnd: () => void;
    readonly setListener: (listener: KeyListener | null) => void;
    readonly record: (event: CallEvent) => void;
  },
) => Promise<ListenResult>;

export interface CallWorld {
  readonly clock: Clock;
  readonly listenOnce: ListenOnce;
  readonly record: (event: CallEvent) => void;
  /** A `say` begins. */
  readonly onSay: (words: string) => void;
  /** Sounds are played. */
  readonly onPlay: (media: readonly string[]) => void;
  /** The caller heard nothing for so long. */
  readonly onSilence: (ms: number) => void;
  /** What becomes of a target that rings. */
  readonly ring: (request: ReturnRequest, signal: AbortSignal) => Promise<ReturnResult>;
}

export interface SimulatedCaller {
  readonly number: string;
  readonly did: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What of a call matters for what comes after, when nothing is under way. */
export interface CallMemory {
  /** Since when the caller hears nothing, monotonic ms. */
  readonly quietSince: number | null;
  /** Until when (monotonic ms) this key belongs to the field before, and cuts no prompt. */
  readonly late: { readonly key: number | null; readonly until: number };
}

const NEW_CALL: CallMemory = { quietSince: null, late: { key: null, until: 0 } };

/** Between two rounds of what is played while a target rings, as on a real line. */
const RING_PAUSE_MS = 4_000;
/** A terminator that comes so soon after a field belongs to that field, and cuts no prompt. */
const LATE_TERMINATOR_MS = 3_000;

/** One caller without a telephone: prompts take their time on the clock that is given, keys come from whoever calls `press`. */
export class SimulatedCall implements Call {
  readonly id = 'call_1';
  readonly caller: string;
  readonly did: string;
  readonly ended: Promise<EndReason>;
  /** The field that waits for keys, its prompt being over; null: none. */
  awaiting: ListenRequest | null = null;
  readonly hearing: Hearing;
  private readonly over = new AbortController();
  private finish: (reason: EndReason) => void = () => undefined;
  private listener: KeyListener | null = null;
  private stopSpeech: (() => void) | null = null;
  private late: CallMemory['late'];

  constructor(
    private readonly who: SimulatedCaller,
    private readonly world: CallWorld,
    before: CallMemory = NEW_CALL,
  ) {
    this.caller = who.number;
    this.did = who.did;
    this.hearing = new Hearing(world.clock, world.onSilence, before.quietSince);
    this.late = before.late;
    this.ended = new Promise((resolve) => (this.finish = resolve));
  }

  get isOver(): boolean {
    return this.over.signal.aborted;
  }

  get memory(): CallMemory {
    return { quietSince: this.hearing.quietSince, late: this.late };
  }

  /** The caller presses a key (ASCII byte). */
  press(key: number): void {
    this.listener?.(key, this.world.clock.monotonic());
  }

  header(name: string): Promise<string | null> {
    this.over.signal.throwIfAborted();
    const found = Object.entries(this.who.headers).find(([each]) => each.toLowerCase() === name.toLowerCase());
    return Promise.resolve(found?.[1] ?? null);
  }

  transfer(): Promise<CallTransfer> {
    return Promise.resolve({ referredBy: this.who.headers['Referred-By'] ?? null, endpoint: null, target: null });
  }

  answer(): Promise<void> {
    this.over.signal.throwIfAborted();
    this.hearing.quiet();
    return Promise.resolve();
  }

  async say(request: SayRequest, signal?: AbortSignal): Promise<void> {
    const within = this.within(signal);
    within.throwIfAborted();
    if (request.media.length > 0) this.world.onSay(request.words);
    if (request.bargein) {
      this.listener = (key) => {
        this.interrupt(key);
      };
    }
    try {
      await this.speak(request, within);
    } finally {
      this.listener = null;
    }
  }

  async listen(request: ListenRequest, signal?: AbortSignal): Promise<ListenResult> {
    const within = this.within(signal);
    within.throwIfAborted();
    const { clock, listenOnce, record } = this.world;
    try {
      const result = await listenOnce(request, within, {
        clock,
        speak: () => this.ask(request, within),
        stopSpeaking: () => {
          this.stopSpeech?.();
          return Promise.resolve();
        },
        onKeyedEnd: () => undefined,
        setListener: (listener) => (this.listener = listener),
        record,
      });
      this.late = { key: request.timing.terminator, until: clock.monotonic() + LATE_TERMINATOR_MS };
      return result;
    } finally {
      this.awaiting = null;
      this.hearing.quiet();
    }
  }

  async hold(request: SayRequest & { readonly pauseMs: number }, signal: AbortSignal): Promise<void> {
    const within = this.within(signal);
    try {
      while (!within.aborted) {
        await this.speak(request, within);
        await this.pass(request.pauseMs, within);
      }
    } catch (error) {
      if (!within.aborted) throw error;
    }
    this.over.signal.throwIfAborted();
  }

  async returnTo(request: ReturnRequest, signal?: AbortSignal): Promise<ReturnResult> {
    const within = this.within(signal);
    within.throwIfAborted();
    const { record } = this.world;
    record({ type: 'returning', target: request.target });
    const waiting = new AbortController();
    const { media, words } = request;
    const music = this.hold({ media, words, bargein: false, pauseMs: RING_PAUSE_MS }, waiting.signal);
    const over = music.catch(() => undefined);
    try {
      const result = await this.world.ring(request, within);
      record({ type: 'returned', target: request.target, outcome: result });
      if (result === 'answered') this.hearing.close();
      return result;
    } finally {
      waiting.abort();
      await over;
    }
  }

  hangUp(reason: EndReason): Promise<void> {
    this.end(reason);
    return Promise.resolve();
  }

  /** The call is over, by whoever. Idempotent. */
  end(reason: EndReason): void {
    if (this.isOver) return;
    this.hearing.close();
    this.over.abort(new HushtoneError(reason === 'caller' ? 'caller-gone' : 'call-closed'));
    this.listener = null;
    this.world.record({ type: 'call-ended', reason });
    this.finish(reason);
  }

  private async ask(request: ListenRequest, within: AbortSignal): Promise<void> {
    await this.speak(request, within);
    this.hearing.attended();
    this.awaiting = request;
  }

  private interrupt(key: number): void {
    if (key !== this.late.key || this.world.clock.monotonic() >= this.late.until) this.stopSpeech?.();
  }

  private async speak({ media, words }: Omit<SayRequest, 'bargein'>, within: AbortSignal): Promise<void> {
    within.throwIfAborted();
    if (media.length === 0) return;
    const { record, onPlay } = this.world;
    this.hearing.attended();
    record({ type: 'said', words });
    onPlay(media);
    try {
      await this.pass(speechMs(words), within);
    } finally {
      this.hearing.quiet();
    }
  }

  /** Resolves after `ms`, or when the speech is stopped; rejects when `within` is aborted. */
  private async pass(ms: number, within: AbortSignal): Promise<void> {
    within.throwIfAborted();
    let abort: () => void = () => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = this.world.clock.after(ms, resolve);
        this.stopSpeech = () => {
          timer.cancel();
          resolve();
        };
        abort = () => {
          timer.cancel();
          reject(within.reason as Error);
        };
        within.addEventListener('abort', abort, { once: true });
      });
    } finally {
      this.stopSpeech = null;
      within.removeEventListener('abort', abort);
    }
  }

  private within(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.over.signal : AbortSignal.any([this.over.signal, signal]);
  }
}
