import { isMap, isScalar } from 'yaml';
import type { Node } from 'yaml';
import type { Place, Template } from '../ast';
import { durationHint, durationMs, durationText } from '../duration';
import { nearest, quoted, suggestion } from '../nearest';
import { LANGUAGE_PATTERN } from '../vocabulary';
import type { Source } from './source';
import { isEmpty, kindOf, wordOf } from './source';

/** Readers of single values. Each reports what is wrong with its value and returns null; `what` names the value in the message. */

const NAME = /^[a-z][a-z0-9]*([-_][a-z0-9]+)*$/;
const COUNT = /^[0-9]{1,9}$/;
const LANGUAGE = new RegExp(LANGUAGE_PATTERN);
const KEY = /^[0-9*#]$/;

/** A plain text or number, as written. */
export function readText(source: Source, node: Node | null, at: Place, what: string, hint = ''): string | null {
  if (isScalar(node) && !isEmpty(node)) return wordOf(node);
  if (isEmpty(node)) source.report('missing-value', at, `${what} has no value${hint}`);
  else source.report('wrong-type', at, `${what} must be a single value, not ${kindOf(node)}`);
  return null;
}

/** Small letters, digits and single dashes or underscores. */
export function readName(source: Source, node: Node | null, at: Place, what: string): string | null {
  const text = readText(source, node, at, what);
  if (text === null) return null;
  if (NAME.test(text) && text.length <= 64) return text;
  source.report('bad-name', placeOf(source, node, at), `${what} ${nameProblem(text)}`);
  return null;
}

function nameProblem(text: string): string {
  if (text.includes('{{')) return `must be a name as it stands, not the expression \`${text}\``;
  const right = nameLike(text);
  const hint = right === null ? '' : `; write \`${right}\``;
  return `must be small letters, digits and dashes, starting with a letter, not \`${text}\`${hint}`;
}

/** `please-wait` for `Please Wait`, or null. */
export function nameLike(text: string): string | null {
  const name = text
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return NAME.test(name) && name.length <= LONGEST_GUESS ? name : null;
}

/** A longer text is words rather than a name. */
const LONGEST_GUESS = 24;

/** What to say of text that looks like `key:value`, which YAML takes for one word. */
export function spaceHint(text: string): string {
  const [, key] = /^([a-z][a-z-]*):\S/.exec(text) ?? [];
  return key === undefined ? '' : `write a space after the colon: \`${key}: ...\``;
}

/** The same, to be put behind a message. */
export function colonHint(node: Node | null): string {
  const hint = isScalar(node) && !isEmpty(node) ? spaceHint(wordOf(node)) : '';
  return hint === '' ? '' : `; ${hint}`;
}

export function readWord(
  source: Source,
  node: Node | null,
  at: Place,
  what: string,
  words: readonly string[],
): string | null {
  const text = readText(source, node, at, what);
  if (text === null || words.includes(text)) return text;
  source.report('unknown-word', placeOf(source, node, at), `${what} cannot be \`${text}\`; ${oneOf(text, words)}`);
  return null;
}

/** Milliseconds of `8s`, `1.5s`, `250ms`, `5m`, `72h`. */
export function readDuration(
  source: Source,
  node: Node | null,
  at: Place,
  what: string,
  limits: { readonly min: number; readonly max: number },
): number | null {
  const text = readText(source, node, at, what);
  if (text === null) return null;
  const ms = durationMs(text);
  const place = placeOf(source, node, at);
  if (ms === null) {
    source.report('bad-duration', place, `${what} cannot be \`${text}\`; ${durationHint(text)}`);
    return null;
  }
  if (ms >= limits.min && ms <= limits.max) return ms;
  const range = `from ${durationText(limits.min)} to ${durationText(limits.max)}`;
  source.report('out-of-range', place, `${what} must be ${range}, not \`${text}\``);
  return null;
}

export function readCount(
  source: Source,
  node: Node | null,
  at: Place,
  what: string,
  limits: { readonly min: number; readonly max: number },
): number | null {
  const text = readText(source, node, at, what);
  if (text === null) return null;
  const value = COUNT.test(text) ? Number(text) : Number.NaN;
  if (value >= limits.min && value <= limits.max) return value;
  const place = placeOf(source, node, at);
  const range = `a whole number from ${limits.min} to ${limits.max}`;
  source.report('out-of-range', place, `${what} must be ${range}, not \`${text}\``);
  return null;
}

export function readBoolean(source: Source, node: Node | null, at: Place, what: string): boolean | null {
  if (isScalar(node) && typeof node.value === 'boolean') return node.value;
  const message = `${what} must be \`true\` or \`false\`, not ${kindOf(node)}${booleanHint(node)}`;
  source.report('wrong-type', placeOf(source, node, at), message);
  return null;
}

function booleanHint(node: Node | null): string {
  const word = isScalar(node) ? wordOf(node).toLowerCase() : '';
  if (word === 'true' || word === 'false') return ' in quotation marks; leave them out';
  if (['yes', 'y', 'on'].includes(word)) return '; write `true`';
  return ['no', 'n', 'off'].includes(word) ? '; write `false`' : '';
}

/** A language code. */
export function readLanguage(source: Source, node: Node | null, at: Place, what: string): string | null {
  const text = readText(source, node, at, what);
  if (text === null || LANGUAGE.test(text)) return text;
  source.report(
    'bad-value',
    placeOf(source, node, at),
    `${what} cannot be \`${text}\`; write a language code such as \`en\``,
  );
  return null;
}

/** One key of the keypad. */
export function readKey(source: Source, node: Node | null, at: Place, what: string): string | null {
  const text = readText(source, node, at, what, KEY_HINT);
  return text === null ? null : checkKey(source, text, placeOf(source, node, at), what);
}

/** A bare `#` begins a comment. */
export const KEY_HINT = '; `#` and `*` need quotation marks: "#"';

/** Reports `text` unless it is one key of the keypad. */
export function checkKey(source: Source, text: string, place: Place, what: string): string | null {
  if (KEY.test(text)) return text;
  source.report('bad-key', place, `${what} must be one key of "0" to "9", "*" or "#", not \`${text}\``);
  return null;
}

/** A text with `{{ expression }}` parts. */
export function readTemplate(source: Source, node: Node | null, at: Place, what: string): Template | null {
  if (isMap(node) && node.flow === true) {
    const message = `${what} must be a single value; an expression needs quotation marks: "{{ ... }}"`;
    source.report('unquoted-expression', source.place(node), message);
    return null;
  }
  const text = readText(source, node, at, what);
  if (text === null || !isScalar(node)) return null;
  const place = source.textPlace(node);
  const problem = bracesProblem(text);
  if (problem !== null) {
    source.report('expression', place, `${what}: ${problem}`);
    return null;
  }
  return { text, dynamic: text.includes('{{'), place };
}

function bracesProblem(text: string): string | null {
  const [single] = /(?<!\{)\{ *[a-z][\w.]* *\}(?!\})/.exec(text) ?? [];
  if (single !== undefined) return `\`${single}\` is said as it stands; an expression is written \`{${single}}\``;
  const opened = text.split('{{').length;
  const closed = text.split('}}').length;
  if (opened === closed) return null;
  return opened > closed ? '`{{` is never closed by `}}`' : '`}}` closes nothing; an expression starts with `{{`';
}

/** What to say after a word that is not one of `words`. */
export function oneOf(wrong: string, words: readonly string[]): string {
  if (nearest(wrong, words) !== null) return suggestion(wrong, words);
  return words.length === 1 ? `only ${quoted(words)} is possible` : `it is one of ${quoted(words)}`;
}

/** The node's own place, else that of its key. */
export function placeOf(source: Source, node: Node | null, at: Place): Place {
  return node === null || isEmpty(node) ? at : source.place(node);
}
