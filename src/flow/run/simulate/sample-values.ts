import type { Operation } from '../../../connector/ast';
import type { Value } from '../../../ports/connectors';

/** What orders look like in a simulation, by the names that flows and connectors use; '': left out. */
const BY_NAME: Readonly<Record<string, string>> = {
  amount: '2500.50',
  currency: 'INR',
  order_id: 'TXN-10492',
  phone: '+919800000100',
  return_to: '',
  language: '',
};

/** The headers that a flow reads, with an order in them. */
export function sampleHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, header]): [string, string] => [header, sampleOf(name)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

/** What an answer of this outcome could tell: nothing where it is a refusal (4xx, 5xx) or a fault. */
export function sampleAnswer(operation: Operation, outcome: string): Record<string, Value> {
  const rule = operation.outcomes.find((each) => each.outcome === outcome);
  if (rule === undefined) return {};
  const refused = rule.status.length > 0 && rule.status.every((status) => /^[45]/.test(status));
  if (refused && rule.requires.length === 0) return {};
  return Object.fromEntries(
    operation.captures
      .map(({ name, type }): [string, Value] => [name, ofType(name, type)])
      .filter(([, value]) => value !== ''),
  );
}

/** An order, by these names. */
export function sampleOrder(names: readonly string[]): Record<string, Value> {
  const entries = names.map((name): [string, Value] => [name, sampleOf(name)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

function ofType(name: string, type: Operation['captures'][number]['type']): Value {
  if (type === 'boolean') return true;
  if (type === 'integer') return 1;
  if (type === 'decimal' && BY_NAME[name] === undefined) return '1.00';
  return sampleOf(name);
}

function sampleOf(name: string): string {
  return BY_NAME[name] ?? `sample-${name.replaceAll('_', '-')}`;
}
