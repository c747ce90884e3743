import { isMap, isSeq } from 'yaml';
import type { Node, YAMLMap } from 'yaml';
import type { Place, Template } from '../ast';
import { nearest, quoted } from '../nearest';
import type { Keys, Shape } from '../rule-shapes';
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
    /** Keys that belong under one of the rules' own, and are easily written beside it. */
    private readonly inside: { readonly key: string; readonly keys: readonly string[] } | null = null,
  ) {
    this.place = source.place(map);
    const outside = this.inside?.keys ?? [];
    let above: Entry | null = null;
    for (const entry of source.entries(map)) {
      const known = Object.hasOwn(rules, entry.key);
      if (known) this.keep(entry);
      else if (above !== null && this.isOpen(above)) this.lost.add(above.key);
      else if (outside.includes(entry.key)) this.misplaced.push(entry);
      else this.refuse(entry);
      above = known || above === null || !this.isOpen(above) ? entry : above;
    }
    this.refuseMisplaced();
    for (const [key, rule] of Object.entries(rules)) if (rule.required === true) this.demand(key);
  }

  /** Known keys without a value, and behind them keys that should probably be part of it. */
  private readonly lost = new Set<string>();
  private readonly misplaced: Entry[] = [];
  /** Known keys that a misspelt one probably means. */
  private readonly misspelt = new Set<string>();

  readonly place: Place;

  has(key: string): boolean {
    return this.found.has(key);
  }

  /** True when the key is there, or is probably meant by one that is misspelt, or comes by way of a merge. */
  isMeant(key: string): boolean {
    return this.has(key) || this.misspelt.has(key) || this.misspelt.has(MERGE);
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
    const node = this.node(key);
    const text = scalars.readText(this.source, node, this.at(key), this.title(key), scalars.KEY_HINT);
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

  /** The items behind a key; a single value is a list of one. `right`: what to write into an empty one. */
  list(key: string, right = 'at least one item'): readonly Node[] {
    const node = this.node(key);
    if (!this.has(key)) return [];
    if (isSeq(node)) {
      if (node.items.length === 0 && !MAY_BE_EMPTY.has(key)) {
        this.source.report('missing-value', this.at(key), `${this.title(key)} is empty; write ${right}`);
      }
      return node.items.flatMap((item) => this.source.resolve(item) ?? []);
    }
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
      if (node.items.length === 0 && FILLED.has(this.shape(key).is)) {
        this.source.report('missing-value', this.at(key), `${this.title(key)} is empty; write at least one entry`);
      }
      for (const entry of entries) this.source.places.set(titleOf(entry.key, this.title(key)), entry.place);
      return entries;
    }
    this.notMapping(key);
    return [];
  }

  /** Reports that what stands behind a key is no mapping; `what` says which one it should be. */
  notMapping(key: string, what = MAPPINGS[this.shape(key).is] ?? 'a mapping'): void {
    const node = this.node(key);
    if (this.lost.has(key)) {
      const message = `${this.title(key)} has no value; indent the lines that belong to it further than \`${key}\``;
      this.source.report('missing-value', this.at(key), message);
      return;
    }
    if (isEmpty(node)) {
      this.source.report('missing-value', this.at(key), `${this.title(key)} has no value; it must be ${what}`);
      return;
    }
    const hint = isSeq(node) ? '; leave out the dashes' : scalars.colonHint(node);
    const message = `${this.title(key)} must be ${what}, not ${kindOf(node)}${hint}`;
    this.source.report('wrong-type', this.at(key), message);
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
    this.found.set(entry.key, entry);
    this.source.places.set(this.title(entry.key), scalars.placeOf(this.source, entry.value, entry.place));
  }

  private refuse({ key, place, value }: Entry): void {
    const known = Object.keys(this.rules);
    const near = nearest(key, known);
    if (near !== null || key === MERGE) this.misspelt.add(near ?? key);
    this.source.report('unknown-key', place, `${this.what} has no key \`${key}\`; ${this.hint(key, value)}`);
  }

  private refuseMisplaced(): void {
    const { misplaced, inside } = this;
    const [first] = misplaced;
    if (first === undefined || inside === null) return;
    this.misspelt.add(inside.key);
    const keys = quoted(misplaced.map(({ key }) => key));
    const message = `${this.what} has ${keys} beside its keys; write ${misplaced.length === 1 ? 'it' : 'them'} under \`${inside.key}:\``;
    this.source.report('unknown-key', first.place, message);
  }

  private hint(key: string, value: Node | null): string {
    const known = Object.keys(this.rules);
    if (key === MERGE) return 'merging is no part of the language, so write the keys out';
    const colon = value === null ? scalars.spaceHint(key) : '';
    if (colon !== '') return colon;
    return nearest(key, known) === null ? `it may have: ${known.join(', ')}` : scalars.oneOf(key, known);
  }

  /** True when the key needs a mapping or a list and has nothing. */
  private isOpen({ key, value }: Entry): boolean {
    const shape = this.rules[key]?.shape.is;
    return isEmpty(value) && shape !== undefined && NESTED.has(shape);
  }

  private demand(key: string): void {
    if (this.isMeant(key)) return;
    this.source.report('missing-key', this.place, `${this.what} needs the key \`${key}\``);
  }
}

/** Shapes of mappings that would do nothing if they were empty. */
const FILLED: ReadonlySet<Shape['is']> = new Set<Shape['is']>(['choices', 'headers', 'steps']);

/** Lists that say the same when they are empty as when they are not there. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['context', 'prompts', 'require']);

/** What a mapping is made of, by its shape. */
const MAPPINGS: Readonly<Partial<Record<Shape['is'], string>>> = {
  choices: 'a mapping from key to step, such as { "1": goodbye }',
  steps: 'a mapping from name to step, such as { hello: { say: goodbye, end: true } }',
  ways: 'a mapping from outcome to step, such as { failed: goodbye }',
};

/** YAML's key for taking another mapping's keys over. */
const MERGE = '<<';

/** Shapes whose parts stand on lines of their own, indented further than their key. */
const NESTED: ReadonlySet<Shape['is']> = new Set<Shape['is']>([
  'choices',
  'conditions',
  'context',
  'dids',
  'headers',
  'keys',
  'names',
  'steps',
  'templates',
  'ways',
]);

/** A key and its owner, as messages name them. */
export function titleOf(key: string, what: string): string {
  return `\`${key}\` of ${what}`;
}
