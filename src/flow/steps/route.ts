import type { RouteStep } from '../ast';
import { answered, type FlowState } from '../compile/machine-setup';
import { BUILT_IN, onFault, to, WHILE_WORKING } from '../compile/ways';

/** Goes to the first step whose condition holds. */
export function compileRoute(step: RouteStep): FlowState {
  const targets = new Set([...step.when.map((branch) => branch.next), step.otherwise]);
  return {
    id: step.name,
    on: WHILE_WORKING,
    invoke: {
      src: 'route',
      input: { step: step.name },
      onDone: [
        ...[...targets].map((target) => ({
          guard: answered<string>(`to ${target}`, (chosen) => chosen === target),
          target: to(target),
        })),
        { target: to(BUILT_IN.engineError) },
      ],
      onError: onFault(to(BUILT_IN.engineError)),
    },
  };
}
