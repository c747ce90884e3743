import type { ConnectStep } from '../ast';
import type { ConnectOutput, FlowState } from '../compile/machine-setup';
import { answered, noteOutput } from '../compile/machine-setup';
import { stepFault, to, way, WHILE_WORKING } from '../compile/ways';

/** Runs a connector and puts what its answer captured into the context; branches on the outcome. */
export function compileConnect(step: ConnectStep): FlowState {
  const keep = noteOutput<ConnectOutput>((context, { values }) => ({ values: { ...context.values, ...values } }));
  return {
    id: step.name,
    on: WHILE_WORKING,
    invoke: {
      src: 'connect',
      input: { step: step.name },
      onDone: [
        ...step.exits.map((exit) => ({
          guard: answered<ConnectOutput>(exit.outcome, ({ outcome }) => outcome === exit.outcome),
          target: to(exit.to),
          actions: keep,
        })),
        { target: way(step, 'error') },
      ],
      onError: stepFault(step),
    },
  };
}
