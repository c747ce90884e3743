import type { EndStep } from '../ast';
import type { FlowState } from '../compile/machine-setup';
import { BUILT_IN, to } from '../compile/ways';

/** Hangs up. */
export function compileEnd(step: EndStep): FlowState {
  return { id: step.name, always: { target: to(BUILT_IN.hangUp) } };
}
