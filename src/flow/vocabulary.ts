/**
 * Every word of the flow language, in one table: the parser accepts by it, `flows/flow.schema.json` is made from it.
 * A new key, outcome or field starts here.
 */
import { BRANDS as CARD_BRANDS } from '../card/brands';
import type { FieldError } from '../ports/key-sink';
import { durationText } from './duration';
import type { KeyRule, Keys, OutcomeRule, Shape, StepRule } from './rule-shapes';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const DEFAULTS = {
  attempts: 3,
  timeoutMs: 8 * SECOND,
  interdigitMs: 4 * SECOND,
  termMs: 2 * SECOND,
  terminator: '#',
  clearKey: '*',
  otpMin: 4,
  otpMax: 8,
  resends: 1,
  ringMs: 25 * SECOND,
  linkValidMs: 72 * HOUR,
  sessionMs: 5 * MINUTE,
  /** Q.850: normal call clearing. */
  cause: 16,
} as const;

/** Card brands by their ids, as `accept` and `brand` name them. */
export const BRANDS: readonly string[] = CARD_BRANDS.map(({ id }) => id);

/** Fields of `collect`; `true`: always sensitive. */
export const FIELDS = {
  'card-number': true,
  'expiration-date': true,
  'security-code': true,
  otp: true,
  'bank-account-number': true,
  'bank-routing-number': false,
  'postal-code': false,
  'payment-key': false,
  'link-id': false,
  amount: false,
  'phone-number': false,
  date: false,
  'account-number': false,
  digits: false,
} as const satisfies Record<string, boolean>;

export type FieldName = keyof typeof FIELDS;

const ERROR_TABLE = {
  timeout: true,
  'invalid-card-number': true,
  'invalid-card-type': true,
  'invalid-date': true,
  'invalid-security-code': true,
  'invalid-postal-code': true,
  'invalid-value': true,
  'input-matching-failed': true,
  'card-declined': true,
  'too-long': true,
  'too-short': true,
  'too-fast': true,
} as const satisfies Record<FieldError, true>;

/** Errors that a prompt can speak to. */
export const FIELD_ERRORS = Object.keys(ERROR_TABLE) as FieldError[];

/** What a prompt of a `collect` step with `matching` speaks to before the second entry. */
export const SECOND_ENTRY = 'second-entry';

/** What a prompt of an `otp` step speaks to after the caller asked for a new one. */
export const OTP_RESENT = 'otp-resent';

/** How a `return` lets the caller go. */
export const RELEASES = ['bridge', 'refer'] as const;

/** What a `pay` does with the card. */
export const TRANSACTIONS = ['charge', 'authorize', 'tokenize'] as const;

export type Transaction = (typeof TRANSACTIONS)[number];

/** SIP headers beside `X-...` that a flow may read: who transferred or diverted the call, and what they said of it. */
export const TRANSFER_HEADERS = ['User-to-User', 'Referred-By', 'Diversion', 'History-Info'] as const;

const required = { way: 'required' } as const;
const like = (outcome: string): OutcomeRule => ({ way: { like: outcome } });

const count = (min: number, max: number): Shape => ({ is: 'count', min, max });
const duration = (min: number, max: number): Shape => ({ is: 'duration', min, max });

const FIRST_KEY: Keys = {
  timeout: {
    shape: duration(SECOND, MINUTE),
    about: 'Longest wait for the first key',
    default: durationText(DEFAULTS.timeoutMs),
  },
};
const TIMING: Keys = {
  ...FIRST_KEY,
  'interdigit-timeout': {
    shape: duration(SECOND, MINUTE),
    about: 'Longest wait between keys',
    default: durationText(DEFAULTS.interdigitMs),
  },
  'term-timeout': {
    shape: duration(0, MINUTE),
    about: 'Wait for a further key once the field could be complete',
    default: durationText(DEFAULTS.termMs),
  },
  terminator: {
    shape: { is: 'key-or-none' },
    about: 'Key that ends the field, or none',
    default: `"${DEFAULTS.terminator}"`,
  },
  'clear-key': {
    shape: { is: 'key-or-none' },
    about: 'Key that clears the field, pressed twice to cancel, or none',
    default: `"${DEFAULTS.clearKey}"`,
  },
};
const ATTEMPTS: Keys = {
  attempts: { shape: count(1, 20), about: 'Tries in total over the whole call', default: String(DEFAULTS.attempts) },
  prompts: {
    shape: { is: 'prompts' },
    about: 'What to say, by attempt, error, brand and language; each overrides a default',
  },
};
const LENGTHS: Keys = {
  min: { shape: count(1, 32), about: 'Fewest digits' },
  max: { shape: count(1, 32), about: 'Most digits' },
};
const BARGEIN: Keys = { bargein: { shape: { is: 'boolean' }, about: 'A key stops the prompt', default: 'true' } };
const connectorName: KeyRule = { shape: { is: 'name' }, required: true, about: 'A connector: a file of connectors/' };
const WITH: KeyRule = { shape: { is: 'templates' }, about: 'Values by name' };
const WHILE: Keys = {
  while: { shape: { is: 'say' }, about: 'Played after 1 s, and repeated, until the answer' },
};

