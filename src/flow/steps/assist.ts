import type { AssistStep } from '../ast';
import { answered, type AssistOutput, type FlowState } from '../compile/machine-setup';
import { ASKS_CALLER, onFault, way, WHILE_ASSISTED } from '../compile/ways';

/** Brings an agent to the caller, who takes the payment in the panel; afterwards the caller is the flow's again. */
export function compileAssist(step: AssistStep): FlowState {
  return {
    id: step.name,
    initial: 'enter',
    states: {
      enter: { always: [...ASKS_CALLER, { target: 'assisting' }] },
      assisting: {
        on: WHILE_ASSISTED,
        invoke: {
          src: 'assist',
          input: { step: step.name },
          onDone: [
            {
              guard: answered<AssistOutput>('finished', (outcome) => outcome === 'finished'),
              target: way(step, 'finished'),
            },
            { target: way(step, 'no-answer') },
          ],
          onError: onFault(way(step, 'no-answer')),
        },
      },
    },
  };
}
