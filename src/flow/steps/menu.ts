import type { MenuStep } from '../ast';
import type { FlowState } from '../compile/machine-setup';
import { compileChoice } from './choose';

/** One key, one branch. */
export function compileMenu(step: MenuStep): FlowState {
  return compileChoice(step, step.choices);
}
