interface FlowVariant {
  readonly did: string;
  readonly session?: string;
  /** Settings of the card's field. */
  readonly card?: string;
  readonly attempts?: number;
  /** Says something first. */
  readonly greets?: boolean;
  /** The language that its number speaks. */
  readonly language?: string;
}

/** The card, its details and the OTP, without a word too many. */
const flow = ({
  did,
  session = '5m',
  card = '',
  attempts = 3,
  greets = false,
  language = 'en',
}: FlowVariant): string => `
flow: keyed-${did}
dids: { '${did}': ${language} }
languages: [en${language === 'en' ? '' : `, ${language}`}]
session-timeout: ${session}
context:
  - headers: { amount: X-Amount, currency: X-Currency, order_id: X-Order-Id, phone: X-Customer-Phone, return_to: X-Return-To }
require: [amount, currency, order_id]
start: ${greets ? 'hello' : 'card'}
steps:
  ${greets ? 'hello: { say: keypad-is-private, next: card }' : ''}
  card: { collect: card-number, attempts: ${attempts}, ${card} on: { collected: expiry, failed: sorry } }
  expiry: { collect: expiration-date, on: { collected: cvv, failed: sorry } }
  cvv: { collect: security-code, on: { collected: send-otp, failed: sorry } }
  send-otp:
    otp: otp-pay
    sms: { connector: sms-dlt, template: otp }
    min: 6
    max: 6
    on: { collected: pay, failed: sorry, error: sorry }
  pay:
    pay: otp-pay
    amount: '{{ amount }}'
    currency: '{{ currency }}'
    reference: '{{ order_id }}'
    on: { approved: back, declined: sorry, unknown: sorry, error: sorry }
  sorry: { say: sorry-not-understood, next: back }
  back:
    return: '{{ return_to }}'
    with: { X-Payment-Result: '{{ payment.outcome }}' }
    ring: 20s
    on: { no-answer: bye, busy: second }
  second: { return: agent-999, ring: 5s, on: { no-answer: bye, busy: bye } }
  bye: { say: goodbye, end: true }
`;

/** Each field is given up in its turn, and the next one asked for: nobody keys anything. */
const UNANSWERED = `
flow: unanswered
dids: ['7010']
languages: [en]
session-timeout: 5m
context:
  - headers: { amount: X-Amount, currency: X-Currency, order_id: X-Order-Id, return_to: X-Return-To }
start: card
steps:
  card: { collect: card-number, attempts: 3, timeout: 2s, on: { collected: bye, failed: expiry } }
  expiry: { collect: expiration-date, attempts: 2, timeout: 2s, on: { collected: bye, failed: cvv } }
  cvv: { collect: security-code, attempts: 2, timeout: 2s, on: { collected: bye, failed: sorry } }
  sorry: { say: sorry-not-understood, next: back }
  back: { return: '{{ return_to }}', with: { X-Payment-Result: '{{ payment.outcome }}' }, ring: 20s, on: { no-answer: bye } }
  bye: { say: goodbye, end: true }
`;

/** Gives the caller back by REFER; else calls the same agent. */
const RELEASED = `
flow: released
dids: ['7007']
languages: [en]
session-timeout: 2m
context:
  - headers: { return_to: X-Return-To }
start: release
steps:
  release: { return: '{{ return_to }}', release: refer, ring: 3s, while: returning-to-agent, on: { busy: other, no-answer: other } }
  other: { say: trying-another-agent, next: back }
  back: { return: '{{ return_to }}', with: { X-Payment-Result: '{{ payment.outcome }}' }, ring: 20s, on: { no-answer: bye } }
  bye: { say: goodbye, end: true }
`;

/** The flows whose callers and agents are telephones of the lab, by file. */
export const PHONE_FLOWS: Readonly<Record<string, string>> = {
  'keyed.yaml': flow({ did: '7003' }),
  'impatient.yaml': flow({ did: '7004', session: '10s', card: 'timeout: 8s,' }),
  'twice.yaml': flow({ did: '7006', language: 'es', card: 'matching: true, readback: last4,' }),
  'greeting.yaml': flow({ did: '7005', greets: true }),
  'persistent.yaml': flow({ did: '7008', attempts: 6 }),
  'patient.yaml': flow({ did: '7009', session: '10m', card: 'timeout: 1m,', attempts: 5 }),
  'unanswered.yaml': UNANSWERED,
  'released.yaml': RELEASED,
};
