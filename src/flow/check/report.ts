import type { Flow, Mistake, Place, Step } from '../ast';
import { titleOf } from '../parse/fields';
import type { ParsedFlow } from '../parse/parse-flow';
import type { Rule } from '../rules';
import type { FlowWorld } from './world';

/** What every check of one flow works on. */
export interface Checking {
  readonly flow: Flow;
  readonly parsed: ParsedFlow;
  readonly world: FlowWorld;
  report(rule: Rule, place: Place, message: string): void;
}

export function startChecking(
  flow: Flow,
  parsed: ParsedFlow,
  world: FlowWorld,
): { readonly checking: Checking; readonly mistakes: readonly Mistake[] } {
  const mistakes: Mistake[] = [];
  const report = (rule: string, place: Place, message: string): void => {
    mistakes.push({ rule, place, message });
  };
  return { checking: { flow, parsed, world, report }, mistakes };
}

/** Where a key's value of the flow itself stands. */
export function flowPlace(checking: Checking, key: string): Place {
  const start = { file: checking.flow.file, line: 1, column: 1 };
  return checking.parsed.places.get(titleOf(key, 'the flow')) ?? start;
}

/** Where a key's value of a step stands; else the step. */
export function stepPlace(checking: Checking, step: Step, key: string): Place {
  return checking.parsed.places.get(titleOf(key, nameOf(step))) ?? step.place;
}

/** Where an entry of a step's mapping (`with`, `save`, `set`) stands; else the mapping. */
export function entryPlace(checking: Checking, step: Step, key: string, entry: string): Place {
  const title = titleOf(entry, titleOf(key, nameOf(step)));
  return checking.parsed.places.get(title) ?? stepPlace(checking, step, key);
}

/** Where a header of a source of context stands. */
export function headerPlace(checking: Checking, name: string): Place {
  for (const index of checking.flow.context.keys()) {
    const place = checking.parsed.places.get(titleOf(name, titleOf('headers', sourceName(index))));
    if (place !== undefined) return place;
  }
  return flowPlace(checking, 'context');
}

/** A source of context, as messages name it; `index` from 0. */
export function sourceName(index: number): string {
  return `source ${index + 1} of \`context\``;
}

/** The step, as messages name it. */
export function nameOf(step: Step): string {
  return `step \`${step.name}\``;
}
