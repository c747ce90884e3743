import { isAlias, isMap, isScalar, parseDocument } from 'yaml';
import type { Document, Node, Scalar, YAMLMap } from 'yaml';
import type { Mistake, Place } from '../ast';
import type { Rule } from '../rules';
import { findAliases } from './aliases';
import type { Aliases } from './aliases';
import { textMistakes, whyNoText } from './yaml-words';

/** One YAML file being read: knows where everything stands and collects what is wrong. */
export class Source {
  readonly mistakes: Mistake[] = [];
  /** Where the value of each key stands, by its title as messages have it (`` `connect` of step `confirmed` ``). */
  readonly places = new Map<string, Place>();
  /** Offset of each line's first character. The parser's own counter loses lines inside quoted texts that never end. */
  private readonly lineStarts: readonly number[];
  private readonly document: Document.Parsed;
  private readonly aliases: Aliases;
  /** False when the text is not YAML at all, so that nothing else should be said about it. */
  readonly readable: boolean;
  /** Mappings whose keys have been looked at. */
  private readonly looked = new WeakSet<YAMLMap>();

  constructor(
    readonly file: string,
    private readonly text: string,
  ) {
    this.lineStarts = [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), (end) => end.index + end[0].length)];
    const noText = whyNoText(text);
    this.document = parseDocument(noText === null ? text : '', { prettyErrors: false, uniqueKeys: false });
    const found = noText === null ? textMistakes(this.document, text) : [noText];
    for (const { rule, offset, message } of found) this.report(rule, this.at(offset), message);
    this.aliases = findAliases(this.document);
    if (found.length === 0)
      for (const { alias, message } of this.aliases.lost) this.report('yaml', this.place(alias), message);
    this.readable = this.mistakes.length === 0;
  }

  get root(): Node | null {
    return this.document.contents;
  }

  report(rule: Rule, place: Place, message: string): void {
    this.mistakes.push({ rule, place, message: message.replaceAll(CONTROL, escaped) });
  }

  place(node: Node): Place {
    return this.at(node.range?.[0] ?? 0);
  }

  /** Where the text of a scalar starts: behind its quotation mark. */
  textPlace(node: Scalar): Place {
    const start = this.place(node);
    const mark = this.text[node.range?.[0] ?? 0];
    return mark === '"' || mark === "'" ? { ...start, column: start.column + 1 } : start;
  }

  /** What an alias stands for; other nodes as they are. */
  resolve(node: unknown): Node | null {
    if (isAlias(node)) return this.aliases.targets.get(node) ?? null;
    return (node as Node | null | undefined) ?? null;
  }

  /**
   * Key, value and place of each entry of a mapping. A key that is there twice is reported, and both entries are there; one that is
   * no word is reported and left out.
   */
  entries(map: YAMLMap): readonly Entry[] {
    const first = !this.looked.has(map);
    this.looked.add(map);
    const entries = map.items.flatMap((pair) => {
      const key = this.resolve(pair.key);
      const place = key === null ? this.place(map) : this.place(key);
      const word = isScalar(key) && key.value !== null ? wordOf(key) : '';
      if (word === '' && first) this.report('yaml', place, 'a key must be a word, with a colon behind it');
      return word === '' ? [] : [{ key: word, place, value: this.resolve(pair.value) }];
    });
    if (first) this.reportTwins(entries);
    return entries;
  }

  private reportTwins(entries: readonly Entry[]): void {
    const found = new Set<string>();
    for (const { key, place } of entries) {
      if (found.has(key)) this.report('yaml', place, `the key \`${key}\` is there twice; keep one of the two`);
      found.add(key);
    }
  }

  private at(offset: number): Place {
    let [line, beyond] = [1, this.lineStarts.length + 1];
    while (beyond - line > 1) {
      const middle = (line + beyond) >> 1;
      if ((this.lineStarts[middle - 1] ?? 0) <= offset) line = middle;
      else beyond = middle;
    }
    return { file: this.file, line, column: offset - (this.lineStarts[line - 1] ?? 0) + 1 };
  }
}

export interface Entry {
  readonly key: string;
  readonly place: Place;
  readonly value: Node | null;
}

/** The text of a scalar as it was written: `0700` and `100.50` keep their zeros. */
export function wordOf(node: Scalar): string {
  if (typeof node.value === 'string') return node.value;
  return node.source ?? String(node.value);
}

/** True for a key without a value, and for a plain `null` or `~`. */
export function isEmpty(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

/** What a node is, in words. */
export function kindOf(node: Node | null): string {
  if (isEmpty(node)) return 'nothing';
  if (isMap(node)) return 'a mapping';
  if (!isScalar(node)) return 'a list';
  return `\`${wordOf(node)}\``;
}

/** A message is one line, and cannot steer the terminal that shows it. */
const CONTROL = /\p{Cc}/gu;

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
