import fc from 'fast-check';
import { passesLuhn } from '../../src/card/luhn';
import { bytesOf, luhnByTheBook, TEST_CARDS } from './test-cards';

const digits = (min: number, max: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((all) => all.join(''));

describe('the check digit', () => {
  it('agrees with the wording of the standard for any number', () => {
    fc.assert(
      fc.property(digits(1, 19), (number) => {
        expect(passesLuhn(bytesOf(number), number.length)).toBe(luhnByTheBook(number));
      }),
      { numRuns: 2000 },
    );
  });

  it('finds every single wrong digit', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TEST_CARDS), fc.nat(), fc.integer({ min: 1, max: 9 }), ([number], place, by) => {
        const bytes = bytesOf(number);
        const at = place % bytes.length;
        bytes[at] = 0x30 + (((bytes[at] ?? 0) - 0x30 + by) % 10);
        expect(passesLuhn(bytes, bytes.length)).toBe(false);
      }),
    );
  });

  it('reads no further than the length', () => {
    expect(passesLuhn(bytesOf('42424242424242429999'), 16)).toBe(true);
    expect(passesLuhn(bytesOf('4242'), 0)).toBe(false);
  });
});
