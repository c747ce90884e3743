/** An `x` per digit: what may be shown of a security code, an OTP, an expiry or an account number. */
export function hidden(length: number): string {
  return 'x'.repeat(length);
}

/** The last 4 of a card number, read alone: cutting them off a string of the whole number would keep the whole alive. */
export function lastFour(digits: Buffer, length: number): string {
  return digits.toString('latin1', Math.max(0, length - 4), length);
}

/** An `x` per hidden digit and the last 4 (PCI DSS 3.4.1 allows more; callers and agents need no more). */
export function maskedCard(digits: Buffer, length: number): string {
  return hidden(Math.max(0, length - 4)) + lastFour(digits, length);
}
