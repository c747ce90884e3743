import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { parseRule, spellOut, type RuleSets } from '../../../src/flow/prompts/number-rules';
import { english, goodCatalogue, SPANISH } from './catalogues';

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

describe('number rules', () => {
  it('agree with an independent library on the edges and on random numbers up to 999,999,999', () => {
    const edges = Array.from({ length: 10 }, (_, power) => 10 ** power).flatMap((ten) => [
      ten - 1,
      ten,
      ten + 1,
      ten * 2,
    ]);
    const random = fc.sample(fc.integer({ min: 0, max: 999_999_999 }), 4000);
    const small = Array.from({ length: 2200 }, (_, number) => number);
    const numbers = [...small, ...edges, ...random].filter((number) => number <= 999_999_999 && !isRoundGroup(number));
    const words = execFileSync(process.execPath, ['test/flow/prompts/n2words-oracle.mjs'], {
      input: JSON.stringify(numbers),
      maxBuffer: 1e8,
    });
    const expected = JSON.parse(words.toString('utf8')) as string[][];
    const { numbers: rules } = english();
    const actual = numbers.map((number) =>
      ['indian', 'british', 'american'].map((set) => spellOut(rules, set, BigInt(number))),
    );
    expect(actual).toEqual(expected);
  });

  it('carry the irregular numbers of another language as data', () => {
    const { numbers } = goodCatalogue(SPANISH);
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

  it('count past the highest rule by counting how often it fits', () => {
    expect(spellOut(english().numbers, 'indian', 10n ** 12n)).toBe('one lakh crore');
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
