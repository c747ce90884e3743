import { Collector } from '../dtmf/collector';
import type { ListenRequest, ListenResult } from '../ports/call';
import type { CallEvent } from '../ports/call-events';
import type { Clock } from '../ports/clock';
import { deferred, orAborted } from './waiting';

export type KeyListener = (key: number, at: number) => void;

/** What one attempt needs of its call. */
export interface ListeningRoom {
  readonly clock: Clock;
  /** Plays the prompt to its end or until stopped. */
  readonly speak: () => Promise<void>;
  readonly stopSpeaking: () => Promise<void>;
  /** Told when a key has ended the field. */
  readonly onKeyedEnd: () => void;
  readonly setListener: (listener: KeyListener | null) => void;
  readonly record: (event: CallEvent) => void;
}

/**
 * One attempt at one field: prompt, barge-in, keys, result. Only this attempt's collector hears keys while it runs, so a
 * late key of an earlier field goes nowhere. Whatever ends it, the prompt has stopped, no timer runs and an unfinished
 * sink is wiped when it returns.
 */
export async function listenOnce(
  request: ListenRequest,
  signal: AbortSignal,
  room: ListeningRoom,
): Promise<ListenResult> {
  const result = deferred<ListenResult>();
  let over = false;
  const hot = new HotKey(request.hotKey);
  const collector = new Collector({
    timing: request.timing,
    sink: request.sink,
    clock: room.clock,
    onProgress: (count, cleared) => {
      const { field } = request;
      room.record(cleared ? { type: 'field-cleared', field } : { type: 'key-pressed', field, count });
    },
    onEnd: (end) => {
      over = true;
      result.resolve(hot.reads(end) ? { kind: 'hot-key' } : end);
    },
  });
  const hear: KeyListener = (key, at) => {
    hot.pressed(key);
    // A key that means nothing here (the '#' of a field that had ended by itself) does not cut the prompt.
    if (!collector.key(key, at)) return;
    if (over) room.onKeyedEnd();
    void room.stopSpeaking();
  };
  try {
    room.record({ type: 'field-opened', field: request.field, attempt: request.attempt });
    if (request.bargein) room.setListener(hear);
    const spoken = room.speak().then(() => {
      room.setListener(hear);
      collector.promptEnded();
    });
    spoken.catch(() => undefined);
    const end = await orAborted(Promise.race([result.promise, failureOf(spoken)]), signal);
    room.setListener(null);
    await room.stopSpeaking();
    room.record(closing(request, end));
    return end;
  } finally {
    room.setListener(null);
    collector.cancel();
  }
}

/** Knows whether the only key pressed was the hot key: then the field is a command, not an entry. */
class HotKey {
  private presses = 0;
  private first: number | null = null;

  constructor(private readonly key: number | null) {}

  pressed(key: number): void {
    if (key < 0x30 || key > 0x39) return;
    this.presses++;
    this.first ??= key;
  }

  reads(end: ListenResult): boolean {
    return this.key !== null && this.presses === 1 && this.first === this.key && end.kind === 'failed';
  }
}

/** Settles only when `work` fails; its success decides nothing. */
function failureOf(work: Promise<void>): Promise<never> {
  return new Promise((_resolve, reject) => {
    work.catch(reject);
  });
}

function closing(request: ListenRequest, end: ListenResult): CallEvent {
  if (end.kind === 'collected') {
    const { masked, brand } = end.field;
    return {
      type: 'field-closed',
      field: request.field,
      outcome: 'collected',
      masked,
      ...(brand === null ? {} : { brand }),
    };
  }
  const outcome = end.kind === 'failed' ? end.error : end.kind;
  return { type: 'field-closed', field: request.field, outcome, masked: '' };
}
