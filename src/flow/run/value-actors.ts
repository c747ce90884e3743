import type { Value } from '../../ports/connectors';
import type { EffectInput } from '../compile/machine-setup';
import { spokenHere } from './accept-order';
import { effect } from './effect';
import { evaluateAll, holds } from './evaluating';
import type { Run } from './flow-tools';
import { stepOf } from './step-of';

/** Tries the conditions of a `route` from top to bottom; gives the name of the step to go to. */
export function routeActor(run: Run) {
  return effect<string, EffectInput>(run, async ({ step: name, context }) => {
    const step = stepOf(run.flow, name, 'route');
    for (const branch of step.when) {
      if (await holds(run, branch.if, context)) return branch.next;
    }
    return step.otherwise;
  });
}

/** Evaluates the values of a `set`. */
export function setActor(run: Run) {
  return effect<Readonly<Record<string, Value>>, EffectInput>(run, async ({ step, context }) =>
    spokenHere(run, await evaluateAll(run, stepOf(run.flow, step, 'set').values, context)),
  );
}

/** Chooses the id of the next payment attempt. */
export function newAttemptActor(run: Run) {
  return effect<string, EffectInput>(run, () => Promise.resolve(run.tools.ids('att')));
}
