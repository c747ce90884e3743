/** The call that every peer serves: three fields by keypad, each behind a prompt that a key cuts, then a beep and the end. */

export interface BenchField {
  readonly name: string;
  /** Recording of its prompt, `sound:hushtone/<prompt>`. */
  readonly prompt: string;
  readonly keys: number;
}

export const BENCH_FIELDS: readonly BenchField[] = [
  { name: 'card-number', prompt: 'enter-card-number', keys: 16 },
  { name: 'expiration-date', prompt: 'enter-expiration-date', keys: 4 },
  { name: 'security-code', prompt: 'enter-security-code', keys: 3 },
];
const LAST_WORDS = 'beep';
export const KEYS_A_CALL = BENCH_FIELDS.reduce((sum, { keys }) => sum + keys, 0);

export const soundOf = (prompt: string): string => `sound:hushtone/${prompt}`;

/** What a child peer tells of the calls since it was last asked. */
export interface PeerReport {
  readonly keys: number;
  /** Times of single REST requests, ms. */
  readonly restMs: readonly number[];
}

/** Where a bare call stands. */
export class BareCall {
  private field = 0;
  private count = 0;

  /** Prompt that is to be played now. */
  get prompt(): string {
    return BENCH_FIELDS[this.field]?.prompt ?? LAST_WORDS;
  }

  get asksNothing(): boolean {
    return this.field >= BENCH_FIELDS.length;
  }

  /** Takes a key. Returns true when the field is complete and the next prompt is due. */
  key(): boolean {
    this.count++;
    if (this.count < (BENCH_FIELDS[this.field]?.keys ?? Number.POSITIVE_INFINITY)) return false;
    this.field++;
    this.count = 0;
    return true;
  }
}
