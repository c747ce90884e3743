import type { ListenResult } from '../../ports/call';
import type { CollectStep } from '../ast';
import type { FlowContext } from '../compile/context';
import { sealedOf, withEntry } from '../compile/context';
import type { FlowState } from '../compile/machine-setup';
import { note, noteOutput } from '../compile/machine-setup';
import { ASKS_CALLER, BUILT_IN, onFault, to, way, WHILE_ASKING } from '../compile/ways';
import { countedAttempt, exhausted, forgetError, noteError } from './attempts';
import { question, result } from './question';

/**
 * Collects one field, asking again until it is right or the attempts are used up. A sensitive field leaves its vault
 * reference and what may be shown in the context; any other is saved by the name that the flow gives it.
 */
export function compileCollect(step: CollectStep): FlowState {
  const { name } = step;
  return {
    id: name,
    on: WHILE_ASKING,
    initial: 'enter',
    states: {
      enter: {
        always: [
          ...ASKS_CALLER,
          { guard: exhausted(step), target: way(step, 'failed') },
          {
            target: 'asking',
            actions: note((context) => ({ ...begin(context, step), ...countedAttempt(context, name) })),
          },
        ],
      },
      asking: question(
        name,
        [
          {
            guard: result('collected'),
            target: way(step, 'collected'),
            actions: noteOutput<ListenResult>((context, output) => keep(context, step, output)),
          },
          {
            guard: result('cancelled'),
            target: way(step, 'cancelled'),
            actions: note((context) => forgetError(context, name)),
          },
        ],
        'enter',
        onFault(to(BUILT_IN.engineError)),
      ),
    },
  };
}

/** The first sensitive step of a payment is where a call goes on whose digits were lost; a declined card is spoken to. */
function begin(context: FlowContext, step: CollectStep): Partial<FlowContext> {
  const restartAt = step.sensitive ? { restartAt: context.restartAt ?? step.name } : {};
  const declined =
    step.field === 'card-number' && context.payment.outcome === 'declined' && context.errors[step.name] === undefined;
  return { ...restartAt, ...(declined ? noteError(context, step.name, 'card-declined') : {}) };
}

function keep(context: FlowContext, step: CollectStep, output: ListenResult): Partial<FlowContext> {
  if (output.kind !== 'collected') return {};
  const errors = forgetError(context, step.name);
  if (!step.sensitive) {
    if (step.save === null || output.field.value === null) return errors;
    return { ...errors, values: withEntry(context.values, step.save, output.field.value) };
  }
  const sealed = sealedOf(output.field);
  return sealed === null ? errors : { ...errors, sealed: withEntry(context.sealed, step.field, sealed) };
}
