import type { Place } from '../flow/ast';
import type { Body, Escape, Template, TextPiece, ValueInput } from './ast';
import type { Piece } from './interaction-pieces';

export type { Piece } from './interaction-pieces';

export function templateOf(pieces: readonly Piece[], place: Place): Template {
  return { parts: pieces.map(({ part }) => part), place };
}

/** The `$(Name)`s in these texts, each once: all must be there when it runs. */
export function valuesOf(pieces: readonly Piece[]): readonly ValueInput[] {
  const names = new Set(pieces.flatMap(({ part }) => (part.kind === 'value' ? [part.name] : [])));
  return [...names].map((name) => ({ name, type: 'text', optional: false }));
}

export interface UrlPieces {
  /** Protocol, host and port. */
  readonly base: readonly Piece[];
  readonly path: readonly Piece[];
  readonly query: readonly (readonly [name: string, value: readonly Piece[]])[];
}

/** Takes an address apart. A value of the call may stand behind the host alone, so that none can change where a request goes. */
export function splitUrl(pieces: readonly Piece[], report: (message: string, offset: number) => void): UrlPieces {
  const [base, rest] = cutAt(trimStart(pieces), /(?<![:/])[/?#]/);
  for (const { part, offset, unfilled } of base) {
    if (part.kind === 'value' && !unfilled)
      report(`\`$(${part.name})\` may not stand in the host: no value of a call changes it`, offset);
  }
  const hash = rest.find(({ part }) => part.kind === 'text' && part.text.includes('#'));
  if (hash !== undefined) report('Url can hold no `#`', hash.offset);
  const [path, search] = cutAt(rest, /\?/);
  const slash = { part: { kind: 'text', text: '/' } as const, offset: 0, unfilled: false };
  return { base, path: path.length === 0 ? [slash] : path, query: queryOf(search, report) };
}

function queryOf(search: readonly Piece[], report: (message: string, offset: number) => void): UrlPieces['query'] {
  const pairs: (readonly [string, readonly Piece[]])[] = [];
  let rest = withoutFirst(search);
  while (rest.length > 0) {
    const [pair, more] = cutAt(rest, /&/);
    const [name, value] = cutAt(pair, /=/);
    for (const { part, offset, unfilled } of name) {
      if (part.kind !== 'text' && !unfilled)
        report(
          'a name before `=` in the Url must be written out: a `$(Name)` may be a value of the query alone',
          offset,
        );
    }
    const text = name.map(({ part }) => (part.kind === 'text' ? part.text : '')).join('');
    if (text !== '') pairs.push([decoded(text), withoutFirst(value).map(decodedPiece)]);
    rest = withoutFirst(more);
  }
  return pairs;
}

function decodedPiece(piece: Piece): Piece {
  return piece.part.kind === 'text' ? { ...piece, part: { kind: 'text', text: decoded(piece.part.text) } } : piece;
}

function decoded(text: string): string {
  return new URLSearchParams(`x=${text}`).get('x') ?? '';
}

/** Before, and from, the first match in a text. */
function cutAt(pieces: readonly Piece[], pattern: RegExp): readonly [readonly Piece[], readonly Piece[]] {
  for (const [index, piece] of pieces.entries()) {
    if (piece.part.kind !== 'text') continue;
    const { text } = piece.part;
    const at = text.search(pattern);
    if (at < 0) continue;
    const before = at === 0 ? [] : [{ ...piece, part: { kind: 'text' as const, text: text.slice(0, at) } }];
    const from = { ...piece, part: { kind: 'text' as const, text: text.slice(at) } };
    return [
      [...pieces.slice(0, index), ...before],
      [from, ...pieces.slice(index + 1)],
    ];
  }
  return [pieces, []];
}

/** Without the character that it begins with. */
function withoutFirst([first, ...more]: readonly Piece[]): readonly Piece[] {
  if (first?.part.kind !== 'text') return first === undefined ? [] : [first, ...more];
  const text = first.part.text.slice(1);
  return text === '' ? more : [{ ...first, part: { kind: 'text', text } }, ...more];
}

function trimStart([first, ...more]: readonly Piece[]): readonly Piece[] {
  if (first === undefined) return [];
  const all = [first, ...more];
  return all.map((piece, index) => {
    if (piece.part.kind !== 'text') return piece;
    const start = index === 0 ? piece.part.text.trimStart() : piece.part.text;
    return { ...piece, part: { kind: 'text', text: index === all.length - 1 ? start.trimEnd() : start } };
  });
}

/** The body, with each value escaped for the place where it stands. */
export function bodyOf(
  pieces: readonly Piece[],
  contentType: readonly Piece[] | null,
  report: (message: string) => void,
): Body {
  const type = typeOf(pieces, contentType, report);
  if (type === 'form') return { kind: 'text', type, pieces: pieces.map(({ part }) => ({ part, as: 'form' })) };
  const placed = inJson(pieces);
  const sample = placed
    .map(({ part, as }) => (part.kind === 'text' ? part.text : as === 'json-text' ? 'x' : ' 0 '))
    .join('');
  if (!isJson(sample) && !isJson(sample.replaceAll('~~~REPLACE~~~', '0')))
    report('the Body is no JSON; a `$(Name)` stands between quotes, or alone where a value can stand');
  return { kind: 'text', type, pieces: placed };
}

function typeOf(
  pieces: readonly Piece[],
  contentType: readonly Piece[] | null,
  report: (message: string) => void,
): 'json' | 'form' {
  const first = pieces[0]?.part;
  const looksJson = first?.kind === 'text' && /^[[{]/.test(first.text);
  if (contentType === null) return looksJson ? 'json' : 'form';
  const named = contentType
    .map(({ part }) => (part.kind === 'text' ? part.text : ''))
    .join('')
    .toLowerCase();
  if (named.startsWith('application/json')) return 'json';
  if (named.startsWith('application/x-www-form-urlencoded')) return 'form';
  report('a Body can be application/json or application/x-www-form-urlencoded');
  return looksJson ? 'json' : 'form';
}

/** Says of each value whether it stands within a JSON text. */
function inJson(pieces: readonly Piece[]): readonly TextPiece[] {
  let within = false;
  return pieces.map(({ part }): TextPiece => {
    const as: Escape = within ? 'json-text' : 'json-value';
    if (part.kind === 'text') within = endsWithin(part.text, within);
    return { part, as };
  });
}

/** Whether a JSON text is open at the end of these characters. */
function endsWithin(text: string, within: boolean): boolean {
  let open = within;
  for (let at = 0; at < text.length; at++) {
    if (open && text[at] === '\\') at++;
    else if (text[at] === '"') open = !open;
  }
  return open;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
