import { hidden, lastFour, maskedCard } from '../../src/card/mask';
import { bytesOf, TEST_CARDS } from './test-cards';

describe('masks', () => {
  it.each(TEST_CARDS)('shows the last 4 of %s and hides the rest', (number) => {
    const bytes = bytesOf(number);
    const masked = maskedCard(bytes, bytes.length);
    expect(masked).toHaveLength(number.length);
    expect(masked).toMatch(/^x+\d{4}$/);
    expect(masked.slice(-4)).toBe(number.slice(-4));
  });

  it('reads up to the length, not to the end of the Buffer', () => {
    expect(lastFour(bytesOf('42424242424212349999'), 16)).toBe('1234');
  });

  it('hides all of anything else', () => {
    expect(hidden(6)).toBe('xxxxxx');
    expect(hidden(0)).toBe('');
  });
});
