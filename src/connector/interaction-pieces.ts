import type { Place } from '../flow/ast';
import type { Part } from './ast';
import type { PlacedText } from './xml-reader';

/** One piece of a text of an `<ApiInteraction>`. */
export interface Piece {
  readonly part: Part;
  readonly offset: number;
  /** Holds a `~~~REPLACE~~~`. */
  readonly unfilled: boolean;
}

/** What the document's authors leave to be filled in. */
const UNFILLED = '~~~REPLACE~~~';
const SLOT = /\$\(([^()]*)\)|\{\{(.*?)\}\}/g;

/**
 * Cuts a text at its `$(Name)` and `{{ secrets.name }}`. In a message, `HERE` stands for where the text is.
 */
export function pieces(
  { text, offsets }: PlacedText,
  placeAt: (offset: number) => Place,
  report: (rule: string, message: string, offset: number) => void,
): readonly Piece[] {
  const found: Piece[] = [];
  const offsetAt = (index: number): number => offsets[index] ?? offsets.at(-1) ?? 0;
  reportUnfilled(text, offsetAt, report);
  const words = (from: number, to: number): void => {
    if (to <= from) return;
    const part: Part = { kind: 'text', text: text.slice(from, to) };
    if (part.text.includes('$('))
      report('bad-template', 'a `$(` in HERE has no `)`', offsetAt(from + part.text.indexOf('$(')));
    found.push({ part, offset: offsetAt(from), unfilled: part.text.includes(UNFILLED) });
  };
  let end = 0;
  for (const match of text.matchAll(SLOT)) {
    words(end, match.index);
    end = match.index + match[0].length;
    const offset = offsetAt(match.index);
    const part = slot(match, placeAt(offset));
    if (part === null) report('bad-template', `\`${match[0]}\` in HERE is no name`, offset);
    else found.push({ part, offset, unfilled: match[0].includes(UNFILLED) });
  }
  words(end, text.length);
  return found;
}

function reportUnfilled(
  text: string,
  offsetAt: (index: number) => number,
  report: (rule: string, message: string, offset: number) => void,
): void {
  for (let at = text.indexOf(UNFILLED); at !== -1; at = text.indexOf(UNFILLED, at + 1)) {
    const isName = text.slice(0, at).endsWith('$(');
    const what = isName ? 'the name of a value of the call' : 'what belongs there, or \`{{ secrets.name }}\`';
    report('to-fill-in', `\`${UNFILLED}\` in HERE is to be filled in: write ${what}`, offsetAt(at));
  }
}

function slot(match: RegExpExecArray, place: Place): Part | null {
  const name = match[1]?.trim();
  if (name !== undefined) return name === '' ? null : { kind: 'value', name };
  const [, kind, of] = /^\s*(settings|secrets)\.([a-z][a-z0-9_]*)\s*$/.exec(match[2] ?? '') ?? [];
  if (of === undefined) return null;
  return { kind: kind === 'settings' ? 'setting' : 'secret', name: of, place };
}
