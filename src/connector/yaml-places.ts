import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Node, Pair, YAMLMap, YAMLSeq } from 'yaml';
import type { Mistake, Place } from '../flow/ast';
import { suggestion } from '../flow/nearest';

/** A key of a map with what stands behind it. */
export interface Entry {
  readonly key: string;
  readonly keyNode: Node | null;
  readonly value: Node | null;
}

/**
 * Reads YAML and remembers where everything stands, so that every mistake can be reported with its place, all at once.
 * Methods that expect something report a mistake and return null when it is not there.
 */
export class YamlPlaces {
  readonly mistakes: Mistake[] = [];
  readonly root: Node | null;
  private readonly lines = new LineCounter();

  constructor(
    text: string,
    readonly file: string,
  ) {
    const document = parseDocument(text, { lineCounter: this.lines, keepSourceTokens: false, version: '1.2' });
    for (const error of document.errors) {
      this.mistakes.push({ rule: 'yaml', message: firstLine(error.message), place: this.at(error.pos[0]) });
    }
    this.root = document.errors.length > 0 ? null : document.contents;
  }

  place(node: Node | null): Place {
    return this.at(node?.range?.[0] ?? 0);
  }

  report(rule: string, message: string, node: Node | null): void {
    this.mistakes.push({ rule, message, place: this.place(node) });
  }

  /** The entries of a map whose keys are free. */
  entries(node: Node | null, what: string): readonly Entry[] {
    if (!isMap(node)) {
      this.report('wrong-shape', `${what} must be a map of names${this.butIs(node)}`, node);
      return [];
    }
    return (node as YAMLMap<Node, Node | null>).items.map((pair) => this.entry(pair));
  }

  /** The entries of a map by key; keys that are not in `known` are mistakes. */
  keys(node: Node | null, what: string, known: readonly string[]): ReadonlyMap<string, Entry> {
    const found = new Map<string, Entry>();
    for (const entry of this.entries(node, what)) {
      if (known.includes(entry.key)) found.set(entry.key, entry);
      else
        this.report(
          'unknown-key',
          `${what} has no key \`${entry.key}\`: ${suggestion(entry.key, known)}`,
          entry.keyNode,
        );
    }
    return found;
  }

  items(node: Node | null, what: string): readonly Node[] {
    if (isSeq(node)) return this.written((node as YAMLSeq<Node>).items);
    this.report('wrong-shape', `${what} must be a list${this.butIs(node)}`, node);
    return [];
  }

  /** Refuses `{{ }}` where no template is read: it would be sent as it stands. */
  noTemplate(text: string, what: string, node: Node | null): void {
    if (text.includes('{{'))
      this.report('bad-template', `no \`{{ }}\` can stand in ${what}: it would be sent as it is`, node);
  }

  /** A list, or a single thing as a list of one. */
  oneOrMore(node: Node | null): readonly (Node | null)[] {
    return isSeq(node) ? this.written((node as YAMLSeq<Node>).items) : [node];
  }

  text(node: Node | null, what: string): string | null {
    if (isScalar(node) && typeof node.value === 'string') return node.value;
    this.report('wrong-shape', `${what} must be a text${this.butIs(node)}`, node);
    return null;
  }

  boolean(node: Node | null, what: string): boolean | null {
    if (isScalar(node) && typeof node.value === 'boolean') return node.value;
    this.report('wrong-shape', `${what} must be true or false${this.butIs(node)}`, node);
    return null;
  }

  /** One of `words`. */
  word<Word extends string>(node: Node | null, what: string, words: readonly Word[]): Word | null {
    const value = this.text(node, what);
    if (value === null) return null;
    const word = words.find((candidate) => candidate === value);
    if (word !== undefined) return word;
    this.report('unknown-word', `${what} cannot be \`${value}\`: ${suggestion(value, words)}`, node);
    return null;
  }

  /** A length of time such as `500ms`, `8s`, `2m`, in ms. */
  duration(node: Node | null, what: string, min: number, max: number): number | null {
    const value = this.text(node, what);
    if (value === null) return null;
    const match = /^([0-9]{1,6})(ms|s|m)$/.exec(value);
    const ms = match === null ? NaN : Number(match[1]) * (UNITS[match[2] ?? ''] ?? NaN);
    if (ms >= min && ms <= max) return ms;
    this.report(
      'wrong-duration',
      `${what} must be a whole number of ms, s or m from ${min}ms to ${max / 1000}s, such as 500ms or 5s`,
      node,
    );
    return null;
  }

  private entry(pair: Pair<Node, Node | null>): Entry {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    if (!isScalar(pair.key)) this.report('wrong-shape', 'a key must be a plain name', pair.key);
    this.refuseAlias(pair.value);
    return { key, keyNode: pair.key, value: pair.value };
  }

  private written(items: readonly Node[]): readonly Node[] {
    for (const item of items) this.refuseAlias(item);
    return items;
  }

  private refuseAlias(node: Node | null): void {
    if (isAlias(node)) this.report('wrong-shape', 'aliases are not allowed: write it out', node);
  }

  private butIs(node: Node | null): string {
    if (isMap(node)) return ', not a map';
    if (isSeq(node)) return ', not a list';
    if (isAlias(node)) return ', not an alias';
    if (!isScalar(node) || node.value === null) return ', but there is nothing';
    return typeof node.value === 'string' ? ', not a text' : `, not a ${typeof node.value}: put it in quotes`;
  }

  private at(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
  }
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

function firstLine(message: string): string {
  return message.split('\n', 1)[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? message;
}
