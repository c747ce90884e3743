import fc from 'fast-check';
import { isGoodExpiry } from '../../src/card/expiry';
import { bytesOf } from './test-cards';

const MID_JANUARY_2026 = Date.UTC(2026, 0, 15, 12);

function good(mmyy: string, now = MID_JANUARY_2026): boolean {
  return isGoodExpiry(bytesOf(mmyy), mmyy.length, now);
}

describe('an expiry date', () => {
  it.each(['0126', '0226', '1226', '0127', '1245', '0146'])('%s is good in January 2026', (mmyy) => {
    expect(good(mmyy)).toBe(true);
  });

  it.each(['1225', '0125', '0246', '0199', '0026', '1326', '9926', '012', '', '01266'])('%s is not', (mmyy) => {
    expect(good(mmyy)).toBe(false);
  });

  it('is good to the end of its month wherever the month ends last', () => {
    expect(good('0126', Date.UTC(2026, 1, 1, 11, 59, 59))).toBe(true);
    expect(good('0126', Date.UTC(2026, 1, 1, 12))).toBe(false);
  });

  it('may lie beyond the turn of the century', () => {
    const in2095 = Date.UTC(2095, 5, 15);
    expect(good('0615', in2095)).toBe(true);
    expect(good('0715', in2095)).toBe(false);
    expect(good('0595', in2095)).toBe(false);
    expect(good('0695', in2095)).toBe(true);
  });

  it('is good for exactly the 241 months from this one to the same month 20 years on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2024, max: 2090 }), fc.integer({ min: 0, max: 11 }), (year, month) => {
        const now = Date.UTC(year, month, 15, 12);
        const all = Array.from({ length: 10_000 }, (_, i) => String(i).padStart(4, '0'));
        expect(all.filter((mmyy) => good(mmyy, now))).toHaveLength(241);
      }),
      { numRuns: 5 },
    );
  });
});
