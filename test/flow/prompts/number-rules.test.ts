import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { parseRule, spellOut, type RuleSets } from '../../../src/flow/prompts/number-rules';
import { shipped } from './catalogues';

function sets(rules: Record<string, Record<number, string>>): RuleSets {
  return new Map(
    Object.entries(rules).map(([name, set]) => [
      name,
      Object.entries(set).map(([base, source]) => parseRule(BigInt(base), source)),
    ]),
  );
}

/** 27,046,000: the library puts an "and" before the last group where British usage has both; ours has none. */
function isRoundGroup(number: number): boolean {
  const thousands = Math.floor(number / 1000) % 1000;
  return number > 1_000_000 && number % 1000 === 0 && thousands > 0 && thousands < 100;
}

interface Oracle {
  readonly indian: string;
  readonly british: string;
  readonly american: string;
  readonly spanish: string;
  readonly hindi: string;
}

function askOracle(numbers: readonly number[]): Oracle[] {
  const words = execFileSync(process.execPath, ['test/flow/prompts/n2words-oracle.mjs'], {
    input: JSON.stringify(numbers),
    maxBuffer: 1e8,
  });
  return JSON.parse(words.toString('utf8')) as Oracle[];
}

/** The library does not shorten "uno" before "mil" and "millones", and it lacks an accent (RAE: veintiún mil, dieciséis). */
function corrected(words: string): string {
  return words
    .replace(/veintiuno (?=mil)/g, 'veintiún ')
    .replace(/uno (?=mil)/g, 'un ')
    .replaceAll('dieciseis', 'dieciséis');
}

/** Two numerals for which the library has a rarer spelling. */
function usual(words: string): string {
  return words.replace(/तेतालीस/g, 'तैंतालीस').replace(/(?<!ं)पचानवे/g, 'पंचानवे');
}

describe('number rules agree with an independent library, on the edges and on random numbers up to 999,999,999', () => {
  const edges = Array.from({ length: 10 }, (_, power) => 10 ** power).flatMap((ten) => [
    ten - 1,
    ten,
    ten + 1,
    ten * 2,
  ]);
  const random = fc.sample(fc.integer({ min: 0, max: 999_999_999 }), 4000);
  const small = Array.from({ length: 2200 }, (_, number) => number);
  const numbers = [...small, ...edges, ...random].filter((number) => number <= 999_999_999);
  const oracle = askOracle(numbers);
  /** Where the two differ: the number, our words, the library's. */
  const differences = (
    [language, set]: readonly [string, string],
    wordsOf: (words: Oracle) => string,
    unless: (number: number) => boolean = () => false,
  ): unknown[] => {
    const { numbers: rules } = shipped(language);
    return oracle.flatMap((words, index) => {
      const number = numbers[index] ?? -1;
      const [ours, theirs] = [spellOut(rules, set, BigInt(number)), wordsOf(words)];
      return ours === theirs || unless(number) ? [] : [[number, ours, theirs]];
    });
  };

  it.each(['indian', 'british', 'american'] as const)('English, %s', (set) => {
    expect(differences(['en', set], (words) => words[set], isRoundGroup)).toEqual([]);
  });

  it('Spanish', () => {
    expect(differences(['es', 'plain'], ({ spanish }) => corrected(spanish))).toEqual([]);
  });

  it('Spanish, feminine, below a thousand', () => {
    // The library's own feminine agrees only in its last word.
    const feminine = ({ spanish }: Oracle): string =>
      corrected(spanish).replace(/uno$/, 'una').replace('entos', 'entas');
    expect(differences(['es', 'feminine'], feminine, (number) => number > 999)).toEqual([]);
  });

  it('Hindi', () => {
    expect(differences(['hi', 'cardinal'], ({ hindi }) => usual(hindi))).toEqual([]);
  });
});

describe('number rules', () => {
  it('carry the irregular numbers of another language as data', () => {
    const { numbers } = shipped('es');
    const words = [1n, 21n, 35n, 100n, 122n, 2500n, 1_000_000n].map((number) => spellOut(numbers, 'masculine', number));
    expect(words).toEqual([
      'un',
      'veintiún',
      'treinta y cinco',
      'cien',
      'ciento veintidós',
      'dos mil quinientos',
      'un millón',
    ]);
    expect(spellOut(numbers, 'plain', 1n)).toBe('uno');
  });

  it('count in another radix than ten where a rule says so', () => {
    const years = { numbers: shipped('en').numbers, set: 'years' };
    const say = (year: bigint): string => spellOut(years.numbers, years.set, year);
    expect([1100n, 1905n, 1984n, 2005n, 2026n].map(say)).toEqual([
      'eleven hundred',
      'nineteen hundred and five',
      'nineteen eighty-four',
      'two thousand and five',
      'two thousand and twenty-six',
    ]);
  });

  it('count past the highest rule by counting how often it fits', () => {
    expect(spellOut(shipped('en').numbers, 'indian', 10n ** 12n)).toBe('one lakh crore');
  });

  it.each([
    ['twenty[->>', '"[" without "]"'],
    ['a]', '"]" without "["'],
    ['a[b[c]]', '"[" inside "[...]"'],
    ['<< hundred >', '">" is not understood; write <<, >>, <set<, >set>, =set= or [...]'],
    ['=Ten=', '"=Ten=" is not understood; write <<, >>, <set<, >set>, =set= or [...]'],
  ])('refuse the notation %s', (source, message) => {
    expect(() => parseRule(20n, source)).toThrow(message);
  });

  it('say which set, number or circle they cannot follow', () => {
    const rules = sets({ a: { 0: '=b=' }, b: { 0: '=a=' }, late: { 5: 'five' } });
    expect(() => spellOut(rules, 'a', 1n)).toThrow('hands 1 over in a circle');
    expect(() => spellOut(rules, 'late', 4n)).toThrow('rule set "late" has no rule for 4');
    expect(() => spellOut(rules, 'none', 4n)).toThrow('there is no rule set "none"');
  });
});
