import jsonata from 'jsonata';
import { quoted, suggestion } from '../nearest';

/**
 * The part of JSONata that flows may use: paths, literals, operators, `?:`, `??` and a short list of functions. The whole of it can
 * exhaust the process (recursion, `$pad`) or freeze it (regular expressions), so everything not listed here is refused.
 */
export const FUNCTIONS = [
  'abs',
  'average',
  'boolean',
  'ceil',
  'contains',
  'count',
  'exists',
  'floor',
  'join',
  'length',
  'lowercase',
  'max',
  'min',
  'not',
  'number',
  'round',
  'split',
  'string',
  'substring',
  'substringAfter',
  'substringBefore',
  'sum',
  'trim',
  'uppercase',
] as const;

/** Longest expression, in characters: with no loops in it, this bounds what one evaluation can build. */
const LONGEST_EXPRESSION = 500;

const OPERATORS = new Set(['+', '-', '*', '/', '%', '=', '!=', '<', '<=', '>', '>=', 'and', 'or', 'in', '&']);

/** A path from the context's root: `payment.reference` is `[payment, reference]`. */
type ContextPath = readonly string[];

export type Checked =
  | {
      readonly ok: true;
      /** What it reads of the context. */
      readonly paths: readonly ContextPath[];
      /** Every name in it. */
      readonly names: readonly string[];
      /** Literal texts that it may give as its whole result: `support-queue` of `return_to ?? 'support-queue'`. */
      readonly results: readonly string[];
    }
  | { readonly ok: false; readonly problem: string };

/** Says whether `text` is within the subset, and which names it reads. */
export function checkExpression(text: string): Checked {
  if (text.trim() === '') return { ok: false, problem: 'the expression is empty' };
  if (text.length > LONGEST_EXPRESSION) {
    return { ok: false, problem: `the expression is longer than ${LONGEST_EXPRESSION} characters` };
  }
  const found: Found = { paths: [], names: [] };
  try {
    const ast = jsonata(text).ast() as unknown as AstNode;
    walk(ast, found, true);
    return { ok: true, paths: found.paths, names: found.names, results: literalResults(ast) };
  } catch (error) {
    if (error instanceof OutsideSubset) return { ok: false, problem: error.message };
    return { ok: false, problem: `\`${text.trim()}\` is no expression: ${slipIn(text) ?? syntaxProblem(error)}` };
  }
}

function literalResults(node: AstNode | undefined): readonly string[] {
  if (node === undefined) return [];
  if (node.type === 'string') return [String(node.value)];
  if (node.type === 'condition') return [...literalResults(node.then), ...literalResults(node.else)];
  return node.type === 'block' ? literalResults(node.expressions?.[0]) : [];
}

/** JSONata's syntax tree as its parser leaves it; only what this walk looks at. */
interface AstNode {
  readonly type: string;
  readonly value?: unknown;
  readonly steps?: readonly AstNode[];
  readonly stages?: readonly Stage[];
  readonly predicate?: readonly Stage[];
  readonly lhs?: AstNode;
  readonly rhs?: AstNode;
  readonly expression?: AstNode;
  readonly expressions?: readonly AstNode[];
  readonly condition?: AstNode;
  readonly then?: AstNode;
  readonly else?: AstNode;
  readonly procedure?: AstNode;
  readonly arguments?: readonly AstNode[];
  readonly focus?: unknown;
  readonly index?: unknown;
  readonly group?: unknown;
  readonly tuple?: unknown;
}

interface Stage {
  readonly type: string;
  readonly expr?: AstNode;
}

interface Found {
  readonly paths: ContextPath[];
  readonly names: string[];
}

class OutsideSubset extends Error {}

function refuse(what: string): never {
  throw new OutsideSubset(`${what} cannot be used in a flow; ${ALLOWED}`);
}

const ALLOWED = 'paths, literals, operators, `?:`, `??` and some functions can';

const NAMED: Readonly<Record<string, string>> = {
  lambda: 'a function of your own',
  regex: 'a regular expression',
  transform: 'a transform (`|...|...|`)',
  wildcard: 'the wildcard `*`',
  descendant: 'the wildcard `**`',
  parent: 'the parent operator `%`',
  apply: 'the chain operator `~>`',
  partial: 'a partial function call',
  bind: 'a variable of your own (`:=`)',
  sort: 'the sort operator `^(...)`',
};

/** `root`: a path that starts here starts at the context itself, not inside something found before. */
type Walk = (node: AstNode, found: Found, root: boolean) => void;

