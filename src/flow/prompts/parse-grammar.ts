import { isScalar, type Node } from 'yaml';
import { currencyDigits } from '../money';
import type { Catalogue, Currency, Phrases } from './catalogue';
import type { CatalogueReader, Entry } from './catalogue-reader';
import { parseRule, spellOut, textsOf, type NumberRule, type RuleSets } from './number-rules';
import { match, type Vocabulary } from './vocabulary';

/** The part of a catalogue that says how values become words. */
export type Grammar = Pick<Catalogue, 'numbers' | 'currencies' | 'phrases'>;

interface Context {
  readonly reader: CatalogueReader;
  readonly language: string;
  readonly vocabulary: Vocabulary;
  readonly numbers: RuleSets;
}

const MONTHS = 12;
/** Where a rule begins, and its radix when that is not ten: `1100/100` counts hundreds from 1100 on. */
const RULE_KEY = /^(\d{1,15})(?:\/([1-9]\d{1,5}))?$/;

/** Reads `numbers`, `currencies` and `phrases`, and checks that each of their words has an entry in `words`. */
export function readGrammar(
  reader: CatalogueReader,
  top: ReadonlyMap<string, Entry>,
  language: string,
  vocabulary: Vocabulary,
): Grammar | null {
  const numbers = readRuleSets(reader, top.get('numbers'), language, vocabulary);
  const context = { reader, language, vocabulary, numbers };
  const currencies = readCurrencies(context, top.get('currencies'));
  const phrases = readPhrases(context, top.get('phrases'));
  return phrases === null ? null : { numbers, currencies, phrases };
}

/** Notes each word of `text` that has no recording. */
function checkWords(
  reader: CatalogueReader,
  vocabulary: Vocabulary,
  language: string,
  node: Node | null,
  text: string,
): void {
  for (const word of match(text, vocabulary, language).missing) {
    reader.note(node, `"${word}" is not among "words", so it would not be recorded`);
  }
}

function readRuleSets(
  reader: CatalogueReader,
  section: Entry | undefined,
  language: string,
  vocabulary: Vocabulary,
): RuleSets {
  const sets = new Map<string, NumberRule[]>();
  if (section === undefined) return sets;
  const places: { set: string; rule: NumberRule; node: Node | null }[] = [];
  for (const set of reader.entries(section.value, section.keyNode, '"numbers"')) {
    const rules: NumberRule[] = [];
    for (const entry of reader.entries(set.value, set.keyNode, `the rule set "${set.key}"`)) {
      const rule = readRule(reader, entry);
      if (rule === null) continue;
      rules.push(rule);
      places.push({ set: set.key, rule, node: entry.value });
      for (const text of textsOf(rule.parts)) checkWords(reader, vocabulary, language, entry.value, text);
    }
    sets.set(
      set.key,
      rules.sort((a, b) => (a.base < b.base ? -1 : 1)),
    );
  }
  for (const { set, rule, node } of places) tryRule(reader, sets, set, rule, node);
  return sets;
}

