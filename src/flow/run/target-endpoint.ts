import type { FlowContext } from '../compile/context';
import { TRANSFERRER_ID } from '../targets';
import { TARGET } from './context-grammars';
import type { Run } from './flow-tools';

/** Names the default target in a flow. */
export const DEFAULT_TARGET = 'default';

/** The target that an id of a flow means on this call, and its endpoint; null when there is none. */
export function endpointOf(run: Run, id: string, context: FlowContext): { target: string; endpoint: string } | null {
  const target = targetOf(run, id, context);
  if (target === null || !TARGET.test(target)) return null;
  const endpoint = run.tools.targets.resolve(target);
  return endpoint === null ? null : { target, endpoint };
}

function targetOf(run: Run, id: string, context: FlowContext): string | null {
  if (id === DEFAULT_TARGET) return run.tools.targets.defaultTarget;
  return id === TRANSFERRER_ID ? context.transfer.transferrer : id;
}
