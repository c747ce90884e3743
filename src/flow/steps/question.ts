import type { ListenResult } from '../../ports/call';
import type { FlowContext } from '../compile/context';
import type { FlowState } from '../compile/machine-setup';
import { answered, noteOutput, type note } from '../compile/machine-setup';
import type { onFault } from '../compile/ways';
import { attemptInput, noteError } from './attempts';

/** Where a question leads for some of its answers. */
export interface Way {
  readonly guard: (asked: {
    readonly context: FlowContext;
    readonly event: { readonly output: ListenResult };
  }) => boolean;
  readonly target: string;
  readonly actions?: ReturnType<typeof note> | ReturnType<typeof noteOutput<ListenResult>>;
}

/** Asks the caller once, and goes the first of `ways` that fits. Anything else is what the next prompt speaks to, from `again`. */
export function question(
  step: string,
  ways: readonly Way[],
  again: string,
  onError: ReturnType<typeof onFault>,
): FlowState {
  return {
    invoke: {
      src: 'listen',
      input: ({ context }) => attemptInput(step, context),
      onDone: [
        ...ways,
        {
          target: again,
          actions: noteOutput<ListenResult>((context, result) => noteError(context, step, errorOf(result))),
        },
      ],
      onError,
    },
  };
}

/** Guard of an answer that was keyed as it should be, or of one that the caller cancelled. */
export function result(kind: 'collected' | 'cancelled') {
  return answered<ListenResult>(kind, (output) => output.kind === kind);
}

function errorOf(output: ListenResult): string {
  return output.kind === 'failed' ? output.error : 'invalid-value';
}