function readRule(reader: CatalogueReader, entry: Entry): NumberRule | null {
  const source = reader.text(entry, `the rule for ${entry.key}`);
  if (source === null) return null;
  const [, base, radix = '10'] = RULE_KEY.exec(entry.key) ?? [];
  if (base === undefined) {
    reader.note(entry.keyNode, `a rule begins at a whole number, such as 100 or 1100/100, not at "${entry.key}"`);
    return null;
  }
  try {
    return parseRule(BigInt(base), source, BigInt(radix));
  } catch (error) {
    reader.note(entry.value, `the rule for ${entry.key}: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** Runs a rule at its first number and with something left over, so that a bad hand-over shows here and not in a call. */
function tryRule(reader: CatalogueReader, sets: RuleSets, set: string, rule: NumberRule, node: Node | null): void {
  const next = sets.get(set)?.find((other) => other.base > rule.base)?.base;
  const samples = rule.divisor > 1n ? [rule.base, rule.base + 1n] : [rule.base];
  try {
    for (const sample of samples) if (next === undefined || sample < next) spellOut(sets, set, sample);
  } catch (error) {
    reader.note(node, error instanceof Error ? error.message : String(error));
  }
}

function readCurrencies(context: Context, section: Entry | undefined): Map<string, Currency> {
  const currencies = new Map<string, Currency>();
  if (section === undefined) return currencies;
  const { reader } = context;
  for (const entry of reader.entries(section.value, section.keyNode, '"currencies"')) {
    const what = `the currency "${entry.key}"`;
    const digits = currencyDigits(entry.key);
    if (digits === null) reader.note(entry.keyNode, `${what} is not an ISO 4217 code, such as INR`);
    const fields = reader.record(entry.value, entry.keyNode, what, ['numbers', 'major'], ['minor', 'minor-numbers']);
    const numbers = readSetName(context, fields.get('numbers'));
    const minorNumbers = fields.has('minor-numbers') ? readSetName(context, fields.get('minor-numbers')) : numbers;
    const major = readForms(context, fields.get('major'));
    const minor = readForms(context, fields.get('minor'));
    if (digits !== null && digits > 0 && !fields.has('minor')) reader.note(entry.keyNode, `${what} lacks "minor"`);
    if (digits !== null && numbers !== null && minorNumbers !== null)
      currencies.set(entry.key, { code: entry.key, digits, numbers, minorNumbers, major, minor });
  }
  return currencies;
}

/** One word per plural category that the language has (Unicode CLDR): English one and other, Spanish also many; and `zero`. */
function readForms({ reader, language, vocabulary }: Context, entry: Entry | undefined): Map<string, string> {
  const forms = new Map<string, string>();
  if (entry === undefined) return forms;
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  for (const [key, form] of reader.record(entry.value, entry.keyNode, `"${entry.key}"`, categories, ['zero'])) {
    const words = reader.text(form, `"${key}"`);
    if (words === null) continue;
    checkWords(reader, vocabulary, language, form.value, words);
    forms.set(key, words);
  }
  return forms;
}

function readSetName({ reader, numbers }: Context, entry: Entry | undefined): string | null {
  const name = reader.text(entry, `"${entry?.key ?? ''}"`);
  if (name === null || entry === undefined) return null;
  if (numbers.has(name)) return name;
  reader.note(entry.value, `there is no rule set "${name}"; there are ${[...numbers.keys()].join(', ')}`);
  return null;
}

function readPhrases(context: Context, section: Entry | undefined): Phrases | null {
  if (section === undefined) return null;
  const { reader } = context;
  const required = ['amount', 'date', 'numbers', 'days', 'months'];
  const fields = reader.record(section.value, section.keyNode, '"phrases"', required, ['years']);
  const amount = readPattern(context, fields.get('amount'), ['major', 'minor']);
  const date = readPattern(context, fields.get('date'), ['day', 'month', 'year']);
  const numbers = readSetName(context, fields.get('numbers'));
  const years = fields.has('years') ? readSetName(context, fields.get('years')) : numbers;
  const days = readSetName(context, fields.get('days'));
  const months = readMonths(context, fields.get('months'));
  if (amount === null || date === null || months === null) return null;
  if (numbers === null || years === null || days === null) return null;
  return { amount, date, numbers, years, days, months };
}

function readPattern(context: Context, entry: Entry | undefined, slots: readonly string[]): string | null {
  const { reader, vocabulary, language } = context;
  const pattern = reader.text(entry, `"${entry?.key ?? ''}"`);
  if (pattern === null || entry === undefined) return null;
  const lacking = slots.filter((slot) => !pattern.includes(`{${slot}}`));
  if (lacking.length > 0) {
    reader.note(entry.value, `"${entry.key}" lacks ${lacking.map((slot) => `{${slot}}`).join(', ')}`);
    return null;
  }
  checkWords(reader, vocabulary, language, entry.value, pattern.replace(/\{[a-z]+\}/g, ' '));
  return pattern;
}

function readMonths({ reader, vocabulary, language }: Context, entry: Entry | undefined): readonly string[] | null {
  const months = reader.texts(entry, '"months"');
  if (months === null || entry === undefined) return null;
  if (months.length !== MONTHS)
    reader.note(entry.value, `"months" must list ${MONTHS} months, it has ${months.length}`);
  for (const month of months)
    checkWords(reader, vocabulary, language, isScalar(entry.value) ? entry.value : entry.keyNode, month);
  return months;
}
