import type { Flow, Mistake, Place, Step } from '../ast';
import { titleOf } from '../parse/fields';
import type { ParsedFlow } from '../parse/parse-flow';
import type { FlowWorld } from './world';

/** What every check of one flow works on. */
export interface Checking {
  readonly flow: Flow;
  readonly parsed: ParsedFlow;
  readonly world: FlowWorld;
  report(rule: string, place: Place, message: string): void;
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

/** The step, as messages name it. */
export function nameOf(step: Step): string {
  return `step \`${step.name}\``;
}
