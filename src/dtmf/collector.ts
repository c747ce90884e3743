import type { FieldTiming, ListenResult } from '../ports/call';
import type { Clock, Timer } from '../ports/clock';
import type { FieldError, KeySink } from '../ports/key-sink';

/** Closer than this (ms, by the switch's event times) Asterisk may publish a key twice, so nothing keyed can be trusted. */
const MIN_KEY_GAP_MS = 60;

/** How long a burst must have been over before a `too-fast` field ends: its rest must not barge into the next prompt. */
const BURST_QUIET_MS = 300;

export interface CollectorParts {
  readonly timing: FieldTiming;
  readonly sink: KeySink;
  readonly clock: Clock;
  /** Called exactly once, unless the collector is cancelled first. May be called from within `key()`. */
  readonly onEnd: (result: ListenResult) => void;
  /** Keys held after each accepted key; 0 when the caller cleared the field. */
  readonly onProgress?: (count: number, cleared: boolean) => void;
}

/**
 * One attempt at one field: turns keys and silence into a result. It is open from its construction, so a key that comes
 * while the prompt is still playing counts; who plays the prompt stops it. It never holds a digit: the sink does.
 *
 * - First-key timer: from the end of the prompt; nothing keyed when it runs out is `timeout`.
 * - After a key: the short term timer where the field may end, else the inter-digit timer; then the sink decides.
 * - Terminator: the sink decides at once. With nothing keyed it is ignored: it belongs to an earlier field that had
 *   ended by itself (a 16-digit card and then `#`).
 * - Clear key: starts over; twice in a row gives up (`cancelled`).
 * - One key more than the sink takes: `too-long`, once the caller has pressed the terminator or paused for the term time.
 * - Two keys less than `MIN_KEY_GAP_MS` apart: `too-fast`, once the burst has been over for `BURST_QUIET_MS`.
 *
 * Keys after the end are dropped; keys that no field knows (A-D) are ignored.
 */
export class Collector {
  private timer: Timer | null = null;
  /** When the timer fires, and when what it stands for is due. Monotonic ms. */
  private firesAt = 0;
  private dueAt = 0;
  private ended = false;
  /** True once a timer governs the field: the prompt is over, or a key has come. */
  private armed = false;
  private cleared = false;
  private spoiled: FieldError | null = null;
  private lastKeyAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: CollectorParts) {}

  /** Starts the first-key timer. Call it when the prompt is over, or at once when there is none. Idempotent. */
  promptEnded(): void {
    if (this.ended || this.armed) return;
    this.arm(this.parts.timing.firstKeyMs);
  }

  /**
   * Takes one key. `at` is the switch's event time in ms.
   *
   * @returns false when the key means nothing to this field (late, unknown, or a terminator with nothing keyed).
   */
  key(key: number, at: number): boolean {
    if (this.ended) return false;
    const { timing, sink } = this.parts;
    if (this.spoiled !== null) return this.swallow(key);
    if (key === timing.terminator && sink.length === 0) return false;
    if (Math.abs(at - this.lastKeyAt) < MIN_KEY_GAP_MS) return this.spoil('too-fast', BURST_QUIET_MS);
    this.lastKeyAt = at;
    if (key === timing.terminator) return this.finish();
    if (key === timing.clearKey) return this.clearPressed();
    return isDigit(key) && this.digit(key);
  }

  /** Ends without a result and wipes what was keyed. Idempotent, and harmless after the end. */
  cancel(): void {
    if (this.ended) return;
    this.close();
    this.parts.sink.clear();
  }

  private digit(key: number): true {
    const { sink, timing, onProgress } = this.parts;
    this.cleared = false;
    const before = sink.length;
    sink.write(key);
    if (sink.length === before) return this.spoil('too-long', timing.termMs);
    onProgress?.(sink.length, false);
    const progress = sink.progress();
    if (progress === 'complete') return this.finish();
    this.arm(progress === 'may-end' ? timing.termMs : timing.interdigitMs);
    return true;
  }

  private clearPressed(): true {
    const { sink, timing, onProgress } = this.parts;
    if (this.cleared) {
      this.end({ kind: 'cancelled' });
      return true;
    }
    this.cleared = true;
    sink.clear();
    onProgress?.(0, true);
    this.arm(timing.firstKeyMs);
    return true;
  }

  /** The field can only fail now: forgets everything, and waits for the caller to stop keying. */
  private spoil(error: FieldError, quietMs: number): true {
    this.spoiled = error;
    this.parts.sink.clear();
    this.arm(quietMs);
    return true;
  }

  /** A key of a field that has failed already. The terminator of a burst may have a twin, so only a slow one ends it. */
  private swallow(key: number): true {
    const tooFast = this.spoiled === 'too-fast';
    if (!tooFast && key === this.parts.timing.terminator) this.expire();
    else this.arm(tooFast ? BURST_QUIET_MS : this.parts.timing.termMs);
    return true;
  }

  private readonly elapsed = (): void => {
    this.timer = null;
    const left = this.dueAt - this.parts.clock.monotonic();
    if (left > 0) this.start(left);
    else this.expire();
  };

  private expire(): void {
    if (this.spoiled !== null) this.end({ kind: 'failed', error: this.spoiled });
    else if (this.parts.sink.length === 0) this.end({ kind: 'failed', error: 'timeout' });
    else this.finish();
  }

  private finish(): true {
    this.close();
    const verdict = this.parts.sink.finish();
    this.parts.onEnd(
      verdict.ok ? { kind: 'collected', field: verdict.field } : { kind: 'failed', error: verdict.error },
    );
    return true;
  }

  private end(result: ListenResult): void {
    this.close();
    this.parts.sink.clear();
    this.parts.onEnd(result);
  }

  /** Each key puts the end off: a timer that fires too soon is started again then, which is once for many keys. */
  private arm(ms: number): void {
    this.armed = true;
    this.dueAt = this.parts.clock.monotonic() + ms;
    if (this.timer !== null && this.firesAt <= this.dueAt) return;
    this.timer?.cancel();
    this.start(ms);
  }

  private start(ms: number): void {
    this.firesAt = this.parts.clock.monotonic() + ms;
    this.timer = this.parts.clock.after(ms, this.elapsed);
  }

  private close(): void {
    this.ended = true;
    this.timer?.cancel();
    this.timer = null;
  }
}

function isDigit(key: number): boolean {
  return key >= 0x30 && key <= 0x39;
}
