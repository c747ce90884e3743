import type { Value } from '../../ports/connectors';
import type { Template } from '../ast';
import type { Expression, Scope } from './expression';
import { compileExpression } from './expression';

/** One piece of a template's text; `offset` is where it starts in the text. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string; readonly offset: number }
  | { readonly kind: 'expression'; readonly text: string; readonly offset: number };

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

export interface CompiledTemplate {
  /** A template that is exactly one `{{ }}` gives its value (null: none), any other a text. Rejects with `expression-failed`. */
  value(scope: Scope): Promise<Value>;
  /** Always a text; '' for no value. Lists and objects are JSON. */
  text(scope: Scope): Promise<string>;
  /** As JSONata's `$boolean`: false for nothing, '', 0, false and what is empty. */
  holds(scope: Scope): Promise<boolean>;
}

/** Compiles a template once, for as many evaluations as there are calls. Throws `expression-failed` outside the subset. */
export function compileTemplate(template: Template): CompiledTemplate {
  const pieces = splitTemplate(template.text).map((piece) =>
    piece.kind === 'text' ? piece.text : compileExpression(piece.text),
  );
  const [only] = pieces;
  const single = pieces.length === 1 && typeof only === 'object' ? only : null;
  const value = async (scope: Scope): Promise<Value> =>
    single === null ? join(pieces, scope) : single.evaluate(scope);
  return {
    value,
    text: async (scope) => textOf(await value(scope)),
    holds: async (scope) => isTrue(await value(scope)),
  };
}

async function join(pieces: readonly (string | Expression)[], scope: Scope): Promise<string> {
  let text = '';
  for (const piece of pieces) text += typeof piece === 'string' ? piece : textOf(await piece.evaluate(scope));
  return text;
}

function textOf(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.some((item: Value) => isTrue(item));
  if (value !== null && typeof value === 'object') return Object.keys(value).length > 0;
  return Boolean(value);
}

/** Compiled templates of the flows in use, each compiled when it is first needed. */
export class Templates {
  private readonly compiled = new WeakMap<Template, CompiledTemplate>();

  of(template: Template): CompiledTemplate {
    const known = this.compiled.get(template);
    if (known !== undefined) return known;
    const compiled = compileTemplate(template);
    this.compiled.set(template, compiled);
    return compiled;
  }
}
