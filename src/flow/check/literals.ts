import { HushtoneError, messageOf } from '../../errors';
import { currencyDigits, toMinorUnits } from '../money';
import type { SayItem, Step, Template } from '../ast';
import { quoted } from '../nearest';
import type { Checking } from './report';
import { nameOf } from './report';
import { saidBy } from './templates';

/** Values that stand in the file as they are, and that no call could use: better said here than to a caller. */
export function checkLiterals(checking: Checking): void {
  checkCurrencies(checking);
  for (const step of checking.flow.steps.values()) {
    if (step.kind === 'pay') {
      const free = step.transaction === 'tokenize';
      checkMoney(checking, step, free ? null : step.amount, step.currency);
    } else if (step.kind === 'sms' || step.kind === 'send-link') {
      check(checking, step, step.to, { grammar: /^\+?[0-9]{6,15}$/, right: 'a telephone number such as +15550100' });
    } else if (step.kind === 'set') {
      checkSetCurrency(checking, step, step.values.currency);
    }
    for (const item of saidBy(step)) checkSaid(checking, step, item);
  }
}

/** The name by which a call knows its currency. */
function checkSetCurrency(checking: Checking, step: Step, currency: Template | undefined): void {
  if (currency !== undefined && currencyDigits(currency.text) === null) check(checking, step, currency, NO_CURRENCY);
}

/** Currencies that stand in a flow which says amounts, and that one of its languages has no words for. */
function checkCurrencies(checking: Checking): void {
  const { flow, world } = checking;
  const steps = [...flow.steps.values()];
  const said = steps.flatMap((step) => saidBy(step)).flatMap((item) => (item.kind === 'amount' ? [item.currency] : []));
  if (said.length === 0) return;
  const set = steps.flatMap((step) => (step.kind === 'set' ? (step.values.currency ?? []) : []));
  const spoken = flow.languages.filter((language) => world.prompts.languages.includes(language));
  for (const currency of new Set([...said, ...set])) {
    if (currency.dynamic || currencyDigits(currency.text) === null) continue;
    const silent = spoken.filter((language) => !world.prompts.speaksCurrency(language, currency.text));
    if (silent.length === 0) continue;
    const files = silent.map((language) => `sounds/${language}/catalog.yaml`).join(', ');
    const message = `there are no words for amounts in \`${currency.text}\` in ${quoted(silent)}; add it under \`currencies\` of ${files}`;
    checking.report('bad-value', currency.place, message);
  }
}

interface Form {
  readonly grammar: RegExp;
  readonly right: string;
}

const FORMS: Readonly<Record<'reference' | 'digits' | 'date' | 'number', Form>> = {
  reference: { grammar: /[A-Za-z0-9]/, right: 'letters and digits' },
  digits: { grammar: /^[0-9*#]*$/, right: 'digits' },
  date: { grammar: /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/, right: 'a day such as 2026-01-31' },
  number: { grammar: /^[0-9]+$/, right: 'a whole number' },
};

function checkSaid(checking: Checking, step: Step, item: SayItem): void {
  if (item.kind === 'prompt') return;
  if (item.kind === 'amount') checkMoney(checking, step, item.amount, item.currency);
  else check(checking, step, item.value, FORMS[item.kind]);
}

function check(checking: Checking, step: Step, value: Template, { grammar, right }: Form): void {
  if (value.dynamic || value.text === '' || grammar.test(value.text)) return;
  const message = `${nameOf(step)} has \`${value.text}\` where ${right} must be`;
  checking.report('bad-value', value.place, message);
}

/** Of the currencies with the most decimals: what is no amount there is none in any. */
const MOST_DECIMALS = 'CLF';
const NO_CURRENCY: Form = { grammar: /^$/, right: 'an ISO 4217 code such as USD' };

function checkMoney(checking: Checking, step: Step, amount: Template | null, currency: Template): void {
  if (!currency.dynamic && currencyDigits(currency.text) === null) {
    check(checking, step, currency, NO_CURRENCY);
    return;
  }
  if (amount === null || amount.dynamic || amount.text === '') return;
  try {
    toMinorUnits(amount.text, currency.dynamic ? MOST_DECIMALS : currency.text);
  } catch (error) {
    checking.report(
      'bad-value',
      amount.place,
      `${nameOf(step)} has no good amount: ${error instanceof HushtoneError ? error.detail : messageOf(error)}`,
    );
  }
}
