import type { FieldError, KeySink, SinkVerdict } from '../ports/key-sink';
import { progressByLength } from './lengths';

export interface PlainRules {
  readonly min: number;
  readonly max: number;
  /** What fewer keys than `min` are called. */
  readonly tooShort: FieldError;
  /** Judges the finished value; null: right. */
  readonly check?: (value: string) => FieldError | null;
}

/** Holds the keys of a field that is not sensitive (a menu choice, a postal code, a payment key) as text. */
export class PlainSink implements KeySink {
  private text = '';

  constructor(private readonly rules: PlainRules) {}

  get length(): number {
    return this.text.length;
  }

  write(key: number): void {
    if (this.text.length < this.rules.max) this.text += String.fromCharCode(key);
  }

  clear(): void {
    this.text = '';
  }

  progress(): ReturnType<KeySink['progress']> {
    return progressByLength(this.text.length, this.rules.min, this.rules.max);
  }

  finish(): SinkVerdict {
    const value = this.text;
    const error = value.length < this.rules.min ? this.rules.tooShort : (this.rules.check?.(value) ?? null);
    if (error !== null) {
      this.clear();
      return { ok: false, error };
    }
    return { ok: true, field: { ref: null, value, length: value.length, masked: value, brand: null, last4: null } };
  }
}
