import { HushtoneError } from '../errors';
import type { CardVault, OpenSlot, SensitiveField } from '../ports/card-vault';
import type { Clock } from '../ports/clock';
import type { IdMaker } from '../ports/id-maker';
import type { CollectedField, KeySink } from '../ports/key-sink';
import { judgeCard } from './brands';
import { rulesOf } from './field-rules';
import { Sealed } from './sealed';
import { Slot, SLOT_SIZE } from './slot';
import { SlotSink } from './slot-sink';

interface Entry {
  readonly owner: string;
  readonly field: SensitiveField;
  readonly slot: Slot;
  /** Null while it is being keyed into. */
  ref: string | null;
}

export interface VaultParts {
  readonly clock: Pick<Clock, 'now'>;
  readonly makeId: IdMaker;
}

/**
 * The card vault in this process's memory. Digits live in one Buffer per field, are handed out only for the length of a
 * synchronous call, and are overwritten when wiped. An owner has at most one open slot per field: opening it again destroys
 * the one before, so that keys of an abandoned attempt cannot linger.
 */
export class MemoryCardVault extends Sealed implements CardVault {
  readonly #parts: VaultParts;
  readonly #byOwner = new Map<string, Set<Entry>>();
  readonly #byRef = new Map<string, Entry>();

  constructor(parts: VaultParts) {
    super();
    this.#parts = parts;
  }

  /** @throws RangeError when the lengths asked for fit no slot. */
  open(request: OpenSlot): KeySink {
    const { owner, field } = request;
    const rules = rulesOf(request, () => this.#parts.clock.now());
    for (const entry of this.#entriesOf(owner)) {
      if (entry.field === field && entry.ref === null) this.#destroy(entry);
    }
    const entry = this.#add(owner, field);
    return new SlotSink(entry.slot, rules, {
      seal: (brand) => this.#seal(entry, brand),
      discard: () => {
        this.#destroy(entry);
      },
    });
  }

  /** @throws RangeError when `bytes` fits no slot; it has been wiped even then. */
  put(owner: string, field: SensitiveField, bytes: Buffer): CollectedField {
    try {
      if (bytes.length === 0 || bytes.length > SLOT_SIZE) {
        throw new RangeError(`a sensitive value has 1 to ${SLOT_SIZE} bytes, not ${bytes.length}`);
      }
      const entry = this.#add(owner, field);
      for (const byte of bytes) entry.slot.push(byte);
      return this.#seal(entry, field === 'card-number' ? brandIn(entry.slot) : null);
    } finally {
      bytes.fill(0);
    }
  }

  lend<T>(ref: string, use: (bytes: Uint8Array) => T): T {
    const entry = this.#byRef.get(ref);
    if (entry === undefined) throw new HushtoneError('vault-sealed');
    return use(entry.slot.view());
  }

  same(one: string, other: string): boolean {
    const [a, b] = [this.#byRef.get(one), this.#byRef.get(other)];
    if (a === undefined || b === undefined) throw new HushtoneError('vault-sealed');
    return a.slot.equals(b.slot);
  }

  lengthOf(ref: string): number | null {
    return this.#byRef.get(ref)?.slot.length ?? null;
  }

  wipe(ref: string): void {
    const entry = this.#byRef.get(ref);
    if (entry !== undefined) this.#destroy(entry);
  }

  wipeOwner(owner: string): number {
    let held = 0;
    for (const entry of this.#entriesOf(owner)) {
      if (entry.slot.length > 0) held++;
      this.#destroy(entry);
    }
    return held;
  }

  size(): number {
    let held = 0;
    for (const entries of this.#byOwner.values()) {
      for (const entry of entries) if (entry.slot.length > 0) held++;
    }
    return held;
  }

  #add(owner: string, field: SensitiveField): Entry {
    const entry: Entry = { owner, field, slot: new Slot(), ref: null };
    const entries = this.#byOwner.get(owner);
    if (entries === undefined) this.#byOwner.set(owner, new Set([entry]));
    else entries.add(entry);
    return entry;
  }

  #seal(entry: Entry, brand: string | null): CollectedField {
    const { slot } = entry;
    entry.ref = this.#parts.makeId('sealed');
    this.#byRef.set(entry.ref, entry);
    const shown = { ref: entry.ref, value: null, length: slot.length, brand };
    if (entry.field !== 'card-number') return { ...shown, masked: slot.hidden(), last4: null };
    return { ...shown, masked: slot.maskedCard(), last4: slot.lastFour() };
  }

  #destroy(entry: Entry): void {
    entry.slot.destroy();
    if (entry.ref !== null) this.#byRef.delete(entry.ref);
    const entries = this.#byOwner.get(entry.owner);
    entries?.delete(entry);
    if (entries?.size === 0) this.#byOwner.delete(entry.owner);
  }

  #entriesOf(owner: string): Iterable<Entry> {
    return this.#byOwner.get(owner) ?? [];
  }
}

function brandIn(slot: Slot): string | null {
  const verdict = slot.judge((digits, length) => judgeCard(digits, length, []));
  return verdict.ok ? verdict.brand : null;
}
