import type { AnswerPath } from './ast';

/** Where the value of a field stands in an answer: a text's bytes without its quotes, or a number's. */
export interface FieldSpan {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly kind: 'text' | 'number' | 'other';
}

export interface WantedField {
  readonly name: string;
  readonly from: AnswerPath;
}

const DEPTH_LIMIT = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LITERALS = ['true', 'false', 'null'].map((word) => Buffer.from(word));

/**
 * Finds fields in JSON without making a string of anything but the names of objects, so that sensitive ones can be taken out
 * before the rest is parsed.
 *
 * @returns null when the bytes are not JSON, nested beyond reason, or repeat a key: readers disagree about which of the two
 * counts. Then nothing of them may be parsed.
 */
export function findFields(bytes: Uint8Array, wanted: readonly WantedField[]): readonly FieldSpan[] | null {
  const scanner = new Scanner(bytes);
  try {
    scanner.document(wanted);
    return scanner.found;
  } catch (error) {
    if (error instanceof NotJson) return null;
    throw error;
  }
}

class NotJson extends Error {}

/** The fields still possible below the present place, with the rest of their paths. */
type Open = readonly { readonly name: string; readonly rest: AnswerPath }[];

class Scanner {
  readonly found: FieldSpan[] = [];
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  document(wanted: readonly WantedField[]): void {
    this.value(
      wanted.map(({ name, from }) => ({ name, rest: from })),
      0,
    );
    this.space();
    if (this.at !== this.bytes.length) throw new NotJson();
  }

  private value(open: Open, depth: number): void {
    if (depth > DEPTH_LIMIT) throw new NotJson();
    this.space();
    const start = this.at;
    const first = this.bytes[start];
    if (first === QUOTE) {
      this.string();
      this.note(open, 'text', start + 1, this.at - 1);
      return;
    }
    if (first === 0x7b) this.object(open, depth);
    else if (first === 0x5b) this.array(open, depth);
    else {
      this.note(open, this.literal() ? 'other' : 'number', start, this.at);
      return;
    }
    this.note(open, 'other', start, this.at);
  }

  private note(open: Open, kind: FieldSpan['kind'], start: number, end: number): void {
    for (const { name, rest } of open) if (rest.length === 0) this.found.push({ name, kind, start, end });
  }

  private object(open: Open, depth: number): void {
    this.at++;
    if (this.takes(0x7d)) return;
    const seen = new Set<string>();
    do {
      this.space();
      const start = this.at;
      this.string();
      const key = this.key(start, this.at);
      if (seen.has(key)) throw new NotJson();
      seen.add(key);
      if (!this.takes(0x3a)) throw new NotJson();
      this.value(below(open, key), depth + 1);
    } while (this.takes(0x2c));
    if (!this.takes(0x7d)) throw new NotJson();
  }

  private array(open: Open, depth: number): void {
    this.at++;
    if (this.takes(0x5d)) return;
    let index = 0;
    do this.value(below(open, String(index++)), depth + 1);
    while (this.takes(0x2c));
    if (!this.takes(0x5d)) throw new NotJson();
  }

  private string(): void {
    if (this.bytes[this.at] !== QUOTE) throw new NotJson();
    for (this.at++; this.bytes[this.at] !== QUOTE; this.at++) {
      const byte = this.bytes[this.at];
      if (byte === undefined || byte < 0x20) throw new NotJson();
      if (byte === BACKSLASH) this.at++;
    }
    this.at++;
  }

  /** Names of objects are not sensitive, so they may become strings. */
  private key(start: number, end: number): string {
    try {
      return JSON.parse(Buffer.from(this.bytes.subarray(start, end)).toString('utf8')) as string;
    } catch {
      throw new NotJson();
    }
  }

  /** True for `true`, `false` and `null`, false for a number. */
  private literal(): boolean {
    for (const word of LITERALS) {
      if (word.every((byte, index) => this.bytes[this.at + index] === byte)) {
        this.at += word.length;
        return true;
      }
    }
    const start = this.at;
    while (isNumberByte(this.bytes[this.at])) this.at++;
    if (this.at === start) throw new NotJson();
    return false;
  }

  private takes(byte: number): boolean {
    this.space();
    if (this.bytes[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  private space(): void {
    while ([0x20, 0x09, 0x0a, 0x0d].includes(this.bytes[this.at] ?? 0)) this.at++;
  }
}

function below(open: Open, key: string): Open {
  return open.filter(({ rest }) => rest[0] === key).map(({ name, rest }) => ({ name, rest: rest.slice(1) }));
}

function isNumberByte(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || [0x2b, 0x2d, 0x2e, 0x45, 0x65].includes(byte));
}
