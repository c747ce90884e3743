/**
 * Prompt ids said where a flow says nothing of its own: each field's question, and each error's words before the question is asked
 * again. The ids are those of `sounds/<language>/catalog.yaml`.
 */
import { securityCodeLength } from '../card/brands';
import type { FieldError } from '../ports/key-sink';
import type { FieldName } from './vocabulary';

const HASH = 'end-with-hash';

const QUESTIONS: Readonly<Record<FieldName, readonly string[]>> = {
  'card-number': ['enter-card-number', HASH],
  'expiration-date': ['enter-expiration-date'],
  'security-code': ['enter-security-code'],
  otp: ['enter-otp', HASH],
  'postal-code': ['enter-postal-code', HASH],
  'payment-key': ['enter-payment-key', HASH],
  'link-id': ['enter-link-id', HASH],
  amount: ['enter-amount', HASH],
  'phone-number': ['enter-phone-number', HASH],
  date: ['enter-date'],
  'account-number': ['enter-account-number', HASH],
  'bank-account-number': ['enter-bank-account-number', HASH],
  'bank-routing-number': ['enter-bank-routing-number', HASH],
  digits: ['enter-digits', HASH],
};

/** Asks for a field. A security code is asked for in as many digits as the card that was keyed has. */
export function questionWords(field: FieldName, brand: string | null = null): readonly string[] {
  if (field !== 'security-code' || brand === null) return QUESTIONS[field];
  return [securityCodeLength(brand) === 4 ? 'enter-security-code-4' : 'enter-security-code-3'];
}

/** Asks for the second of two entries. */
export function secondEntryWords(field: FieldName): readonly string[] {
  return QUESTIONS[field].includes(HASH) ? ['enter-again', HASH] : ['enter-again'];
}

/** Says the last four digits, which fill the prompt's placeholder. */
export function readbackWords(field: FieldName): string {
  return field === 'card-number' ? 'card-ending-in' : 'number-ending-in';
}

const ERRORS: Readonly<Record<FieldError, string>> = {
  timeout: 'nothing-heard',
  'invalid-card-number': 'card-number-not-valid',
  'invalid-card-type': 'card-type-not-accepted',
  'invalid-date': 'date-not-valid',
  'invalid-security-code': 'security-code-not-valid',
  'invalid-postal-code': 'postal-code-not-valid',
  'invalid-value': 'value-not-valid',
  'input-matching-failed': 'entries-did-not-match',
  'card-declined': 'card-was-declined',
  'too-long': 'too-long',
  'too-short': 'too-short',
  'too-fast': 'too-fast',
};

/** Says what was wrong with what was keyed into a field. */
export function errorWords(field: FieldName, error: FieldError): string {
  return field === 'expiration-date' && error === 'invalid-date' ? 'expiration-date-not-valid' : ERRORS[error];
}

/** Says what was wrong with the key pressed at a menu, where errors of a field cannot occur. */
export const CHOICE_ERROR_WORDS: Readonly<Partial<Record<FieldError, string>>> = {
  timeout: ERRORS.timeout,
  'too-fast': ERRORS['too-fast'],
  'too-short': 'choice-not-valid',
  'too-long': 'choice-not-valid',
  'invalid-value': 'choice-not-valid',
};