const SMS_KEYS: Keys = {
  connector: connectorName,
  to: { shape: { is: 'template' }, about: 'Telephone number', default: '"{{ phone }}"' },
  template: { shape: { is: 'name' }, required: true, about: 'Message template of the connector' },
};
const MESSAGE_KEYS: Keys = {
  ...SMS_KEYS,
  to: { shape: { is: 'template' }, required: true, about: 'Telephone number' },
  with: WITH,
};

export const STEPS = {
  say: {
    value: { shape: { is: 'say' }, about: 'Plays prompts, amounts, digits, dates' },
    keys: { ...BARGEIN, end: { shape: { is: 'true' }, about: 'Hang up afterwards' } },
    outcomes: {},
  },
  collect: {
    value: { shape: { is: 'word', words: Object.keys(FIELDS) }, about: 'Collects one field by keypad' },
    keys: {
      ...ATTEMPTS,
      ...TIMING,
      ...LENGTHS,
      ...BARGEIN,
      accept: { shape: { is: 'words', words: BRANDS }, about: 'Card brands that are taken', default: 'all' },
      sensitive: { shape: { is: 'boolean' }, about: 'Treat the field like a card field', default: 'false' },
      save: { shape: { is: 'name' }, about: 'Context name for what was keyed; not for sensitive fields' },
      matching: {
        shape: { is: 'boolean' },
        about: 'Have it keyed twice, and take it only when both are the same',
        default: 'false',
      },
      readback: {
        shape: { is: 'word', words: ['last4'] },
        about: 'Tell the caller the last four digits; of sensitive fields only the card number',
      },
    },
    outcomes: { collected: required, failed: required, cancelled: like('failed') },
  },
  menu: {
    value: { shape: { is: 'say' }, about: 'One key, one branch' },
    keys: {
      ...ATTEMPTS,
      ...FIRST_KEY,
      choices: { shape: { is: 'choices' }, required: true, about: 'Key to step' },
    },
    outcomes: { none: required },
  },
  confirm: {
    value: { shape: { is: 'say' }, about: '1 is yes, 2 is no' },
    keys: { ...ATTEMPTS, ...FIRST_KEY },
    outcomes: { yes: required, no: required, none: required },
  },
  connect: {
    value: { shape: { is: 'name' }, about: 'Runs a connector and puts its answer into the context' },
    keys: {
      operation: { shape: { is: 'name' }, about: 'Operation of the connector, when it has several', default: 'run' },
      with: WITH,
      save: { shape: { is: 'names' }, about: 'Context name to name in the answer (all, under their own names)' },
      ...WHILE,
    },
    outcomes: { ok: required, error: required, timeout: like('error') },
    open: true,
  },
  route: {
    value: {
      shape: {
        is: 'keys',
        keys: {
          when: { shape: { is: 'conditions' }, required: true, about: 'Conditions, tried from top to bottom' },
          else: { shape: { is: 'step' }, required: true, about: 'Step when none holds' },
        },
      },
      about: 'Branches on conditions',
    },
    keys: {},
    outcomes: {},
  },
  otp: {
    value: { shape: { is: 'name' }, about: 'Generates, sends and collects a one-time password' },
    keys: {
      ...ATTEMPTS,
      ...TIMING,
      ...LENGTHS,
      generate: { shape: { is: 'boolean' }, about: 'Have a new one made and sent', default: 'true' },
      sms: { shape: { is: 'keys', keys: SMS_KEYS }, about: 'How we send it, when the connector leaves that to us' },
      'resend-key': { shape: { is: 'key' }, about: 'Key that asks for a new one' },
      resends: { shape: count(0, 5), about: 'New ones over the whole call', default: String(DEFAULTS.resends) },
      while: { shape: { is: 'say' }, about: 'Played after 1 s, and repeated, until a new one is made and sent' },
    },
    outcomes: { collected: required, failed: required, error: required },
  },
  pay: {
    value: { shape: { is: 'name' }, about: 'Takes one payment for one order' },
    keys: {
      amount: { shape: { is: 'template' }, required: true, about: 'Decimal major units, such as 2500.50' },
      currency: { shape: { is: 'template' }, required: true, about: 'ISO 4217 code' },
      reference: { shape: { is: 'template' }, required: true, about: 'The order: it is paid once' },
      transaction: {
        shape: { is: 'word', words: TRANSACTIONS },
        about: 'charge; authorize: hold the amount; tokenize: keep the card at the gateway, take nothing',
        default: TRANSACTIONS[0],
      },
      token: { shape: { is: 'template' }, about: 'Pays with a card that the gateway keeps, instead of a keyed one' },
      while: { shape: { is: 'say' }, about: 'Played at once, and repeated, until the answer' },
      parameters: { shape: { is: 'templates' }, about: 'Further values for the connector' },
    },
    outcomes: {
      approved: required,
      declined: required,
      'otp-invalid': like('declined'),
      'already-paid': like('unknown'),
      pending: like('unknown'),
      unknown: required,
      error: required,
    },
  },
  sms: {
    value: { shape: { is: 'keys', keys: MESSAGE_KEYS }, about: 'Sends a message' },
    keys: WHILE,
    outcomes: { ok: required, error: required },
  },
  'send-link': {
    value: {
      shape: {
        is: 'keys',
        keys: {
          to: { shape: { is: 'template' }, required: true, about: 'Telephone number' },
          valid: {
            shape: duration(MINUTE, 30 * 24 * HOUR),
            about: 'How long the link may be used',
            default: durationText(DEFAULTS.linkValidMs),
          },
          connector: { shape: { is: 'name' }, about: 'The connector that sends the SMS' },
        },
      },
      about: 'Sends a link to a payment page by SMS',
    },
    keys: WHILE,
    outcomes: { ok: required, error: required },
  },
  link: {
    value: {
      shape: {
        is: 'keys',
        keys: {
          header: { shape: { is: 'header' }, about: 'SIP header that brings the link id' },
          prompt: { shape: { is: 'say' }, about: 'Asks for the link id, when no header has brought a good one' },
          attempts: {
            shape: count(1, 20),
            about: 'How often it is asked for, in total over the whole call',
            default: String(DEFAULTS.attempts),
          },
        },
      },
      about: 'Joins the caller to a waiting session, and takes the order from it',
    },
    keys: {},
    outcomes: { linked: required, failed: required },
  },
  assist: {
    value: {
      shape: {
        is: 'keys',
        keys: {
          agent: { shape: { is: 'template' }, required: true, about: 'Id of a target' },
          ring: {
            shape: duration(SECOND, 5 * MINUTE),
            about: 'How long the agent may ring',
            default: durationText(DEFAULTS.ringMs),
          },
          'hold-music': { shape: { is: 'say' }, about: 'Played while the agent rings' },
        },
      },
      about: 'Connects an agent, who takes the payment with the caller in the panel',
    },
    keys: {},
    outcomes: { finished: required, 'no-answer': required },
  },
  return: {
    value: { shape: { is: 'template' }, about: 'Bridges the caller back: id of a target' },
    keys: {
      with: { shape: { is: 'templates' }, about: 'SIP headers on the way back' },
      ring: {
        shape: duration(SECOND, 5 * MINUTE),
        about: 'How long the target may ring',
        default: durationText(DEFAULTS.ringMs),
      },
      while: { shape: { is: 'say' }, about: 'Played while the target rings' },
      release: {
        shape: { is: 'word', words: RELEASES },
        about: 'bridge: the caller stays on our line; refer: the other side takes the caller over by REFER',
        default: RELEASES[0],
      },
    },
    outcomes: {
      answered: { way: 'ends' },
      'no-answer': required,
      busy: like('no-answer'),
      failed: like('no-answer'),
    },
  },
  set: {
    value: { shape: { is: 'templates' }, about: 'Sets values that are not sensitive' },
    keys: {},
    outcomes: {},
  },
  end: {
    value: { shape: { is: 'true' }, about: 'Hangs up' },
    keys: { cause: { shape: count(1, 127), about: 'Q.850 cause', default: String(DEFAULTS.cause) } },
    outcomes: {},
  },
} as const satisfies Record<string, StepRule>;

