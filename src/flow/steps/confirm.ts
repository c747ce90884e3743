import type { ConfirmStep } from '../ast';
import type { FlowState } from '../compile/machine-setup';
import { BUILT_IN, exitOf } from '../compile/ways';
import { compileChoice } from './choose';

/** 1 is yes, 2 is no. */
export function compileConfirm(step: ConfirmStep): FlowState {
  return compileChoice(step, {
    '1': exitOf(step, 'yes') ?? BUILT_IN.engineError,
    '2': exitOf(step, 'no') ?? BUILT_IN.engineError,
  });
}
