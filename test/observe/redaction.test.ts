import fc from 'fast-check';
import { maskDigitRuns } from '../../src/observe/redaction';
import { growth, LINEAR } from '../support/growth';
import { TEST_CARDS } from '../support/test-cards';

const digits = (min: number, max: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((list) => list.join(''));

/** The check digit that makes them pass Luhn. */
function withCheckDigit(body: string): string {
  const sum = Array.from(body)
    .reverse()
    .reduce((total, digit, index) => {
      const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
}

const cardLike = digits(12, 18).map(withCheckDigit);
const around = fc.constantFrom('', ' ', '"', ': ', '/', '(', '\n', ',', '=', '#');
const separator = fc.constantFrom('', ' ', '-', '+', '.', '/', '_', ', ', ' - ', '%20', '\u00a0', '\u202f', '&nbsp;');

/** In groups of four, as people write them. */
const grouped = (card: string, by: string): string => (card.match(/.{1,4}/g) ?? []).join(by);

describe('the digit net', () => {
  it.each(Object.values(TEST_CARDS))('masks %s to its last four', (card) => {
    const masked = 'x'.repeat(card.length - 4) + card.slice(-4);
    expect(maskDigitRuns(`card ${card} refused`)).toBe(`card ${masked} refused`);
  });

  it('masks whatever could be a card, wherever it stands and however it is grouped', () => {
    fc.assert(
      fc.property(cardLike, separator, around, around, (card, by, before, after) => {
        const net = maskDigitRuns(`${before}${grouped(card, by)}${after}`);
        expect(net).toBe(`${before}${'x'.repeat(card.length - 4)}${card.slice(-4)}${after}`);
      }),
    );
  });

  it('masks a card with an expiry date or security code beside it, and these too', () => {
    fc.assert(
      fc.property(cardLike, separator, digits(1, 6), fc.constantFrom(' ', '-', ', '), (card, by, other, between) => {
        for (const text of [`${grouped(card, by)}${between}${other}`, `${other}${between}${grouped(card, by)}`]) {
          const shown = maskDigitRuns(text).replaceAll(/[^0-9]/g, '');
          expect(shown.length).toBeLessThanOrEqual(4);
        }
      }),
    );
  });

  it('masks full-width digits', () => {
    const wide = Array.from(TEST_CARDS.approveVisa, (digit) => String.fromCharCode(0xff10 + Number(digit))).join('');
    expect(maskDigitRuns(`card ${wide}`)).toBe('card xxxxxxxxxxxx1111');
  });

  it('costs no time that grows with the square of a text', () => {
    expect(growth((times) => maskDigitRuns('1 '.repeat(times * 3_000)))).toBeLessThan(LINEAR);
    expect(growth((times) => maskDigitRuns(`${'1%20'.repeat(times * 1_500)}x`))).toBeLessThan(LINEAR);
  });

  it('leaves every text without such digits as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'Z', '7', '0', ' ', '-', '.', '_', 'é') }), (text) => {
        fc.pre(text.replaceAll(/[^0-9]/g, '').length < 13);
        expect(maskDigitRuns(text)).toBe(text);
      }),
    );
  });

  it.each([
    ['a number that fails the check digit', '4111111111111112'],
    ['a telephone number', '+919876543210'],
    ['an amount', '2500.50'],
    ['a time', '2026-11-21T09:43:18.126Z'],
    ['an id of the engine', 'call_41111111111111114111111111111111'],
    ['a number that is longer than any card', '411111111111111141111'],
  ])('leaves %s', (_what, text) => {
    expect(maskDigitRuns(text)).toBe(text);
  });

  it('masks the same again to the same', () => {
    fc.assert(
      fc.property(cardLike, (card) => {
        const once = maskDigitRuns(card);
        expect(maskDigitRuns(once)).toBe(once);
      }),
    );
  });
});
