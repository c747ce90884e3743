import type { Flow, Step } from '../ast';
import { nearest, quoted, suggestion } from '../nearest';
import { OPERATIONS, RESERVED_NAMES } from '../vocabulary';
import type { Checking } from './report';
import { flowPlace, nameOf, stepPlace } from './report';
import { isSensitiveName } from './sensitive-names';
import { expressionsOf, savedNames } from './templates';

/** What the engine itself tells, by name. */
export const BUILT_IN_VALUES: Readonly<Record<string, readonly string[]>> = {
  call: ['id', 'caller', 'did', 'flow', 'version', 'language'],
  payment: ['outcome', 'reference'],
  session: [],
};

/** Names that the flow's sources of context tell before the first step; null when one of them cannot be looked into. */
export function contextNames(checking: Checking): ReadonlySet<string> | null {
  const names = new Set<string>();
  let complete = true;
  for (const source of checking.flow.context) {
    if (source.kind === 'headers') for (const name of Object.keys(source.headers)) names.add(name);
    else complete = addCaptures(checking, names, source.connector, OPERATIONS.single) && complete;
  }
  return complete ? names : null;
}

/** Names that a step's expressions may read: those of the context and those that steps save; null when not all are known. */
export function allNames(checking: Checking): ReadonlySet<string> | null {
  const context = contextNames(checking);
  const names = new Set(context);
  let complete = context !== null && checking.parsed.unreadable.size === 0;
  for (const step of checking.flow.steps.values()) complete = addSaved(checking, names, step) && complete;
  return complete ? names : null;
}

function addSaved(checking: Checking, names: Set<string>, step: Step): boolean {
  switch (step.kind) {
    case 'set':
      for (const name of Object.keys(step.values)) names.add(name);
      return true;
    case 'collect':
      if (step.save !== null) names.add(step.save);
      return true;
    case 'connect':
      for (const name of Object.keys(step.save)) names.add(name);
      return Object.keys(step.save).length > 0 || addCaptures(checking, names, step.connector, step.operation);
    case 'otp':
      return addCaptures(checking, names, step.connector, OPERATIONS.otp);
    case 'say':
    case 'menu':
    case 'confirm':
    case 'route':
    case 'pay':
    case 'sms':
    case 'return':
    case 'end':
      return true;
  }
}

function addCaptures(checking: Checking, names: Set<string>, connector: string, operation: string): boolean {
  const found = checking.world.connectors.get(connector)?.operations.get(operation);
  for (const name of found?.captures ?? []) names.add(name);
  return found !== undefined;
}

/** Expressions outside the subset, names that nobody provides, and names that are the engine's own. */
export function checkNames(checking: Checking): void {
  checkRequired(checking);
  checkTaken(checking);
  const known = allNames(checking);
  for (const { checked, place } of expressionsOf(checking.flow)) {
    if (!checked.ok) {
      checking.report('expression', place, checked.problem);
      continue;
    }
    for (const path of uniquePaths(checked.paths)) {
      const problem = pathProblem(path, known);
      if (problem !== null) checking.report('unknown-name', place, problem);
    }
  }
}

function uniquePaths(paths: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...new Map(paths.map((path) => [path.join('.'), path])).values()];
}

function pathProblem(path: readonly string[], known: ReadonlySet<string> | null): string | null {
  const [root = '', member] = path;
  const members = BUILT_IN_VALUES[root];
  if (members !== undefined) {
    if (member === undefined || members.includes(member) || isSensitiveName(member)) return null;
    return `\`${root}\` has no \`${member}\`; ${suggestion(member, members)}`;
  }
  if (known === null || known.has(root) || isSensitiveName(root)) return null;
  const near = nearest(root, [...known, ...RESERVED_NAMES]);
  const hint = near === null ? nobody(known) : `did you mean \`${near}\`?`;
  return `nothing provides \`${root}\`; ${hint}`;
}

function nobody(known: ReadonlySet<string>): string {
  return known.size === 0 ? 'the flow has no `context`' : `there are ${quoted([...known].sort())}`;
}

function checkRequired(checking: Checking): void {
  const known = contextNames(checking);
  if (known === null) return;
  for (const name of checking.flow.require) {
    if (known.has(name)) continue;
    const near = nearest(name, known);
    const hint = near === null ? 'add it to the headers of a source' : `did you mean \`${near}\`?`;
    const message = `\`require\` names \`${name}\`, which no source of \`context\` provides; ${hint}`;
    checking.report('unknown-name', flowPlace(checking, 'require'), message);
  }
}

function checkTaken(checking: Checking): void {
  const { flow } = checking;
  for (const step of flow.steps.values()) {
    for (const [key, name] of savedNames(step)) {
      const place = stepPlace(checking, step, key);
      if (isIn(RESERVED_NAMES, name)) {
        checking.report('bad-name', place, `${nameOf(step)} cannot save \`${name}\`: the engine itself uses that name`);
      } else if (!GOOD_NAME.test(name)) {
        const message = `${nameOf(step)} cannot save \`${name}\`; a name is small letters, digits and underscores`;
        checking.report('bad-name', place, message);
      }
    }
  }
  for (const name of headerNames(flow)) {
    const place = flowPlace(checking, 'context');
    if (isIn(RESERVED_NAMES, name))
      checking.report('bad-name', place, `\`context\` cannot use \`${name}\`: the engine itself uses that name`);
    else if (!GOOD_NAME.test(name)) {
      checking.report(
        'bad-name',
        place,
        `\`context\` cannot use \`${name}\`; a name is small letters, digits and underscores`,
      );
    }
  }
}

/** What an expression can read without quoting. */
const GOOD_NAME = /^[a-z][a-z0-9_]*$/;

function isIn(words: readonly string[], word: string): boolean {
  return words.includes(word);
}

function headerNames(flow: Flow): readonly string[] {
  return flow.context.flatMap((source) => (source.kind === 'headers' ? Object.keys(source.headers) : []));
}
