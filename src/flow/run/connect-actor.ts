import type { Value } from '../../ports/connectors';
import type { ConnectStep } from '../ast';
import type { ConnectOutput, EffectInput } from '../compile/machine-setup';
import { effect } from './effect';
import { evaluateAll } from './evaluating';
import { exchange, visible } from './exchanging';
import type { Run } from './flow-tools';
import { stepOf } from './step-of';

/** Runs the connector of a `connect` step. */
export function connectActor(run: Run) {
  return effect<ConnectOutput, EffectInput>(run, async (input, signal) => {
    const step = stepOf(run.flow, input.step, 'connect');
    const values = visible(input.context, await evaluateAll(run, step.with, input.context));
    const { connector, operation } = step;
    const result = await exchange(run, { connector, operation, values, sealed: {} }, signal);
    return { outcome: result.outcome, values: saved(step, result.values) };
  });
}

function saved(step: ConnectStep, captured: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  const names = Object.entries(step.save);
  if (names.length === 0) return captured;
  return Object.fromEntries(names.map(([name, from]) => [name, captured[from] ?? null]));
}
