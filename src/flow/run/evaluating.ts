import type { Value } from '../../ports/connectors';
import type { Template } from '../ast';
import { scopeOf, type FlowContext } from '../compile/context';
import type { Run } from './flow-tools';

/** A template as text over the flow's context: '' for nothing, JSON for a list. Rejects with HushtoneError `expression-failed`. */
export async function evaluateText(run: Run, template: Template, context: FlowContext): Promise<string> {
  const value = await run.evaluate(template, scopeOf(context));
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Whether a condition holds, as JSONata's `$boolean` has it. Rejects with HushtoneError `expression-failed`. */
export async function holds(run: Run, template: Template, context: FlowContext): Promise<boolean> {
  return isTrue(await run.evaluate(template, scopeOf(context)));
}

/** The values of a record's templates, by name. Rejects with HushtoneError `expression-failed`. */
export async function evaluateAll(
  run: Run,
  templates: Readonly<Record<string, Template>>,
  context: FlowContext,
): Promise<Record<string, Value>> {
  const scope = scopeOf(context);
  const entries = Object.entries(templates).map(async ([name, template]): Promise<[string, Value]> => [
    name,
    await run.evaluate(template, scope),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.some((item: Value) => isTrue(item));
  if (value !== null && typeof value === 'object') return Object.keys(value).length > 0;
  return Boolean(value);
}
