import { isMap, isSeq } from 'yaml';
import type { Node, YAMLMap } from 'yaml';
import type { Place, Template } from '../ast';
import { nearest } from '../nearest';
import type { Keys } from '../vocabulary';
import { readHeaderName } from './headers';
import * as scalars from './scalars';
import type { Entry, Source } from './source';
import { isEmpty, kindOf } from './source';

/**
 * A mapping read by its rules of the vocabulary: unknown and missing keys are reported at once, each value when it is asked
 * for. `what` names the mapping in messages.
 */
export class Fields {
  private readonly found = new Map<string, Entry>();

  constructor(
    readonly source: Source,
    map: YAMLMap,
    readonly what: string,
    private readonly rules: Keys,
  ) {
    this.place = source.place(map);
    for (const entry of source.entries(map)) this.keep(entry);
    for (const [key, rule] of Object.entries(rules)) if (rule.required === true) this.demand(key);
  }

  readonly place: Place;

  has(key: string): boolean {
    return this.found.has(key);
  }

  node(key: string): Node | null {
    return this.found.get(key)?.value ?? null;
  }

  /** Where the key stands. */
  at(key: string): Place {
    return this.found.get(key)?.place ?? this.place;
  }

  /** Where the key's value stands. */
  valueAt(key: string): Place {
    return scalars.placeOf(this.source, this.node(key), this.at(key));
  }

  name(key: string): string | null {
    return this.read(key, (node, at, what) => scalars.readName(this.source, node, at, what));
  }

  template(key: string): Template | null {
    return this.read(key, (node, at, what) => scalars.readTemplate(this.source, node, at, what));
  }

  header(key: string): string | null {
    return this.read(key, (node, at, what) => readHeaderName(this.source, node, at, what));
  }

  /** A language code. Whether the flow has the language is the checker's question. */
  language(key: string): string | null {
    return this.read(key, (node, at, what) => scalars.readLanguage(this.source, node, at, what));
  }

  boolean(key: string): boolean | null {
    return this.read(key, (node, at, what) => scalars.readBoolean(this.source, node, at, what));
  }

  key(key: string): string | null {
    return this.read(key, (node, at, what) => scalars.readKey(this.source, node, at, what));
  }

  /** A key of the keypad, null for `none`; `otherwise` when nothing is said. */
  keyOrNone(key: string, otherwise: string | null): string | null {
    if (!this.has(key)) return otherwise;
    const text = scalars.readText(this.source, this.node(key), this.at(key), this.title(key));
    if (text === 'none') return null;
    return this.key(key);
  }

  count(key: string): number | null {
    const shape = this.shape(key);
    if (shape.is !== 'count') throw new Error(`${key} is no count`);
    return this.read(key, (node, at, what) => scalars.readCount(this.source, node, at, what, shape));
  }

  duration(key: string): number | null {
    const shape = this.shape(key);
    if (shape.is !== 'duration') throw new Error(`${key} is no duration`);
    return this.read(key, (node, at, what) => scalars.readDuration(this.source, node, at, what, shape));
  }

  word(key: string): string | null {
    const shape = this.shape(key);
    if (shape.is !== 'word') throw new Error(`${key} is no word`);
    return this.read(key, (node, at, what) => scalars.readWord(this.source, node, at, what, shape.words));
  }

  /** A list of words, or a single one. */
  words(key: string): readonly string[] {
    const shape = this.shape(key);
    if (shape.is !== 'words') throw new Error(`${key} is no list of words`);
    const { words } = shape;
    return this.list(key).flatMap(
      (node) =>
        (words.length === 0
          ? scalars.readName(this.source, node, this.at(key), this.title(key))
          : scalars.readWord(this.source, node, this.at(key), this.title(key), words)) ?? [],
    );
  }

  /** The items behind a key; a single value is a list of one. */
  list(key: string): readonly Node[] {
    const node = this.node(key);
    if (!this.has(key)) return [];
    if (isSeq(node)) return node.items.flatMap((item) => this.source.resolve(item) ?? []);
    if (node === null || isEmpty(node)) {
      this.source.report('missing-value', this.at(key), `${this.title(key)} has no value`);
      return [];
    }
    return [node];
  }

  /** The entries of the mapping behind a key; empty when there is none. */
  entries(key: string): readonly Entry[] {
    if (!this.has(key)) return [];
    const node = this.node(key);
    if (isMap(node)) {
      const entries = this.source.entries(node);
      for (const entry of entries) this.source.places.set(titleOf(entry.key, this.title(key)), entry.place);
      return entries;
    }
    this.source.report('wrong-type', this.at(key), `${this.title(key)} must be a mapping, not ${kindOf(node)}`);
    return [];
  }

  /** Templates by name. */
  templates(key: string): Readonly<Record<string, Template>> {
    return this.record(key, (entry) => {
      const what = titleOf(entry.key, this.title(key));
      return scalars.readTemplate(this.source, entry.value, entry.place, what);
    });
  }

  /** The mapping behind a key, each value read by `read`; what it returns null for is left out. */
  record<T>(key: string, read: (entry: Entry) => T | null): Readonly<Record<string, T>> {
    const found = this.entries(key).flatMap((entry): [string, T][] => {
      const value = read(entry);
      return value === null ? [] : [[entry.key, value]];
    });
    return Object.fromEntries(found);
  }

  /** The key and its owner, for messages. */
  title(key: string): string {
    return titleOf(key, this.what);
  }

  private read<T>(key: string, reader: (node: Node | null, at: Place, what: string) => T | null): T | null {
    this.shape(key);
    return this.has(key) ? reader(this.node(key), this.at(key), this.title(key)) : null;
  }

  private shape(key: string): Keys[string]['shape'] {
    const rule = this.rules[key];
    if (rule === undefined) throw new Error(`the vocabulary has no key ${key} for ${this.what}`);
    return rule.shape;
  }

  private keep(entry: Entry): void {
    const known = Object.keys(this.rules);
    if (known.includes(entry.key)) {
      this.found.set(entry.key, entry);
      this.source.places.set(this.title(entry.key), scalars.placeOf(this.source, entry.value, entry.place));
    } else {
      const hint =
        nearest(entry.key, known) === null ? `it may have: ${known.join(', ')}` : scalars.oneOf(entry.key, known);
      this.source.report('unknown-key', entry.place, `${this.what} has no key \`${entry.key}\`; ${hint}`);
    }
  }

  private demand(key: string): void {
    if (this.found.has(key)) return;
    this.source.report('missing-key', this.place, `${this.what} needs the key \`${key}\``);
  }
}

/** A key and its owner, as messages name them. */
export function titleOf(key: string, what: string): string {
  return `\`${key}\` of ${what}`;
}
