import type { Value } from '../../ports/connectors';
import type { Template } from '../ast';
import { scopeOf, type FlowContext } from '../compile/context';
import type { Run } from './flow-tools';

/** A template as text over the flow's context: '' for nothing. Rejects with HushtoneError `expression-failed`. */
export function evaluateText(run: Run, template: Template, context: FlowContext): Promise<string> {
  return run.templates.of(template).text(scopeOf(context));
}

/** Whether a condition holds. Rejects with HushtoneError `expression-failed`. */
export function holds(run: Run, template: Template, context: FlowContext): Promise<boolean> {
  return run.templates.of(template).holds(scopeOf(context));
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
    await run.templates.of(template).value(scope),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}
