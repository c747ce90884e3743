import type { EndStep } from '../ast';
import { hangUp } from '../compile/built-in';
import type { FlowState } from '../compile/machine-setup';

/** Hangs up, with the step's cause. */
export function compileEnd(step: EndStep): FlowState {
  return hangUp(step.name);
}