export type StepKind = keyof typeof STEPS;

export const STEP_KINDS = Object.keys(STEPS) as StepKind[];

/** The rules of a step, with the table's literal types forgotten. */
export function stepRule(kind: StepKind): StepRule {
  return STEPS[kind];
}

/** Steps that this version's engine cannot carry out yet, with the outcome that each takes at once. */
export const NOT_YET: Readonly<Partial<Record<StepKind, string>>> = {
  'send-link': 'error',
  link: 'failed',
  assist: 'no-answer',
};

/** Name under which a link id that the caller keyed is known. */
export const LINK_ID = 'link_id';

/** What a linked session tells of its order, beside what its maker added. */
export const SESSION_VALUES = ['amount', 'currency', 'order_id', 'phone', 'return_to'] as const;

/** What the payment page behind a link has to know of the order. */
export const LINK_VALUES = ['amount', 'currency', 'order_id'] as const;

/** The one outcome of steps that have a single way. */
export const DONE = 'done';

/** Whole-flow events; each has a built-in way and may be given a step under the flow's `on`. */
export const FLOW_EVENTS = ['hangup', 'session-timeout', 'engine-error'] as const;

/** Names that a flow cannot give to values: those of the engine, and what every JavaScript object has. */
export const RESERVED_NAMES = ['call', 'payment', 'session', 'constructor'] as const;

