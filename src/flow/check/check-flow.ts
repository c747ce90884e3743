import type { Flow, Mistake } from '../ast';
import { shortened } from '../mistake-words';
import type { ParsedFlow } from '../parse/parse-flow';
import { checkCardData } from './card-data';
import { checkConnectors } from './connectors';
import { checkGraph } from './graph';
import { checkLanguages } from './languages';
import { checkLiterals } from './literals';
import { checkNames } from './names';
import { checkPlaceholders } from './placeholders';
import { checkPrompts } from './prompts';
import { startChecking } from './report';
import { checkSensitive } from './sensitive';
import { checkReturnTargets } from './targets';
import type { FlowWorld } from './world';

const CHECKS = [
  checkGraph,
  checkNames,
  checkSensitive,
  checkConnectors,
  checkReturnTargets,
  checkLiterals,
  checkLanguages,
  checkPrompts,
  checkPlaceholders,
  checkCardData,
] as const;

/** Every mistake of meaning in one flow, in the order of the file. Those of the text itself are in `parsed.mistakes`. */
export function checkFlow(flow: Flow, parsed: ParsedFlow, world: FlowWorld): readonly Mistake[] {
  const { checking, mistakes } = startChecking(flow, parsed, world);
  for (const check of CHECKS) check(checking);
  return inOrder(mistakes);
}

/** By place; equal ones once. */
export function inOrder(mistakes: readonly Mistake[]): readonly Mistake[] {
  const unique = new Map(mistakes.map((mistake) => [formatMistake(mistake), mistake]));
  return [...unique.values()].sort(
    (a, b) =>
      a.place.file.localeCompare(b.place.file) || a.place.line - b.place.line || a.place.column - b.place.column,
  );
}

/** `file:line:column: rule: message`, as people may see it */
export function formatMistake({ rule, message, place }: Mistake): string {
  return `${place.file}:${place.line}:${place.column}: ${rule}: ${shortened(message)}`;
}
