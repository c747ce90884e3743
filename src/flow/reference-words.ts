import type { FieldError } from '../ports/key-sink';
import type { FieldName, FLOW_EVENTS, StepKind, STEPS } from './vocabulary';

/** What the reference says of words that have no key of their own; the types see to it that none is forgotten. */

type Outcomes = { readonly [K in StepKind]: Readonly<Record<keyof (typeof STEPS)[K]['outcomes'], string>> };

export const OUTCOMES: Outcomes = {
  say: {},
  collect: {
    collected: 'the field was keyed and is valid',
    failed: 'no attempt is left',
    cancelled: 'the caller pressed the clear key twice',
  },
  menu: { none: 'no attempt is left' },
  confirm: { yes: 'the caller pressed 1', no: 'the caller pressed 2', none: 'no attempt is left' },
  connect: {
    ok: 'the answer is there and has been saved',
    error: 'there was no usable answer',
    timeout: 'there was no answer in time',
  },
  route: {},
  otp: {
    collected: 'one was keyed; whether it is right, the payment tells',
    failed: 'no attempt is left',
    error: 'none could be made or sent',
  },
  pay: {
    approved: 'the money is taken (or held, or the card kept)',
    declined: 'the gateway said no',
    'otp-invalid': 'the one-time password was wrong; the card is still there',
    'already-paid': 'this order has been paid before; nothing was charged',
    pending: 'the gateway has not decided yet',
    unknown: 'nobody knows whether money moved; it is found out later',
    error: 'nothing was charged, for a reason that is not the card',
  },
  sms: { ok: 'the message was taken', error: 'it was not' },
  'send-link': { ok: 'the link was sent', error: 'it was not' },
  link: { linked: 'the caller has joined the session', failed: 'there is no such session, or no attempt is left' },
  assist: { finished: 'the agent is done', 'no-answer': 'no agent took it' },
  return: {
    answered: 'the flow ends when either side hangs up',
    'no-answer': 'the target did not answer',
    busy: 'the target is busy',
    failed: 'the target could not be reached',
  },
  set: {},
  end: {},
};

export const FIELD_WORDS: Readonly<Record<FieldName, string>> = {
  'card-number': 'a card number with a valid check digit, of an accepted brand',
  'expiration-date': 'month and year as MMYY, not in the past, at most 20 years ahead',
  'security-code': '4 digits for Amex, else 3, by the card that was keyed before',
  otp: 'a one-time password (the step `otp` also sends it)',
  'bank-account-number': "a bank account's number",
  'bank-routing-number': "a bank's number",
  'postal-code': 'a postal code in digits',
  'payment-key': 'the key of an order',
  'link-id': 'the id of a waiting session',
  amount: 'an amount, in whole units of the currency',
  'phone-number': 'a telephone number',
  date: 'a day as YYYYMMDD',
  'account-number': "a customer's number",
  digits: 'any digits',
};

export const ERROR_WORDS: Readonly<Record<FieldError, string>> = {
  timeout: 'no key in time',
  'invalid-card-number': 'too few digits, or a wrong check digit',
  'invalid-card-type': 'a brand that `accept` does not have',
  'invalid-date': 'a day or month that does not exist, or is out of bounds',
  'invalid-security-code': 'the wrong number of digits for the card',
  'invalid-postal-code': 'too few digits',
  'invalid-value': 'a key that is no choice',
  'input-matching-failed': 'the second entry differs from the first (`matching`)',
  'card-declined': 'the gateway declined the card, and the flow asks for another',
  'too-long': 'too many digits',
  'too-short': 'too few digits',
  'too-fast': 'keys closer together than can be told apart',
};

export const EVENT_WORDS: Readonly<Record<(typeof FLOW_EVENTS)[number], string>> = {
  hangup: 'the caller has hung up: the step can note it, and nobody hears it',
  'session-timeout': 'the call is longer than `session-timeout`',
  'engine-error': 'the flow itself failed, for instance in an expression',
};
