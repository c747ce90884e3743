/** What is wrong with what was keyed; the names that a flow's prompts speak to (flow language, "Errors"). */
export type FieldError =
  | 'timeout'
  | 'invalid-card-number'
  | 'invalid-card-type'
  | 'invalid-date'
  | 'invalid-security-code'
  | 'invalid-postal-code'
  | 'invalid-value'
  | 'input-matching-failed'
  | 'card-declined'
  | 'too-long'
  | 'too-short'
  | 'too-fast';

/** A finished field as the rest of the engine sees it: never the digits of a sensitive one. */
export interface CollectedField {
  /** Reference of the vault slot of a sensitive field, else null. */
  readonly ref: string | null;
  /** What was keyed, for a field that is not sensitive, else null. */
  readonly value: string | null;
  readonly length: number;
  /** An `x` per hidden digit; a card number shows its last 4. */
  readonly masked: string;
  readonly brand: string | null;
  readonly last4: string | null;
}

export type SinkVerdict =
  { readonly ok: true; readonly field: CollectedField } | { readonly ok: false; readonly error: FieldError };

/**
 * Where the keys of one field go. The collector (dtmf/) decides when a field ends; the sink holds what was keyed and
 * knows the field's own rules. For a sensitive field the sink is a slot of the card vault.
 */
export interface KeySink {
  /** Keys held now. */
  readonly length: number;
  /** Takes one digit, as its ASCII byte (0x30-0x39). */
  write(key: number): void;
  /** Forgets (and wipes) everything keyed so far. */
  clear(): void;
  /** `more`: cannot end here; `may-end`: valid length, but longer ones exist; `complete`: no further key can belong to it. */
  progress(): 'more' | 'may-end' | 'complete';
  /** Checks and seals. After a failed verdict the sink is empty and wiped. Called once. */
  finish(): SinkVerdict;
}
