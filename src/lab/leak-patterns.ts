/** A number that must not be anywhere: a test card, a canary. */
export interface Needle {
  /** What it is called in results (`pan`, `cvv`); never the digits. */
  readonly name: string;
  /** ASCII digits. */
  readonly digits: Buffer;
}

/**
 * How a number can be written down. `split`: digits apart, singly or in the groups of a card, by a space, dash or dot; `codes`: a Buffer
 * logged as numbers; `hex`: one logged as `<Buffer 34 32 ...>`; `events`: one digit per event, in order.
 */
export type Form = 'ascii' | 'utf16' | 'base64' | 'percent' | 'split' | 'hex' | 'codes' | 'events';

export interface Pattern {
  readonly needle: string;
  readonly form: Form;
  readonly bytes: Buffer;
  /** Counts only where neither neighbour is a letter, a digit or a dot: for needles so short that chance hits them. */
  readonly alone: boolean;
}

/** Fewer digits are found by chance in any memory: widen a security code to a canary of this many. */
export const LONG_NEEDLE = 12;
const SHORTEST_NEEDLE = 6;

/**
 * Everything to look for. A short needle (an OTP) is looked for as plain digits standing alone only.
 *
 * @throws RangeError for a needle that is no number of at least 6 digits.
 */
export function patternsOf(needle: Needle): Pattern[] {
  const { name, digits } = needle;
  const text = digits.toString('latin1');
  if (digits.length < SHORTEST_NEEDLE || !/^\d+$/.test(text)) {
    throw new RangeError(`the needle ${name} must be at least ${SHORTEST_NEEDLE} ASCII digits`);
  }
  if (digits.length < LONG_NEEDLE) return [{ needle: name, form: 'ascii', bytes: Buffer.from(text), alone: true }];
  const each = Array.from(text);
  const hex = Array.from(digits, (byte) => byte.toString(16));
  const codes = Array.from(digits, String);
  const forms: [Form, string | Buffer][] = [
    ['ascii', text],
    ['utf16', Buffer.from(text, 'utf16le')],
    ...[0, 1, 2].map((offset): [Form, string] => ['base64', base64At(digits, offset)]),
    ['percent', hex.map((code) => `%${code}`).join('')],
    ...[' ', '-', '.'].flatMap((gap): [Form, string][] => [
      ['split', each.join(gap)],
      ['split', groups(text).join(gap)],
    ]),
    ['hex', hex.join('')],
    ['hex', hex.join(' ')],
    ['codes', codes.join(',')],
    ['codes', codes.join(', ')],
  ];
  return forms.map(([form, bytes]) => ({
    needle: name,
    form,
    bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes,
    alone: false,
  }));
}

/** The base64 characters that depend on the digits alone, when `offset` (0-2) bytes of a group stand before them. */
function base64At(digits: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), digits]).toString('base64');
  const from = offset === 0 ? 0 : offset + 1;
  const bits = (offset + digits.length) * 8;
  return whole.slice(from, Math.floor(bits / 6));
}

/** As printed on a card: 4-6-5 for 15 digits, 4-6-4 for 14, else fours. */
function groups(text: string): string[] {
  if (text.length === 14 || text.length === 15) return [text.slice(0, 4), text.slice(4, 10), text.slice(10)];
  return text.match(/.{1,4}/g) ?? [];
}

/** Counts every pattern in one stream of bytes that comes in pieces. A find across two pieces is counted, and counted once. */
export class PatternCounter {
  readonly counts: number[];
  private readonly overlap: number;
  private tail = Buffer.alloc(0);

  constructor(private readonly patterns: readonly Pattern[]) {
    this.counts = patterns.map(() => 0);
    this.overlap = Math.max(0, ...patterns.map(({ bytes }) => bytes.length)) + 1;
  }

  /** Takes the next piece, and keeps a copy of its end. */
  push(piece: Buffer): void {
    const joined = this.tail.length === 0 ? piece : Buffer.concat([this.tail, piece]);
    this.count(joined, this.tail.length, joined.length - 1);
    this.tail = Buffer.from(joined.subarray(Math.max(0, joined.length - this.overlap)));
  }

  /** Call once after the last piece. */
  end(): void {
    this.count(this.tail, this.tail.length, this.tail.length);
    this.tail = Buffer.alloc(0);
  }

  /** Counts finds that end after `seen - 1` and not after `until`: one that ends with the piece waits for its neighbour. */
  private count(bytes: Buffer, seen: number, until: number): void {
    for (const [i, pattern] of this.patterns.entries()) {
      const size = pattern.bytes.length;
      for (let at = bytes.indexOf(pattern.bytes); at >= 0; at = bytes.indexOf(pattern.bytes, at + 1)) {
        const end = at + size;
        if (end < seen || end > until) continue;
        if (pattern.alone && (isWord(bytes[at - 1]) || isWord(bytes[end]))) continue;
        this.counts[i] = (this.counts[i] ?? 0) + 1;
      }
    }
  }
}

function isWord(byte: number | undefined): boolean {
  return byte !== undefined && /[0-9A-Za-z.]/.test(String.fromCharCode(byte));
}
