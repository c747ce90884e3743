import type { Value } from '../../../ports/connectors';
import type { Flow, Step, Template } from '../../ast';

/** So many different values of one name are tried. */
const MOST = 6;

/**
 * Values, other than samples, that decide a `route` of the flow: what its conditions, and the values that it sets, compare these names with. One name at a time
 * is given another value.
 */
export function valuesAskedFor(flow: Flow, names: readonly string[]): readonly Readonly<Record<string, Value>>[] {
  return names.flatMap((name) => {
    const literals = conditionsOn(flow, name).flatMap(literalsIn);
    const unique = [...new Map(literals.map((value) => [JSON.stringify(value), value])).values()];
    return unique.slice(0, MOST).map((value) => ({ [name]: value }));
  });
}

function conditionsOn(flow: Flow, name: string): readonly string[] {
  return [...flow.steps.values()]
    .flatMap(decidingTemplates)
    .map(({ text }) => text)
    .filter((text) => speaksOf(text, name));
}

/** Expressions on whose value the way of a call can depend. */
export function decidingTemplates(step: Step): readonly Template[] {
  if (step.kind === 'route') return step.when.map((branch) => branch.if);
  return step.kind === 'set' ? Object.values(step.values) : [];
}

/** Whether an expression reads a name. */
export function speaksOf(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w.$])${name}(?!\\w)`).test(text);
}

/** Texts, numbers with their neighbours, and truth values that stand in an expression. */
function literalsIn(text: string): readonly Value[] {
  const texts = [...text.matchAll(/'([^']*)'|"([^"]*)"/g)].map((match): Value => match[1] ?? match[2] ?? '');
  const rest = text.replaceAll(/'[^']*'|"[^"]*"/g, ' ');
  const numbers = [...rest.matchAll(/(?<![\w.])\d+(?:\.\d+)?/g)].map((match) => Number(match[0]));
  const truths = /\b(true|false)\b/.test(rest) ? [true, false] : [];
  return [...texts, ...numbers.flatMap((each) => [each, each + 1, each - 1]).map(String), ...truths];
}
