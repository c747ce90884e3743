import { isMap } from 'yaml';
import type { ConnectStep, OtpStep, PayStep, SmsStep, Template } from '../ast';
import type { Keys } from '../rule-shapes';
import type { Transaction } from '../vocabulary';
import { OPERATIONS, STEPS, stepRule } from '../vocabulary';
import { Fields, titleOf } from './fields';
import { parseExits } from './parse-exits';
import { parseOptionalSay } from './parse-say';
import { readName } from './scalars';
import type { Entry } from './source';

export function parseConnect(fields: Fields, entry: Entry): ConnectStep {
  return {
    kind: 'connect',
    name: entry.key,
    place: entry.place,
    exits: parseExits(fields, stepRule('connect')),
    connector: fields.name('connect') ?? '',
    operation: fields.name('operation') ?? OPERATIONS.single,
    with: fields.templates('with'),
    save: fields.record('save', (each) =>
      readName(fields.source, each.value, each.place, titleOf(each.key, fields.title('save'))),
    ),
    while: parseOptionalSay(fields, 'while'),
  };
}

export function parsePay(fields: Fields, entry: Entry): PayStep {
  const transaction = (fields.word('transaction') ?? 'charge') as Transaction;
  if (transaction === 'tokenize' && fields.has('token')) {
    fields.source.report('bad-value', fields.at('token'), `${fields.what} has a token already; leave \`token\` out`);
  }
  return {
    kind: 'pay',
    name: entry.key,
    place: entry.place,
    exits: parseExits(fields, stepRule('pay')),
    connector: fields.name('pay') ?? '',
    amount: fields.template('amount') ?? nothing(entry),
    currency: fields.template('currency') ?? nothing(entry),
    reference: fields.template('reference') ?? nothing(entry),
    transaction,
    token: transaction === 'tokenize' ? null : fields.template('token'),
    while: parseOptionalSay(fields, 'while'),
    parameters: fields.templates('parameters'),
  };
}

export function parseSms(fields: Fields, entry: Entry): SmsStep {
  const sms = nested(fields, 'sms', STEPS.sms.value.shape.keys);
  return {
    kind: 'sms',
    name: entry.key,
    place: entry.place,
    exits: parseExits(fields, stepRule('sms')),
    connector: sms?.name('connector') ?? '',
    to: sms?.template('to') ?? nothing(entry),
    template: sms?.name('template') ?? '',
    with: sms?.templates('with') ?? {},
    while: parseOptionalSay(fields, 'while'),
  };
}

/** The message of an `otp` step; its `to` is the context's `phone` unless the flow says otherwise. */
export function parseOtpSms(fields: Fields): OtpStep['sms'] {
  if (!fields.has('sms')) return null;
  const sms = nested(fields, 'sms', STEPS.otp.keys.sms.shape.keys);
  if (sms === null) return null;
  return {
    connector: sms.name('connector') ?? '',
    to: sms.template('to') ?? { text: '{{ phone }}', dynamic: true, place: sms.place },
    template: sms.name('template') ?? '',
  };
}

/** The mapping behind a key, read by its own rules. */
export function nested(fields: Fields, key: string, rules: Keys): Fields | null {
  const node = fields.node(key);
  if (isMap(node)) return new Fields(fields.source, node, fields.title(key), rules);
  fields.notMapping(key, `a mapping with ${Object.keys(rules).join(', ')}`);
  return null;
}

/** Stands for a template that is missing (reported). */
export function nothing(entry: Entry): Template {
  return { text: '', dynamic: false, place: entry.place };
}