function walk(node: AstNode, found: Found, root: boolean): void {
  if (node.focus !== undefined || node.index !== undefined || node.tuple !== undefined) refuse('a variable binding');
  if (node.group !== undefined) refuse('grouping (`{...}`)');
  walkStages(node, found);
  const walker = WALKS[node.type];
  if (walker === undefined) refuse(NAMED[node.type] ?? `\`${node.type}\``);
  walker(node, found, root);
}

const nothing: Walk = () => undefined;

const WALKS: Readonly<Record<string, Walk>> = {
  string: nothing,
  number: nothing,
  value: nothing,
  name: (node, found, root) => {
    walkPath([node], found, root);
  },
  path: (node, found, root) => {
    walkPath(node.steps ?? [], found, root);
  },
  condition: (node, found, root) => {
    walkAll([node.condition, node.then, node.else], found, root);
  },
  block: (node, found, root) => {
    if (node.expressions?.length !== 1) refuse('a sequence of expressions (`;`)');
    walkAll(node.expressions, found, root);
  },
  variable: (node) => {
    if (node.value !== '') refuse(`the variable \`$${String(node.value)}\``);
  },
  binary: walkBinary,
  unary: walkUnary,
  function: walkFunction,
};

function walkAll(nodes: readonly (AstNode | undefined)[], found: Found, root: boolean): void {
  for (const node of nodes) if (node !== undefined) walk(node, found, root);
}

function walkStages(node: AstNode, found: Found): void {
  for (const stage of [...(node.stages ?? []), ...(node.predicate ?? [])]) {
    if (stage.type !== 'filter' || stage.expr === undefined) refuse('a position binding (`#`)');
    walk(stage.expr, found, false);
  }
}

function walkPath(steps: readonly AstNode[], found: Found, root: boolean): void {
  const names: string[] = [];
  let plain = true;
  for (const [index, step] of steps.entries()) {
    if (step.type === 'name') {
      if (step.focus !== undefined || step.index !== undefined || step.tuple !== undefined)
        refuse('a variable binding');
      walkStages(step, found);
      found.names.push(String(step.value));
      if (plain) names.push(String(step.value));
    } else {
      plain = false;
      walk(step, found, root && index === 0);
    }
  }
  if (root && names.length > 0) found.paths.push(names);
}

function walkBinary(node: AstNode, found: Found, root: boolean): void {
  const operator = String(node.value);
  if (operator === '..') refuse('a range (`..`)');
  if (!OPERATORS.has(operator)) refuse(`the operator \`${operator}\``);
  walkAll([node.lhs, node.rhs], found, root);
}

function walkUnary(node: AstNode, found: Found, root: boolean): void {
  if (node.value === '-') walkAll([node.expression], found, root);
  else if (node.value === '[') walkAll(node.expressions ?? [], found, root);
  else refuse('an object constructor (`{...}`)');
}

function walkFunction(node: AstNode, found: Found, root: boolean): void {
  const { procedure } = node;
  const name = String(procedure?.value);
  if (procedure?.type !== 'variable') refuse('calling something that is not a function of the list');
  if (!(FUNCTIONS as readonly string[]).includes(name)) {
    const names = FUNCTIONS.map((each) => `$${each}`);
    const near = suggestion(`$${name}`, names);
    const hint = near.startsWith('did') ? near : `there are ${quoted(names)}`;
    throw new OutsideSubset(`the function \`$${name}\` cannot be used in a flow; ${hint}`);
  }
  const args = node.arguments ?? [];
  // A separator of any size times a list of any length would have no bound.
  if ((name === 'join' || name === 'split') && args[1] !== undefined && args[1].type !== 'string') {
    throw new OutsideSubset(`\`$${name}\` needs a literal text as its separator, such as ", "`);
  }
  walkAll(args, found, root);
}

/** What other languages write otherwise, and how it is written here. */
const SLIPS: readonly (readonly [RegExp, string, string])[] = [
  [/!==/, '!==', '`!=`'],
  [/===?/, '==', 'one `=`'],
  [/<>/, '<>', '`!=`'],
  [/=>/, '=>', '`>=`'],
  [/=</, '=<', '`<=`'],
  [/&&/, '&&', '`and`'],
  [/\|\|/, '||', '`or`, or `??` for what stands in for a missing value'],
  [/\bAND\b/, 'AND', '`and`'],
  [/\bOR\b/, 'OR', '`or`'],
  [/!(?!=)/, '!', '`$not(...)`'],
];

function slipIn(text: string): string | null {
  const code = text.replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, '');
  const [, wrong, right] = SLIPS.find(([pattern]) => pattern.test(code)) ?? [];
  return wrong === undefined ? null : `instead of \`${wrong}\`, write ${right}`;
}

function syntaxProblem(error: unknown): string {
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message.charAt(0).toLowerCase() + message.slice(1) : 'its syntax is wrong';
}
