import type { Value } from '../../ports/connectors';
import type { ConnectStep } from '../ast';
import type { ConnectOutput, EffectInput } from '../compile/machine-setup';
import { spokenHere } from './accept-order';
import { checkOrder, type Checked } from './context-grammars';
import { effect } from './effect';
import { evaluateAll } from './evaluating';
import { exchange, visible } from './exchanging';
import type { Run } from './flow-tools';
import { stepOf } from './step-of';
import { whileTakingLong } from './waiting';

/** Runs the connector of a `connect` step. */
export function connectActor(run: Run) {
  return effect<ConnectOutput, EffectInput>(run, async (input, signal) => {
    const step = stepOf(run.flow, input.step, 'connect');
    const values = visible(input.context, await evaluateAll(run, step.with, input.context));
    const { connector, operation } = step;
    const result = await whileTakingLong(run, { step, context: input.context, signal }, () =>
      exchange(run, { connector, operation, values, sealed: {} }, signal),
    );
    return accepted(run, step, result.outcome, checkOrder(saved(step, result.values), input.context.values));
  });
}

/** An amount that nobody could say or charge, or an order id that is none, must not get as far as the caller. */
function accepted(run: Run, step: ConnectStep, outcome: string, { values, malformed }: Checked): ConnectOutput {
  if (malformed.length === 0) return { outcome, values: spokenHere(run, values) };
  const reason = `${malformed.join(', ')} of ${step.connector} malformed`;
  run.tools.record(run.call.id, { type: 'failed', code: 'context-invalid', reason });
  return { outcome: 'error', values: {} };
}

function saved(step: ConnectStep, captured: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  const names = Object.entries(step.save);
  if (names.length === 0) return captured;
  return Object.fromEntries(names.map(([name, from]) => [name, captured[from] ?? null]));
}
