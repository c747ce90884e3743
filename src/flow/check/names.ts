import type { Flow, Step } from '../ast';
import { nearest, quoted, suggestion } from '../nearest';
import { LINK_ID, OPERATIONS, RESERVED_NAMES, SESSION_VALUES } from '../vocabulary';
import type { Checking } from './report';
import { entryPlace, flowPlace, headerPlace, nameOf, stepPlace } from './report';
import { isSensitiveName } from './sensitive-names';
import { unreadSteps } from './graph';
import { expressionsOf, savedNames, subtractions } from './templates';

/** What the engine itself tells, by name. */
export const BUILT_IN_VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ['call', ['id', 'caller', 'did', 'flow', 'version', 'language', 'referred_by', 'transferrer']],
  ['payment', ['outcome', 'reference', 'token']],
  ['session', ['id']],
]);

/** Names that a flow can read; not `complete` when something that provides further ones could not be looked into. */
export interface KnownNames {
  readonly names: ReadonlySet<string>;
  readonly complete: boolean;
}

/** Names that the flow's sources of context tell before the first step. */
function contextNames(checking: Checking): KnownNames {
  const names = new Set<string>();
  let complete = true;
  for (const source of checking.flow.context) {
    if (source.kind === 'headers') for (const name of Object.keys(source.headers)) names.add(name);
    else complete = addCaptures(checking, names, source.connector, OPERATIONS.single) && complete;
  }
  return { names, complete };
}

/** Names that a step's expressions may read: those of the context and those that steps save. */
export function allNames(checking: Checking): KnownNames {
  const known = ALL.get(checking);
  if (known !== undefined) return known;
  const context = contextNames(checking);
  const names = new Set(context.names);
  let complete = context.complete && unreadSteps(checking.parsed).length === 0;
  for (const step of checking.flow.steps.values()) complete = addSaved(checking, names, step) && complete;
  const all = { names, complete };
  ALL.set(checking, all);
  return all;
}

/** Asked for once per input of each connector. */
const ALL = new WeakMap<Checking, KnownNames>();

function addSaved(checking: Checking, names: Set<string>, step: Step): boolean {
  for (const [, name] of savedNames(step)) names.add(name);
  if (step.kind === 'otp') return addCaptures(checking, names, step.connector, OPERATIONS.otp);
  if (step.kind === 'connect' && Object.keys(step.save).length === 0) {
    return addCaptures(checking, names, step.connector, step.operation);
  }
  if (step.kind !== 'link') return true;
  for (const name of [...SESSION_VALUES, LINK_ID]) names.add(name);
  // Whoever made the session may have added further ones.
  return false;
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
  for (const { text, checked, place } of expressionsOf(checking.flow)) {
    if (!checked.ok) {
      checking.report('expression', place, checked.problem);
      continue;
    }
    const dashed = dashedNames(text, checked.names, known);
    for (const name of dashed) {
      const message = `\`${name}\` is read as a subtraction; write \`${underscored(name)}\``;
      checking.report('unknown-name', place, message);
    }
    const sensitive = subtractions(text, checked.names).filter(isSensitiveName);
    for (const path of uniquePaths(checked.paths)) {
      if ([...dashed, ...sensitive].some((name) => name.split('-').includes(path.at(-1) ?? ''))) continue;
      const problem = pathProblem(path, known);
      if (problem !== null) checking.report('unknown-name', place, problem);
    }
  }
}

/** Names that would be there with underscores: to JSONata a dash is a minus. In a text, a dash is a dash. */
function dashedNames(text: string, read: readonly string[], known: KnownNames): readonly string[] {
  return subtractions(text, read).filter(
    (word) => known.names.has(underscored(word)) && word.split('-').every((part) => !known.names.has(part)),
  );
}

function underscored(name: string): string {
  return name.replaceAll('-', '_');
}

function uniquePaths(paths: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...new Map(paths.map((path) => [path.join('.'), path])).values()];
}

function pathProblem(path: readonly string[], known: KnownNames): string | null {
  const [root = '', member] = path;
  const members = BUILT_IN_VALUES.get(root);
  if (members !== undefined) {
    if (member === undefined || members.includes(member) || isSensitiveName(member)) return null;
    return `\`${root}\` has no \`${member}\`; ${suggestion(member, members)}`;
  }
  if (known.names.has(root) || isSensitiveName(root)) return null;
  const near = nearest(root, [...known.names, ...BUILT_IN_VALUES.keys()]);
  if (near !== null) return `nothing provides \`${root}\`; did you mean \`${near}\`?`;
  return known.complete ? `nothing provides \`${root}\`; ${choice(known.names)}` : null;
}

function choice(known: ReadonlySet<string>): string {
  const good = [...known].filter((name) => GOOD_NAME.test(name) && !isIn(RESERVED_NAMES, name)).sort();
  return good.length === 0 ? 'the flow has no `context`' : `there ${good.length === 1 ? 'is' : 'are'} ${quoted(good)}`;
}

function checkRequired(checking: Checking): void {
  const known = contextNames(checking);
  for (const name of checking.flow.require) {
    if (known.names.has(name)) continue;
    const near = nearest(name, known.names);
    if (near === null && !known.complete) continue;
    const hint = near === null ? 'add it to the headers of a source' : `did you mean \`${near}\`?`;
    const message = `\`require\` names \`${name}\`, which no source of \`context\` provides; ${hint}`;
    checking.report('unknown-name', flowPlace(checking, 'require'), message);
  }
}

function checkTaken(checking: Checking): void {
  const { flow } = checking;
  for (const step of flow.steps.values()) {
    for (const [key, name] of savedNames(step)) {
      const place = step.kind === 'collect' ? stepPlace(checking, step, key) : entryPlace(checking, step, key, name);
      if (isIn(RESERVED_NAMES, name)) {
        checking.report('bad-name', place, `${nameOf(step)} cannot save \`${name}\`: the engine itself uses that name`);
      } else if (!GOOD_NAME.test(name)) {
        const message = `${nameOf(step)} cannot save \`${name}\`; a name is small letters, digits and underscores`;
        checking.report('bad-name', place, message);
      }
    }
  }
  for (const name of headerNames(flow)) {
    const place = headerPlace(checking, name);
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
