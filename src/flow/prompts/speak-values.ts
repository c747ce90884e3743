import { PAUSE, type Catalogue, type Currency } from './catalogue';
import { spellOut } from './number-rules';
import { match } from './vocabulary';

/** Sounds to be played one after the other, their words, and what has no sound. */
export interface Utterance {
  /** Sound ids. */
  readonly sounds: readonly string[];
  readonly words: string;
  /** Phrases for a log line; empty when all can be said. */
  readonly missing: readonly string[];
}

const AMOUNT = /^(\d{1,12})(?:\.(\d{1,3}))?$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const LONGEST_REFERENCE = 40;
/** A longer run is spoken in groups with a pause between, so that it can be written down. */
const LONGEST_RUN = 5;
const GROUP = 4;

function nothing(missing: string): Utterance {
  return { sounds: [], words: '', missing: [missing] };
}

/** What the catalogue's recordings make of these words: all of them or nothing, because half an amount is a wrong amount. */
function utter(catalogue: Catalogue, words: string): Utterance {
  const { sounds, missing } = match(words, catalogue.vocabulary, catalogue.language);
  if (missing.length === 0) return { sounds, words, missing: [] };
  return { sounds: [], words: '', missing: missing.map((word) => `the word "${word}"`) };
}

/**
 * An amount in words: "two thousand five hundred rupees and fifty paise", "five cents". `amount` is a decimal number in
 * major units with at most the currency's digits after the point.
 */
export function speakAmount(amount: string, currency: string, catalogue: Catalogue): Utterance {
  const money = catalogue.currencies.get(currency);
  if (money === undefined) return nothing(`amounts in "${currency}": the currency is not in the catalogue`);
  const [, major, fraction = ''] = AMOUNT.exec(amount) ?? [];
  if (major === undefined || fraction.length > money.digits) return nothing(`the amount "${amount}" ${currency}`);
  return utter(
    catalogue,
    amountWords(catalogue, money, BigInt(major), BigInt(fraction.padEnd(money.digits, '0') || '0')),
  );
}

function amountWords(catalogue: Catalogue, money: Currency, major: bigint, minor: bigint): string {
  const counted = (count: bigint, numbers: string, forms: ReadonlyMap<string, string>): string => {
    const category = new Intl.PluralRules(catalogue.language).select(Number(count));
    const noun = (count === 0n ? forms.get('zero') : undefined) ?? forms.get(category) ?? '';
    return `${spellOut(catalogue.numbers, numbers, count)} ${noun}`;
  };
  if (minor === 0n) return counted(major, money.numbers, money.major);
  if (major === 0n) return counted(minor, money.minorNumbers, money.minor);
  return catalogue.phrases.amount
    .replace('{major}', counted(major, money.numbers, money.major))
    .replace('{minor}', counted(minor, money.minorNumbers, money.minor));
}

/** A whole number, zero or more, of at most 12 digits. */
export function speakNumber(number: string, catalogue: Catalogue): Utterance {
  if (!/^\d{1,12}$/.test(number)) return nothing(`the number "${number}"`);
  return utter(catalogue, spellOut(catalogue.numbers, catalogue.phrases.numbers, BigInt(number)));
}

/** Digits one by one, without pauses. For short ones: a menu key, the last four of a card. */
export function speakDigits(digits: string, catalogue: Catalogue): Utterance {
  if (!/^\d{1,40}$/.test(digits)) return nothing(`the digits "${digits}"`);
  const words = Array.from(digits).map((digit) => digitWords(catalogue, digit));
  return utter(catalogue, words.join(' '));
}

function digitWords(catalogue: Catalogue, digit: string): string {
  return spellOut(catalogue.numbers, catalogue.phrases.numbers, BigInt(digit));
}

/** Letters and digits one by one, with a pause between groups; anything else is a pause as well. */
export function speakReference(reference: string, catalogue: Catalogue): Utterance {
  const groups = referenceGroups(reference);
  if (groups.length === 0 || reference.length > LONGEST_REFERENCE) return nothing(`the reference "${reference}"`);
  const spoken = groups.map((group) => speakGroup(group, catalogue));
  return {
    sounds: spoken.flatMap(({ sounds }, index) => (index === 0 ? sounds : [PAUSE, ...sounds])),
    words: spoken.map(({ words }) => words).join(', '),
    missing: spoken.flatMap(({ missing }) => missing),
  };
}

/** `TXN-10492` -> TXN, 10492; a long run is cut evenly: 12345678 -> 1234, 5678. */
function referenceGroups(reference: string): string[] {
  const runs = reference.normalize('NFC').match(/\d+|\p{L}\p{M}*(?:\p{L}\p{M}*)*/gu) ?? [];
  return runs.flatMap((run) => {
    const characters = Array.from(run);
    if (characters.length <= LONGEST_RUN) return [run];
    const size = Math.ceil(characters.length / Math.ceil(characters.length / GROUP));
    return Array.from({ length: Math.ceil(characters.length / size) }, (_, index) =>
      characters.slice(index * size, (index + 1) * size).join(''),
    );
  });
}

function speakGroup(group: string, catalogue: Catalogue): Utterance {
  const spoken = Array.from(group).map((character): Utterance => {
    if (/^[0-9]$/.test(character)) return utter(catalogue, digitWords(catalogue, character));
    const sound = catalogue.characters.get(character.toLocaleLowerCase(catalogue.language));
    if (sound === undefined) return nothing(`the character "${character}"`);
    return { sounds: [sound], words: catalogue.sounds.get(sound)?.words ?? character, missing: [] };
  });
  return {
    sounds: spoken.flatMap(({ sounds }) => sounds),
    words: spoken.map(({ words }) => words).join(' '),
    missing: spoken.flatMap(({ missing }) => missing),
  };
}

/** A calendar day, `YYYY-MM-DD`. */
export function speakDate(date: string, catalogue: Catalogue): Utterance {
  const [, year = '', month = '', day = ''] = DATE.exec(date) ?? [];
  const { numbers, phrases } = catalogue;
  const monthName = phrases.months[Number(month) - 1];
  if (monthName === undefined || !isDay(year, month, day)) return nothing(`the date "${date}"`);
  const words = phrases.date
    .replace('{day}', spellOut(numbers, phrases.days, BigInt(day)))
    .replace('{month}', monthName)
    .replace('{year}', spellOut(numbers, phrases.years, BigInt(year)));
  return utter(catalogue, words);
}

function isDay(year: string, month: string, day: string): boolean {
  const at = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return Number(day) > 0 && at.getUTCMonth() === Number(month) - 1 && at.getUTCDate() === Number(day);
}
