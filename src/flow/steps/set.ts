import type { Value } from '../../ports/connectors';
import type { SetStep } from '../ast';
import type { FlowState } from '../compile/machine-setup';
import { noteOutput } from '../compile/machine-setup';
import { BUILT_IN, onFault, to, way, WHILE_WORKING } from '../compile/ways';
import { DONE } from '../vocabulary';

type Values = Readonly<Record<string, Value>>;

/** Puts evaluated values into the context. */
export function compileSet(step: SetStep): FlowState {
  return {
    id: step.name,
    on: WHILE_WORKING,
    invoke: {
      src: 'set',
      input: { step: step.name },
      onDone: {
        target: way(step, DONE),
        actions: noteOutput<Values>((context, values) => ({ values: { ...context.values, ...values } })),
      },
      onError: onFault(to(BUILT_IN.engineError)),
    },
  };
}
