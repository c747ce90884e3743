import { isMap, isScalar } from 'yaml';
import type { Node } from 'yaml';
import type { Place, Template } from '../ast';
import { nearest, quoted, suggestion } from '../nearest';
import { LANGUAGE_PATTERN } from '../vocabulary';
import type { Source } from './source';
import { isEmpty, kindOf, wordOf } from './source';

/** Readers of single values. Each reports what is wrong with its value and returns null; `what` names the value in the message. */

const NAME = /^[a-z][a-z0-9]*([-_][a-z0-9]+)*$/;
const DURATION = /^([0-9]{1,6}(?:\.[0-9]{1,3})?)(ms|s|m|h)$/;
const COUNT = /^[0-9]{1,9}$/;
const LANGUAGE = new RegExp(LANGUAGE_PATTERN);
const KEY = /^[0-9*#]$/;
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** A plain text or number, as written. */
export function readText(source: Source, node: Node | null, at: Place, what: string): string | null {
  if (isScalar(node) && !isEmpty(node)) return wordOf(node);
  if (isEmpty(node)) source.report('missing-value', at, `${what} has no value`);
  else source.report('wrong-type', at, `${what} must be a single value, not ${kindOf(node)}`);
  return null;
}

/** Small letters, digits and single dashes or underscores. */
export function readName(source: Source, node: Node | null, at: Place, what: string): string | null {
  const text = readText(source, node, at, what);
  if (text === null) return null;
  if (NAME.test(text) && text.length <= 64) return text;
  source.report(
    'bad-name',
    placeOf(source, node, at),
    `${what} must be small letters, digits and dashes, starting with a letter, not \`${text}\``,
  );
  return null;
}

export function readWord(
  source: Source,
  node: Node | null,
  at: Place,
  what: string,
  words: readonly string[],
  rule = 'unknown-word',
): string | null {
  const text = readText(source, node, at, what);
  if (text === null || words.includes(text)) return text;
  source.report(rule, placeOf(source, node, at), `${what} cannot be \`${text}\`; ${oneOf(text, words)}`);
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
    const hint = /^[0-9.]+$/.test(text)
      ? `write its unit, such as \`${text}s\``
      : 'write a duration such as `8s` or `5m`';
    source.report('bad-duration', place, `${what} cannot be \`${text}\`; ${hint}`);
    return null;
  }
  if (ms >= limits.min && ms <= limits.max) return ms;
  const range = `from ${durationText(limits.min)} to ${durationText(limits.max)}`;
  source.report('out-of-range', place, `${what} must be ${range}, not \`${text}\``);
  return null;
}

/** Milliseconds, or null when `text` is no duration. */
function durationMs(text: string): number | null {
  const match = DURATION.exec(text);
  if (match === null) return null;
  return Math.round(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]);
}

function durationText(ms: number): string {
  if (ms !== 0 && ms % UNIT_MS.h === 0) return `${ms / UNIT_MS.h}h`;
  if (ms !== 0 && ms % UNIT_MS.m === 0) return `${ms / UNIT_MS.m}m`;
  return `${ms / UNIT_MS.s}s`;
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
  source.report('wrong-type', placeOf(source, node, at), `${what} must be \`true\` or \`false\`, not ${kindOf(node)}`);
  return null;
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
  const text = readText(source, node, at, what);
  return text === null ? null : checkKey(source, text, placeOf(source, node, at), what);
}

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
