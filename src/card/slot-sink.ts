import type { CollectedField, KeySink, SinkVerdict } from '../ports/key-sink';
import type { FieldRules } from './field-rules';
import { Sealed } from './sealed';
import type { Slot } from './slot';

/** What the vault does with a slot once it is no longer being keyed into. */
export interface SlotHome {
  seal(brand: string | null): CollectedField;
  discard(): void;
}

/** A slot of the vault that is being keyed into. After `finish()` it touches the slot no more. */
export class SlotSink extends Sealed implements KeySink {
  readonly #slot: Slot;
  readonly #rules: FieldRules;
  readonly #home: SlotHome;
  #finished = false;

  constructor(slot: Slot, rules: FieldRules, home: SlotHome) {
    super();
    this.#slot = slot;
    this.#rules = rules;
    this.#home = home;
  }

  get length(): number {
    return this.#slot.length;
  }

  write(key: number): void {
    if (!this.#finished && this.#slot.length < this.#rules.max) this.#slot.push(key);
  }

  clear(): void {
    if (!this.#finished) this.#slot.clear();
  }

  progress(): ReturnType<KeySink['progress']> {
    return this.#slot.judge((digits, length) => this.#rules.progress(digits, length));
  }

  finish(): SinkVerdict {
    this.#finished = true;
    const verdict = this.#slot.judge((digits, length) => this.#rules.judge(digits, length));
    if (verdict.ok) return { ok: true, field: this.#home.seal(verdict.brand) };
    this.#home.discard();
    return verdict;
  }
}
