import fc from 'fast-check';
import { BRANDS, cardProgress, judgeCard, securityCodeLength } from '../../src/card/brands';
import { bytesOf, numberFrom, TEST_CARDS } from './test-cards';

function judge(number: string, accept: readonly string[] = []) {
  return judgeCard(bytesOf(number), number.length, accept);
}

function progress(number: string) {
  return cardProgress(bytesOf(number), number.length);
}

describe('judging a finished card number', () => {
  it.each(TEST_CARDS)('knows the public test card %s as %s', (number, brand) => {
    expect(judge(number)).toEqual({ ok: true, brand });
  });

  it.each([
    ['4', 'visa', 16],
    ['401177', 'visa', 16],
    ['401178', 'elo', 16],
    ['401178', 'visa', 19],
    ['51', 'mastercard', 16],
    ['55', 'mastercard', 16],
    ['2220', null, 16],
    ['2221', 'mastercard', 16],
    ['2720', 'mastercard', 16],
    ['2721', null, 16],
    ['34', 'amex', 15],
    ['37', 'amex', 15],
    ['35', null, 15],
    ['300', 'diners', 14],
    ['305', 'diners', 16],
    ['309', 'diners', 14],
    ['306', null, 14],
    ['38', 'diners', 14],
    ['39', 'diners', 19],
    ['3527', null, 16],
    ['3528', 'jcb', 16],
    ['3589', 'jcb', 19],
    ['3590', null, 16],
    ['6011', 'discover', 19],
    ['6010', 'rupay', 16],
    ['643', null, 16],
    ['644', 'discover', 16],
    ['649', 'discover', 16],
    ['65', 'discover', 16],
    ['652149', 'discover', 16],
    ['652150', 'rupay', 16],
    ['653149', 'rupay', 16],
    ['650031', 'elo', 16],
    ['650034', 'discover', 16],
    ['62', 'unionpay', 17],
    ['8100', 'unionpay', 16],
    ['8171', 'unionpay', 16],
    ['8172', 'rupay', 16],
    ['82', 'rupay', 16],
    ['83', null, 16],
    ['508', 'rupay', 16],
    ['508', 'maestro', 18],
    ['50', 'maestro', 12],
    ['506699', 'elo', 16],
    ['56', 'maestro', 19],
    ['59', null, 16],
    ['6304', 'maestro', 13],
    ['636297', 'elo', 16],
    ['67', 'maestro', 12],
    ['2199', null, 16],
    ['2200', 'mir', 16],
    ['2204', 'mir', 19],
    ['2205', null, 16],
  ])('takes %s... for %s at %i digits', (prefix, brand, length) => {
    expect(judge(numberFrom(prefix, length))).toEqual({ ok: true, brand });
  });

  it('takes every range of every brand at each of its lengths', () => {
    for (const { ranges, lengths } of BRANDS) {
      for (const { low, high } of ranges) {
        for (const length of lengths) {
          for (const first of [low, high]) {
            const verdict = judge(numberFrom(String(first), length));
            expect(verdict.ok ? verdict.brand : verdict.error).toMatch(/^[a-z]+$/);
          }
        }
      }
    }
  });

  it('refuses a wrong check digit, except where cards without one exist', () => {
    expect(judge('4242424242424243')).toEqual({ ok: false, error: 'invalid-card-number' });
    expect(judge('6200000000000006')).toEqual({ ok: true, brand: 'unionpay' });
  });

  it('refuses a length the brand does not have', () => {
    expect(judge('4222222222222')).toEqual({ ok: false, error: 'invalid-card-number' });
    expect(judge(numberFrom('34', 16))).toEqual({ ok: false, error: 'invalid-card-number' });
    expect(judge('')).toEqual({ ok: false, error: 'invalid-card-number' });
  });

  it('calls a good card of another brand a wrong type, and a bad number a bad number', () => {
    const accept = ['visa', 'mastercard'];
    expect(judge('4242424242424242', accept)).toEqual({ ok: true, brand: 'visa' });
    expect(judge('378282246310005', accept)).toEqual({ ok: false, error: 'invalid-card-type' });
    expect(judge('378282246310006', accept)).toEqual({ ok: false, error: 'invalid-card-number' });
    expect(judge(numberFrom('9', 16), accept)).toEqual({ ok: false, error: 'invalid-card-type' });
    expect(judge(numberFrom('9', 11))).toEqual({ ok: false, error: 'invalid-card-number' });
  });

  it.each([
    ['353', 'rupay', ['visa', 'rupay']],
    ['353', 'jcb', ['jcb', 'rupay']],
    ['65', 'rupay', ['rupay']],
    ['6011', 'rupay', ['rupay']],
    ['8100', 'rupay', ['rupay']],
    ['401178', 'visa', ['visa']],
    ['508', 'maestro', ['maestro']],
  ])('lets the accepted brand win where ranges are shared: %s is %s', (prefix, brand, accept) => {
    expect(judge(numberFrom(prefix, 16), accept)).toEqual({ ok: true, brand });
  });
});

describe('a card number being keyed', () => {
  it.each([
    ['mastercard', '5555555555554444'],
    ['amex', '378282246310005'],
    ['mir at its longest', numberFrom('2200', 19)],
    ['visa at its longest', numberFrom('4', 19)],
  ])('is complete with the last digit of %s', (_brand, number) => {
    expect(progress(number.slice(0, -1))).not.toBe('complete');
    expect(progress(number)).toBe('complete');
  });

  it('may end where the brand has longer numbers too, once the check digit is right', () => {
    expect(progress('4242424242424242')).toBe('may-end');
    expect(progress('4242424242424243')).toBe('more');
    expect(progress('6759000000005')).toBe('may-end');
    expect(progress('6200000000000006')).toBe('may-end');
  });

  it('is complete at a wrong check digit as well: the number cannot get any longer', () => {
    expect(progress('5555555555554445')).toBe('complete');
  });

  it('does not complete a RuPay card whose first digits Maestro also has', () => {
    expect(progress(numberFrom('508500', 16))).toBe('may-end');
  });

  it('takes 12 to 19 digits of an unknown brand', () => {
    expect(progress(numberFrom('9', 11))).toBe('more');
    expect(progress(numberFrom('9', 12))).toBe('may-end');
    expect(progress(numberFrom('9', 19))).toBe('complete');
  });

  it('is complete only at the longest length of every brand that fits', () => {
    const anyNumber = fc
      .tuple(
        fc.constantFrom(...BRANDS.flatMap(({ ranges }) => ranges.flatMap(({ low, high }) => [low, high]))),
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 19, maxLength: 19 }),
      )
      .map(([prefix, rest]) => `${prefix}${rest.join('')}`.slice(0, 19));
    fc.assert(
      fc.property(anyNumber, (number) => {
        const fitting = BRANDS.filter(({ ranges }) =>
          ranges.some(
            ({ size, low, high }) => Number(number.slice(0, size)) >= low && Number(number.slice(0, size)) <= high,
          ),
        );
        const longest = Math.max(...fitting.flatMap(({ lengths }) => lengths));
        const firstComplete = Array.from({ length: 19 }, (_, i) => i + 1).find(
          (length) => progress(number.slice(0, length)) === 'complete',
        );
        expect(firstComplete).toBe(longest);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the length of a security code', () => {
  it('is 4 for Amex, 3 for the others, open for an unknown brand', () => {
    for (const { id } of BRANDS) expect(securityCodeLength(id)).toBe(id === 'amex' ? 4 : 3);
    expect(securityCodeLength(null)).toBeNull();
  });
});
