import type { Value } from '../../ports/connectors';
import type { Template } from '../ast';
import type { Expression, Scope } from './expression';
import { compileExpression } from './expression';

/** One piece of a template's text; `offset` is where it starts in the text. */
export interface Piece {
  readonly kind: 'text' | 'expression';
  readonly text: string;
  readonly offset: number;
}

const EXPRESSION = /\{\{(.*?)\}\}/gs;

/** Splits `Order {{ order_id }}` into its text and its expressions. */
export function splitTemplate(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(EXPRESSION)) {
    if (match.index > end) pieces.push({ kind: 'text', text: text.slice(end, match.index), offset: end });
    pieces.push({ kind: 'expression', text: match[1] ?? '', offset: match.index });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end), offset: end });
  return pieces;
}

/**
 * The value of a template over what a call knows: one that is exactly one `{{ }}` gives the expression's value (null: none), any
 * other a text. Rejects with `expression-failed`.
 */
export type Evaluate = (template: Template, scope: Scope) => Promise<Value>;

/** Evaluates templates; each is compiled once, when it is first needed. */
export function createEvaluate(): Evaluate {
  const compiled = new WeakMap<Template, (scope: Scope) => Promise<Value>>();
  return async (template, scope) => {
    const known = compiled.get(template) ?? compileTemplate(template.text);
    compiled.set(template, known);
    return known(scope);
  };
}

function compileTemplate(text: string): (scope: Scope) => Promise<Value> {
  const pieces = splitTemplate(text).map((piece): Expression =>
    piece.kind === 'text' ? literal(piece.text) : compileExpression(piece.text),
  );
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return (scope) => only.evaluate(scope);
  return async (scope) => {
    const values = await Promise.all(pieces.map((piece) => piece.evaluate(scope)));
    return values.map(textOf).join('');
  };
}

function literal(text: string): Expression {
  return { evaluate: () => Promise.resolve(text) };
}

function textOf(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
