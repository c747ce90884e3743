import { hidden, lastFour, maskedCard } from './mask';
import { Sealed, sealedView } from './sealed';

/** Every slot is as large as the longest field may be, so that its size says nothing about what it holds. */
export const SLOT_SIZE = 32;

/**
 * The bytes of one field, in memory of their own outside Node's Buffer pool (which is shared, and never wiped). A slot that
 * has been destroyed is empty for good: whatever is keyed afterwards goes nowhere.
 */
export class Slot extends Sealed {
  /** Over an ArrayBuffer: a small Buffer of any other making lies in V8's own heap, where the collector moves it and leaves a copy. */
  readonly #bytes = Buffer.from(new ArrayBuffer(SLOT_SIZE));
  #length = 0;
  #destroyed = false;

  get length(): number {
    return this.#length;
  }

  push(byte: number): void {
    if (this.#destroyed || this.#length === SLOT_SIZE) return;
    this.#bytes[this.#length++] = byte;
  }

  clear(): void {
    this.#bytes.fill(0);
    this.#length = 0;
  }

  destroy(): void {
    this.clear();
    this.#destroyed = true;
  }

  /** Judges the bytes where they are: `judge` must keep nothing of them. */
  judge<T>(judge: (digits: Uint8Array, length: number) => T): T {
    return judge(this.#bytes, this.#length);
  }

  /** Looks at every byte of both, whatever they hold: how long it takes says nothing. Unused bytes are zeros. */
  equals(other: Slot): boolean {
    let difference = this.#length ^ other.#length;
    for (let at = 0; at < SLOT_SIZE; at++) difference |= (this.#bytes[at] ?? 0) ^ (other.#bytes[at] ?? 0);
    return difference === 0;
  }

  view(): Uint8Array {
    return sealedView(this.#bytes, this.#length);
  }

  hidden(): string {
    return hidden(this.#length);
  }

  maskedCard(): string {
    return maskedCard(this.#bytes, this.#length);
  }

  lastFour(): string {
    return lastFour(this.#bytes, this.#length);
  }
}
