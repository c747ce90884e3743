import { isMap, isScalar, isSeq, type LineCounter, type Node, type Pair, type YAMLMap } from 'yaml';
import type { Mistake, Place } from '../ast';
import { nearest } from '../nearest';

/** One entry of a YAML mapping, with its key as text. */
export interface Entry {
  readonly key: string;
  readonly keyNode: Node;
  readonly value: Node | null;
}

/** Walks a YAML document and notes every mistake with its place, instead of stopping at the first. */
export class CatalogueReader {
  readonly mistakes: Mistake[] = [];

  constructor(
    private readonly file: string,
    private readonly lines: LineCounter,
  ) {}

  note(node: Node | null, message: string): void {
    this.mistakes.push({ rule: 'catalogue', message, place: this.place(node?.range?.[0] ?? 0) });
  }

  place(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line, column: col };
  }

  /** The entries of a mapping; anything else is a mistake and has none. */
  entries(node: Node | null, owner: Node | null, what: string): Entry[] {
    if (!isMap(node)) {
      this.note(node ?? owner, `${what} must be a list of "name: value" lines`);
      return [];
    }
    return (node as YAMLMap<Node, Node | null>).items.flatMap((pair: Pair<Node, Node | null>) => {
      const key = isScalar(pair.key) ? pair.key.value : null;
      if (typeof key === 'string' || typeof key === 'number') {
        return [{ key: String(key), keyNode: pair.key, value: pair.value }];
      }
      this.note(pair.key, `${what} has an entry without a plain name`);
      return [];
    });
  }

  /** The entries of a mapping by key; a key that is not in `known` or that is missing is a mistake. */
  record(
    node: Node | null,
    owner: Node | null,
    what: string,
    known: readonly string[],
    optional: readonly string[] = [],
  ): Map<string, Entry> {
    const found = new Map<string, Entry>();
    for (const entry of this.entries(node, owner, what)) {
      if (known.includes(entry.key) || optional.includes(entry.key)) found.set(entry.key, entry);
      else this.note(entry.keyNode, unknownKey(what, entry.key, [...known, ...optional]));
    }
    if (isMap(node)) {
      for (const key of known) if (!found.has(key)) this.note(node, `${what} lacks "${key}"`);
    }
    return found;
  }

  text(entry: Entry | undefined, what: string): string | null {
    if (entry === undefined) return null;
    if (isScalar(entry.value) && typeof entry.value.value === 'string' && entry.value.value.trim() !== '') {
      return entry.value.value.trim();
    }
    this.note(
      entry.value ?? entry.keyNode,
      `${what} must be words; put them in quotes if YAML reads them as something else`,
    );
    return null;
  }

  integer(entry: Entry | undefined, what: string, least: number, most: number): number | null {
    if (entry === undefined) return null;
    const value = isScalar(entry.value) ? entry.value.value : null;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    this.note(entry.value ?? entry.keyNode, `${what} must be a whole number from ${least} to ${most}`);
    return null;
  }

  texts(entry: Entry | undefined, what: string): string[] | null {
    if (entry === undefined) return null;
    if (isSeq(entry.value)) {
      const values = entry.value.items.map((item) => (isScalar(item) ? item.value : null));
      if (values.every((value) => typeof value === 'string')) return values;
    }
    this.note(entry.value ?? entry.keyNode, `${what} must be a list of words`);
    return null;
  }
}

function unknownKey(what: string, key: string, known: readonly string[]): string {
  const close = nearest(key, known);
  return `${what} does not know "${key}"${close === null ? `; it knows ${known.join(', ')}` : `; did you mean "${close}"?`}`;
}
