import type { CardVault, SensitiveField } from '../ports/card-vault';
import type { FieldError, KeySink } from '../ports/key-sink';
import { isCalendarDay } from './calendar-day';
import { PlainSink } from './plain-sink';

/** What a field of `collect` is. Lengths are defaults in keys; a flow may set its own for fields without a fixed form. */
export interface FieldDefinition {
  /** The vault slot it is keyed into when it is sensitive. */
  readonly slot: SensitiveField;
  /** `always`: whatever the flow says; `on-request`: where the flow says `sensitive: true`. */
  readonly sensitive: 'always' | 'on-request';
  readonly min: number;
  readonly max: number;
  readonly tooShort: FieldError;
  /** `date`: a day that exists. */
  readonly form?: 'date';
}

/** The fields of `collect`, by name (flow language, "Fields of collect"). A new one starts here. */
export const FIELDS: Readonly<Record<string, FieldDefinition>> = {
  'card-number': always('card-number', 12, 19, 'invalid-card-number'),
  'expiration-date': always('expiration-date', 4, 4, 'invalid-date'),
  'security-code': always('security-code', 3, 4, 'invalid-security-code'),
  otp: always('otp', 4, 8),
  'bank-account-number': always('bank-account-number', 4, 20),
  'bank-routing-number': onRequest(9, 9, { slot: 'bank-routing-number' }),
  'postal-code': onRequest(3, 10, { tooShort: 'invalid-postal-code' }),
  'payment-key': onRequest(4, 12),
  'link-id': onRequest(4, 16),
  amount: onRequest(1, 9),
  'phone-number': onRequest(6, 15),
  date: onRequest(8, 8, { tooShort: 'invalid-date', form: 'date' }),
  'account-number': onRequest(4, 20),
  digits: onRequest(1, 32),
};

export interface FieldRequest {
  /** The call's id. */
  readonly owner: string;
  readonly field: string;
  /** What the flow says; fields that are always sensitive stay so. */
  readonly sensitive: boolean;
  readonly min?: number | null;
  readonly max?: number | null;
  readonly accept?: readonly string[];
  /** Brand of the card already keyed. */
  readonly brand?: string | null;
}

/**
 * Opens the place where the keys of one field go: a slot of the vault for a sensitive field, text for any other.
 *
 * @throws RangeError for a field that does not exist, or lengths that no slot can hold (the flow's checker prevents both).
 */
export function openSink(vault: CardVault, request: FieldRequest): KeySink {
  const definition = FIELDS[request.field];
  if (definition === undefined) throw new RangeError(`there is no field ${request.field}`);
  const min = request.min ?? Math.min(definition.min, request.max ?? definition.min);
  const max = request.max ?? Math.max(definition.max, min);
  const { tooShort, slot } = definition;
  const form = definition.form === undefined ? {} : { form: definition.form };
  if (definition.sensitive === 'always' || request.sensitive) {
    const { owner, accept = [], brand = null } = request;
    return vault.open({ owner, field: slot, accept, brand, min, max, tooShort, ...form });
  }
  return new PlainSink({ min, max, tooShort, ...(definition.form === 'date' ? { check: dayProblem } : {}) });
}

function always(slot: SensitiveField, min: number, max: number, tooShort: FieldError = 'too-short'): FieldDefinition {
  return { slot, sensitive: 'always', min, max, tooShort };
}

function onRequest(min: number, max: number, more: Partial<FieldDefinition> = {}): FieldDefinition {
  return { slot: 'sensitive-digits', sensitive: 'on-request', min, max, tooShort: 'too-short', ...more };
}

function dayProblem(value: string): FieldError | null {
  return isCalendarDay(Buffer.from(value, 'latin1'), value.length) ? null : 'invalid-date';
}