/** Name of the value that says which language is spoken: whoever sets it to one of the flow's languages changes it. */
export const LANGUAGE = 'language';

/** Numbers that start a flow. */
export const DID_PATTERN = '^\\+?[0-9*#]{1,20}$';

/** Headers of one's own. */
export const X_HEADER = '[Xx]-[A-Za-z0-9][A-Za-z0-9-]{0,60}';

/** Language codes, as BCP 47 begins them. */
export const LANGUAGE_PATTERN = '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$';

/** The step that a call without its required details goes to. */
export const NO_CONTEXT = 'no-context';

export const FLOW_KEYS = {
  flow: { shape: { is: 'name' }, required: true, about: 'Id of the flow' },
  dids: { shape: { is: 'dids' }, required: true, about: 'Numbers that start it; a mapping gives each its language' },
  languages: { shape: { is: 'languages' }, required: true, about: 'Languages; the first is the default' },
  'session-timeout': {
    shape: duration(10 * SECOND, 24 * HOUR),
    about: 'Longest call',
    default: durationText(DEFAULTS.sessionMs),
  },
  recording: { shape: { is: 'word', words: ['off'] }, about: 'Calls are never recorded by the engine' },
  context: { shape: { is: 'context' }, about: "Where the order's details come from: the first that answers wins" },
  require: { shape: { is: 'words', words: [] }, about: 'Names that must be known; else step no-context' },
  start: { shape: { is: 'step' }, required: true, about: 'The first step' },
  on: { shape: { is: 'ways', words: FLOW_EVENTS }, about: 'Steps for whole-flow events' },
  steps: { shape: { is: 'steps' }, required: true, about: 'The steps by name' },
} as const satisfies Keys;

/** Keys of one source of context: headers, or a connector. */
export const CONTEXT_KEYS = {
  headers: { shape: { is: 'headers' }, about: 'Context name to SIP header' },
  connector: { shape: { is: 'name' }, about: 'A connector that knows the order' },
  with: WITH,
} as const satisfies Keys;

/** Keys of one entry of `prompts`. */
export const PROMPT_KEYS = {
  attempt: { shape: count(1, 20), about: 'Only at this attempt' },
  error: { shape: { is: 'word', words: [...FIELD_ERRORS, OTP_RESENT, SECOND_ENTRY] }, about: 'Only after this error' },
  brand: { shape: { is: 'word', words: BRANDS }, about: 'Only for cards of this brand' },
  language: { shape: { is: 'language' }, about: 'Only in this language' },
  say: { shape: { is: 'say' }, required: true, about: 'What to say' },
} as const satisfies Keys;

/** Keys of one thing to be said that is not just a prompt id. */
export const SAY_KEYS = {
  prompt: { shape: { is: 'name' }, about: 'A prompt id; needed with `language` only' },
  amount: { shape: { is: 'template' }, about: 'Decimal major units; needs currency' },
  currency: { shape: { is: 'template' }, about: 'ISO 4217 code; needs amount' },
  reference: { shape: { is: 'template' }, about: 'Letters and digits, one by one' },
  digits: { shape: { is: 'template' }, about: 'Digits, one by one' },
  date: { shape: { is: 'template' }, about: 'A day, YYYY-MM-DD' },
  number: { shape: { is: 'template' }, about: 'A whole number' },
  language: { shape: { is: 'language' }, about: "Said in this language, whatever the call's" },
} as const satisfies Keys;

/** Keys of one condition of a `route`. */
export const CONDITION_KEYS = {
  if: { shape: { is: 'template' }, required: true, about: 'An expression: {{ ... }}' },
  next: { shape: { is: 'step' }, required: true, about: 'Step when it holds' },
} as const satisfies Keys;

/** Operations of a connector that the engine asks for by name; `payOperation` names those that pay. */
export const OPERATIONS = { single: 'run', otp: 'generate', pay: 'charge', settle: 'lookup', sms: 'send' } as const;

/** The operation of a connector that a `pay` step asks for: `charge`, or `charge-token` with a card that the gateway keeps. */
export function payOperation(step: { readonly transaction: Transaction; readonly token: unknown }): string {
  return step.token === null ? step.transaction : `${step.transaction}-token`;
}
