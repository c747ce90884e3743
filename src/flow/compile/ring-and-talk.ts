import type { ReturnResult } from '../../ports/call';
import { answered, type FlowState } from './machine-setup';
import { BUILT_IN, noteGone, to, WHILE_RETURNING, type onFault } from './ways';

/** Where a return that fails goes on. */
export interface ReturnWays {
  readonly noAnswer: string;
  readonly busy: string;
  readonly failed: string;
  readonly fault: ReturnType<typeof onFault>;
}

/** The two states of every return: the target rings, then the caller talks with whoever answered. */
export function ringAndTalk(name: string, ways: ReturnWays): FlowState {
  return {
    initial: 'ringing',
    states: {
      ringing: {
        on: WHILE_RETURNING,
        invoke: {
          src: 'return',
          input: { step: name },
          onDone: [
            { guard: came('answered'), target: 'talking' },
            { guard: came('no-answer'), target: ways.noAnswer },
            { guard: came('busy'), target: ways.busy },
            { target: ways.failed },
          ],
          onError: ways.fault,
        },
      },
      talking: {
        on: { HANGUP: { target: to(BUILT_IN.done), actions: noteGone } },
        invoke: {
          src: 'talk',
          input: { step: name },
          onDone: { target: to(BUILT_IN.done) },
          onError: { target: to(BUILT_IN.done) },
        },
      },
    },
  };
}

function came(result: ReturnResult) {
  return answered<ReturnResult>(result, (output) => output === result);
}
