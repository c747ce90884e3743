import type { SayStep } from '../ast';
import type { FlowState } from '../compile/machine-setup';
import { BUILT_IN, NEEDS_CALLER, onFault, to, way, WHILE_SPEAKING } from '../compile/ways';
import { DONE } from '../vocabulary';

/** Says its prompts to the end, or until a key; then goes on, or hangs up. */
export function compileSay(step: SayStep): FlowState {
  const next = step.end ? to(BUILT_IN.hangUp) : way(step, DONE);
  return {
    id: step.name,
    always: NEEDS_CALLER,
    on: WHILE_SPEAKING,
    invoke: {
      src: 'say',
      input: { step: step.name },
      onDone: { target: next },
      onError: onFault(to(BUILT_IN.engineError)),
    },
  };
}
