import type { FieldError } from '../../ports/key-sink';

/**
 * What is said where a flow says nothing of its own: each field's question, and each error's sentence before the question is
 * asked again. The ids are those of every language's catalogue.
 */

/** Prompt ids that ask for a field. A security code asks for as many digits as the card that was keyed has. */
export function defaultQuestion(field: string, brand: string | null = null): readonly string[] {
  if (field === 'security-code') {
    if (brand === null) return ['enter-security-code'];
    return [brand === 'amex' ? 'enter-security-code-4' : 'enter-security-code-3'];
  }
  return QUESTIONS[field] ?? ['enter-digits', 'end-with-hash'];
}

const QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  'card-number': ['enter-card-number', 'end-with-hash'],
  'expiration-date': ['enter-expiration-date'],
  'postal-code': ['enter-postal-code', 'end-with-hash'],
  otp: ['enter-otp', 'end-with-hash'],
  'payment-key': ['enter-payment-key', 'end-with-hash'],
  'link-id': ['enter-link-id', 'end-with-hash'],
  amount: ['enter-amount', 'end-with-hash'],
  'phone-number': ['enter-phone-number', 'end-with-hash'],
  date: ['enter-date'],
  'account-number': ['enter-account-number', 'end-with-hash'],
  'bank-account-number': ['enter-bank-account-number', 'end-with-hash'],
  'bank-routing-number': ['enter-bank-routing-number', 'end-with-hash'],
  digits: ['enter-digits', 'end-with-hash'],
};

/** Prompt ids that say what was wrong with what was keyed into `field`; the question follows them. */
export function defaultErrorPrompts(field: string, error: FieldError): readonly string[] {
  if (error === 'invalid-date' && field === 'expiration-date') return ['expiration-date-not-valid'];
  return [ERRORS[error]];
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

/** Prompts that the engine itself may say in any flow, so that every language must have them. */
export const ENGINE_PROMPTS: readonly string[] = [
  'beep',
  'silence',
  'please-wait',
  'press-1-yes-2-no',
  'choice-not-valid',
  'otp-resend-hint',
  'otp-resent',
  'enter-again',
  'card-ending-in',
  'connecting-you',
  'agent-not-available',
  'engine-error',
  'engine-restarted',
  'session-timeout',
  'not-in-service',
  'call-details-missing',
  'goodbye',
];
