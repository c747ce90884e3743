import { isMap, isScalar, isSeq, parseDocument, type Node } from 'yaml';
import type { Value } from '../../../ports/connectors';
import type { Mistake } from '../../ast';
import { suggestion } from '../../nearest';

/** One line of a script: what the caller or somebody outside does, or what is expected. */
export type ScriptItem = { readonly line: number } & (
  | { readonly item: 'hears' | 'ends' | 'step'; readonly text: string }
  | { readonly item: 'keys'; readonly keys: string }
  | { readonly item: 'wait'; readonly ms: number }
  | { readonly item: 'silent' | 'hang-up' }
  | {
      readonly item: 'outcome';
      /** A step, connector or target; null: the next question that has this outcome. */
      readonly of: string | null;
      readonly outcome: string;
      readonly values: Readonly<Record<string, Value>>;
    }
);

export interface Script {
  readonly file: string;
  readonly flow: string | null;
  readonly did: string | null;
  readonly caller: string | null;
  readonly language: string | null;
  /** `YYYY-MM-DD`: the day of the call, so that a card in the script never expires. */
  readonly date: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly items: readonly ScriptItem[];
}

export interface ParsedScript {
  readonly script: Script | null;
  readonly mistakes: readonly Mistake[];
}

const KEYS = ['flow', 'did', 'caller', 'language', 'date', 'headers', 'steps'];
const ITEMS = ['hears', 'keys', 'wait', 'silent', 'hangup', 'outcome', 'values', 'step', 'ends'];
const KEYPAD = /^[0-9*#, ]+$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Reads a script. Every value is text, so that a card number or `0429` stays what was written. */
export function parseScript(file: string, text: string): ParsedScript {
  return new ScriptReader(file, text).read();
}

class ScriptReader {
  private readonly mistakes: Mistake[] = [];

  constructor(
    private readonly file: string,
    private readonly text: string,
  ) {}

  read(): ParsedScript {
    const document = parseDocument(this.text, { schema: 'failsafe' });
    for (const { message, pos } of document.errors) this.report(pos[0], 'yaml', message.split('\n')[0] ?? message);
    const root = document.contents;
    if (this.mistakes.length > 0) return { script: null, mistakes: this.mistakes };
    if (!isMap(root)) {
      this.report(0, 'script', 'a script says `steps:` and below it what happens, one line each');
      return { script: null, mistakes: this.mistakes };
    }
    const map = root.toJSON() as Record<string, unknown>;
    for (const { key } of root.items) this.checkKey(key, KEYS);
    const steps = root.get('steps', true) as Node | undefined;
    const items = isSeq(steps) ? steps.items.flatMap((item) => this.itemOf(item as Node)) : [];
    if (!isSeq(steps)) this.report(steps?.range?.[0] ?? 0, 'script', '`steps` is a list of what happens');
    const own = (name: string): string | null => (typeof map[name] === 'string' ? map[name] : null);
    const date = own('date');
    if (date !== null && !DATE.test(date)) this.report(0, 'script', '`date` is a day such as 2026-01-15');
    const { flow, did, caller, language } = {
      flow: own('flow'),
      did: own('did'),
      caller: own('caller'),
      language: own('language'),
    };
    const headers = textsOf(map.headers);
    const script = { file: this.file, flow, did, caller, language, date, headers, items };
    return { script: this.mistakes.length > 0 ? null : script, mistakes: this.mistakes };
  }

  private itemOf(node: Node): readonly ScriptItem[] {
    const line = this.lineOf(node);
    if (isScalar(node)) return this.word(node, String(node.value), line);
    if (!isMap(node))
      return this.refuse(node, 'a step is one of: hears, keys, wait, silent, hangup, outcome, step, ends');
    const before = this.mistakes.length;
    for (const { key } of node.items) this.checkKey(key as Node, ITEMS);
    if (this.mistakes.length > before) return [];
    const { hears, keys, wait, outcome, values, step, ends } = node.toJSON() as Record<string, unknown>;
    if (typeof hears === 'string') return [{ line, item: 'hears', text: hears }];
    if (typeof step === 'string') return [{ line, item: 'step', text: step }];
    if (typeof ends === 'string') return [{ line, item: 'ends', text: ends }];
    if (typeof keys === 'string') return this.keys(node, keys, line);
    if (typeof wait === 'string') return this.wait(node, wait, line);
    if (typeof outcome === 'string') return [{ line, item: 'outcome', of: null, outcome, values: textsOf(values) }];
    const [named] = Object.entries(textsOf(outcome));
    if (named !== undefined) {
      return [{ line, item: 'outcome', of: named[0], outcome: named[1], values: textsOf(values) }];
    }
    return this.refuse(node, 'it says nothing that could happen');
  }

  private word(node: Node, word: string, line: number): readonly ScriptItem[] {
    if (word === 'silent') return [{ line, item: 'silent' }];
    if (word === 'hangup') return [{ line, item: 'hang-up' }];
    return this.refuse(node, `there is no \`${word}\` by itself; ${suggestion(word, ['silent', 'hangup'])}`);
  }

  private keys(node: Node, keys: string, line: number): readonly ScriptItem[] {
    // What was written may be a card number: it is not quoted.
    if (!KEYPAD.test(keys)) return this.refuse(node, '`keys` are 0-9, * and #, and a comma for a pause of one second');
    return [{ line, item: 'keys', keys: keys.replaceAll(' ', '') }];
  }

  private wait(node: Node, text: string, line: number): readonly ScriptItem[] {
    const ms = waitOf(text);
    return ms === null ? this.refuse(node, '`wait` is a time such as 8s or 2m') : [{ line, item: 'wait', ms }];
  }

  private checkKey(key: Node, known: readonly string[]): void {
    const name = isScalar(key) ? String(key.value) : '';
    if (known.includes(name)) return;
    this.report(key.range?.[0] ?? 0, 'unknown-key', `there is no \`${name}\` in a script; ${suggestion(name, known)}`);
  }

  private refuse(node: Node, message: string): readonly ScriptItem[] {
    this.report(node.range?.[0] ?? 0, 'script', message);
    return [];
  }

  private report(offset: number, rule: string, message: string): void {
    const before = this.text.slice(0, offset);
    const line = before.split('\n').length;
    const column = offset - before.lastIndexOf('\n');
    this.mistakes.push({ rule, message, place: { file: this.file, line, column } });
  }

  private lineOf(node: Node): number {
    return this.text.slice(0, node.range?.[0] ?? 0).split('\n').length;
  }
}

/** `8s`, `2m` or `500ms` in ms; null for what is no time. */
export function waitOf(text: string): number | null {
  const match = /^(\d{1,4})(ms|s|m)$/.exec(text.trim());
  const unit = { ms: 1, s: 1_000, m: 60_000 }[match?.[2] ?? ''];
  return match === null || unit === undefined ? null : Number(match[1]) * unit;
}

function textsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
