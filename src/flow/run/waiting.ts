import { messageOf } from '../../errors';
import type { Clock } from '../../ports/clock';
import type { WaitingStep } from '../ast';
import type { FlowContext } from '../compile/context';
import type { Run } from './flow-tools';
import { speakItems } from './speaking';

/** Between two rounds of what is played. */
const PAUSE_MS = 3_000;

/** Most answers come sooner: then no words are begun that would be cut off at once. */
const LONG_WAIT_MS = 1_000;

/** Why nothing more is played. Made once: each of its kind would bring a stack that nobody reads. */
const OVER = new DOMException('the wait is over', 'AbortError');

/** One wait for an answer from outside. */
interface Wait {
  readonly step: WaitingStep;
  readonly context: FlowContext;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** Does the work while the caller hears the step's `while`, from its beginning until it is done. */
export function whileWaiting<T>(run: Run, wait: Wait, work: () => Promise<T>): Promise<T> {
  return meanwhile((signal) => hold(run, wait, signal), wait.signal, work);
}

/** The same for work that is mostly done soon: the caller hears something only when it is not. */
export function whileTakingLong<T>(run: Run, wait: Wait, work: () => Promise<T>): Promise<T> {
  if (wait.step.while.length === 0) return work();
  const late = async (signal: AbortSignal): Promise<void> => {
    await passed(run.tools.clock, LONG_WAIT_MS, signal);
    if (!signal.aborted) await hold(run, wait, signal);
  };
  return meanwhile(late, wait.signal, work);
}

async function meanwhile<T>(
  play: (signal: AbortSignal) => Promise<void>,
  left: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const stop = (): void => {
    over.abort(OVER);
  };
  left.addEventListener('abort', stop, { once: true });
  if (left.aborted) stop();
  const playing = play(over.signal);
  try {
    return await work();
  } finally {
    left.removeEventListener('abort', stop);
    stop();
    await playing;
  }
}

/** Never rejects: what cannot be played does not touch the work. */
async function hold(run: Run, { step, context }: Wait, signal: AbortSignal): Promise<void> {
  try {
    const { media, words } = await speakItems(run, step.while, context);
    if (media.length === 0 || signal.aborted) return;
    await run.call.hold({ media, words, bargein: false, pauseMs: PAUSE_MS }, signal);
  } catch (error) {
    run.tools.logger.debug('hold-ended', { call: run.call.id, step: step.name, error: messageOf(error) });
  }
}

/** Resolves after `ms`, or when `signal` is aborted. */
function passed(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, resolve);
    const stop = (): void => {
      timer.cancel();
      resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}
