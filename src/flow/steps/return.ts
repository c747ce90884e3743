import type { ReturnStep } from '../ast';
import type { FlowState } from '../compile/machine-setup';
import { NEEDS_CALLER, onFault, way } from '../compile/ways';
import { ringAndTalk } from '../compile/ring-and-talk';

/** Brings the caller back: rings the target and joins the two. Once they talk, the flow is over when either hangs up. */
export function compileReturn(step: ReturnStep): FlowState {
  return {
    id: step.name,
    always: NEEDS_CALLER,
    ...ringAndTalk(step.name, {
      noAnswer: way(step, 'no-answer'),
      busy: way(step, 'busy'),
      failed: way(step, 'failed'),
      fault: onFault(way(step, 'failed')),
    }),
  };
}
