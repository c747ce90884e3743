import fc from 'fast-check';
import { isError } from '../../src/errors';
import { currencyDigits, toMajorUnits, toMinorUnits } from '../../src/flow/money';

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isError(error, 'amount-invalid')) return error.detail;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('amounts in minor units', () => {
  test.each([
    ['2500.50', 'INR', 250050],
    ['2500.5', 'INR', 250050],
    ['2500', 'INR', 250000],
    ['0.01', 'EUR', 1],
    ['007', 'USD', 700],
    ['500', 'JPY', 500],
    ['1.234', 'KWD', 1234],
    ['1.2345', 'CLF', 12345],
    ['999999999999.99', 'USD', 99999999999999],
  ])('%s %s is %i', (amount, currency, minor) => {
    expect(toMinorUnits(amount, currency)).toBe(minor);
  });

  test.each([
    ['', 'not written like'],
    ['-1', 'not written like'],
    ['+1', 'not written like'],
    ['1,50', 'not written like'],
    ['1.', 'not written like'],
    ['.5', 'not written like'],
    ['1e3', 'not written like'],
    [' 1', 'not written like'],
    ['1\n', 'not written like'],
    ['0x10', 'not written like'],
    ['١٢', 'not written like'],
    ['1.2.3', 'not written like'],
    ['1234567890123', 'not written like'],
    ['1.001', 'too many decimals: INR has at most 2'],
    ['0', 'more than zero'],
    ['0.00', 'more than zero'],
  ])('refuses %j', (amount, why) => {
    expect(refusal(() => toMinorUnits(amount, 'INR'))).toContain(why);
  });

  test('refuses decimals of a currency that has none, even zeros', () => {
    expect(refusal(() => toMinorUnits('500.00', 'JPY'))).toContain('JPY has none');
  });

  test('refuses an amount that a number cannot hold exactly', () => {
    expect(refusal(() => toMinorUnits('999999999999.9999', 'CLF'))).toContain('too large');
  });

  test.each(['', 'inr', 'ZZZ', 'IN', 'INRR', 'constructor'])('refuses the currency %j', (currency) => {
    expect(refusal(() => toMinorUnits('1', currency))).toContain('ISO 4217');
    expect(refusal(() => toMajorUnits(1, currency))).toContain('ISO 4217');
  });

  test.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53])('refuses %d as minor units', (minor) => {
    expect(refusal(() => toMajorUnits(minor, 'INR'))).toContain('whole number');
  });

  test('a refused amount is quoted in part only, so that a card number keyed in its place is not repeated', () => {
    expect(refusal(() => toMinorUnits('4111111111111111', 'INR'))).toContain('"41111111..."');
  });

  test('minor units and back is the same amount, for every number of digits', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 ** 12 - 1 }),
        fc.constantFrom('JPY', 'INR', 'KWD', 'CLF'),
        (minor, currency) => {
          const major = toMajorUnits(minor, currency);
          expect(toMinorUnits(major, currency)).toBe(minor);
          expect(major.split('.')[1]?.length ?? 0).toBe(currencyDigits(currency));
        },
      ),
    );
  });

  test('any text is either an exact amount or refused, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{1,16}$/)), (text) => {
        let minor: number;
        try {
          minor = toMinorUnits(text, 'INR');
        } catch (error) {
          expect(isError(error, 'amount-invalid')).toBe(true);
          return;
        }
        expect(Number(toMajorUnits(minor, 'INR'))).toBe(Number(text));
      }),
    );
  });
});

describe('digits of a currency', () => {
  test('follow ISO 4217 where daily use differs', () => {
    expect(['LAK', 'RSD', 'IQD', 'MGA', 'UGX', 'ISK'].map(currencyDigits)).toEqual([2, 2, 3, 2, 0, 0]);
  });

  test('agree with what Intl knows, but for the currencies whose daily use differs', () => {
    const differing = new Set(
      Intl.supportedValuesOf('currency').filter((code) => {
        const digits = currencyDigits(code);
        const format = new Intl.NumberFormat('en', { style: 'currency', currency: code });
        return digits !== null && digits !== format.resolvedOptions().maximumFractionDigits;
      }),
    );
    const knownToDiffer = 'AFN ALL COP HUF IDR IQD IRR KPW LAK LBP MGA MMK PKR RSD SOS SYP YER'.split(' ');
    expect([...differing].filter((code) => !knownToDiffer.includes(code))).toEqual([]);
  });
});
