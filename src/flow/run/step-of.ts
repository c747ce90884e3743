import { HushtoneError } from '../../errors';
import type { Flow, Step } from '../ast';

/** The step that an effect serves. @throws HushtoneError `flow-invalid` when a snapshot names one that is not there. */
export function stepOf<Kind extends Step['kind']>(flow: Flow, name: string, kind: Kind): Extract<Step, { kind: Kind }> {
  const step = flow.steps.get(name);
  if (step === undefined || !isKind(step, kind)) {
    throw new HushtoneError('flow-invalid', `${flow.id} has no ${kind} step "${name}"`);
  }
  return step;
}

function isKind<Kind extends Step['kind']>(step: Step, kind: Kind): step is Extract<Step, { kind: Kind }> {
  return step.kind === kind;
}
