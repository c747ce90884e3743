/**
 * Test cards: what the sandbox does when it is asked to charge one. All are Luhn-valid public test numbers; any other valid
 * number is approved. docs/integrators/sandbox.md has the same table, and a test compares them.
 */
export type CardBehaviour =
  | 'approve'
  | 'decline'
  | 'insufficient-funds'
  | 'timeout-after-charge'
  | 'error-after-charge'
  | 'garbage-after-charge'
  | 'drop-after-charge'
  | 'wrong-amount'
  | 'wrong-currency'
  | 'wrong-reference'
  | 'slow-approve'
  | 'timeout-without-charge'
  | 'error-without-charge';

/** Card number -> what happens. */
export const TEST_CARDS: Readonly<Record<string, CardBehaviour>> = {
  '4111111111111111': 'approve',
  '5555555555554444': 'approve',
  '378282246310005': 'approve',
  '6521000000000007': 'approve',
  '4000000000000002': 'decline',
  '4000000000009995': 'insufficient-funds',
  '4000000000001018': 'timeout-after-charge',
  '4000000000001026': 'error-after-charge',
  '4000000000001034': 'garbage-after-charge',
  '4000000000001042': 'wrong-amount',
  '4000000000001059': 'slow-approve',
  '4000000000001067': 'timeout-without-charge',
  '4000000000001075': 'error-without-charge',
  '4000000000001083': 'drop-after-charge',
  '4000000000001091': 'wrong-currency',
  '4000000000001109': 'wrong-reference',
};

export function behaviourOf(cardNumber: string): CardBehaviour {
  return TEST_CARDS[cardNumber] ?? 'approve';
}

/** True when the check digit is right and the length is one that cards have. */
export function isCardNumber(text: string): boolean {
  if (!/^[0-9]{12,19}$/.test(text)) return false;
  const sum = text
    .split('')
    .reduceRight((total, digit, index) => total + weigh(Number(digit), (text.length - index) % 2 === 0), 0);
  return sum % 10 === 0;
}

function weigh(digit: number, doubled: boolean): number {
  const weighed = doubled ? digit * 2 : digit;
  return weighed > 9 ? weighed - 9 : weighed;
}

/** An `x` per hidden digit and the last 4. */
export function mask(cardNumber: string): string {
  return 'x'.repeat(Math.max(0, cardNumber.length - 4)) + cardNumber.slice(-4);
}
