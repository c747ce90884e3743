import type { CollectedField, FieldError, KeySink } from './key-sink';

/** Fields whose digits exist only in the vault (flow language, "always sensitive", and the expiry that goes with them). */
export type SensitiveField =
  | 'card-number'
  | 'expiration-date'
  | 'security-code'
  | 'otp'
  | 'bank-account-number'
  | 'bank-routing-number'
  | 'sensitive-digits';

export interface OpenSlot {
  /** Whose slot it is: the call's id. Everything of an owner is wiped together. */
  readonly owner: string;
  readonly field: SensitiveField;
  /** Brands a card number may have; empty means any. */
  readonly accept?: readonly string[];
  /** Brand of the card already keyed, which decides the security code's length. */
  readonly brand?: string | null;
  /** Lengths for fields that have none of their own (otp, account numbers, sensitive digits). */
  readonly min?: number;
  readonly max?: number;
  /** What fewer keys than `min` are called (`too-short`). */
  readonly tooShort?: FieldError;
  /** `date`: sensitive digits that must be a day, `YYYYMMDD`. */
  readonly form?: 'date';
}

/**
 * Holds card digits as bytes, outside the garbage-collected pool, until they are used once. Nobody else holds any:
 * references are random names that say nothing.
 */
export interface CardVault {
  /** Opens an empty slot to key into. The slot's reference exists once `finish()` says ok. */
  open(slot: OpenSlot): KeySink;
  /** Takes a value that arrived in a connector's answer (an OTP to be sent by SMS). Copies, then wipes `bytes`. */
  put(owner: string, field: SensitiveField, bytes: Buffer): CollectedField;
  /**
   * Lends the bytes of a slot to `use`, synchronously. `use` must copy into a Buffer it wipes itself, and never make a string.
   * @throws HushtoneError `vault-sealed` when the slot is gone.
   */
  lend<T>(ref: string, use: (bytes: Uint8Array) => T): T;
  /**
   * Whether two slots hold the same digits; takes as long whatever they hold.
   * @throws HushtoneError `vault-sealed` when one of them is gone.
   */
  same(one: string, other: string): boolean;
  /** Length in digits of a slot, or null when it is gone. */
  lengthOf(ref: string): number | null;
  /** Wipes one slot. Idempotent. */
  wipe(ref: string): void;
  /** Wipes every slot of an owner, those still being keyed included. Returns how many there were. Idempotent. */
  wipeOwner(owner: string): number;
  /** Slots that hold anything now. */
  size(): number;
}
