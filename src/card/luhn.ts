/**
 * The check digit of ISO/IEC 7812-1 over the first `length` bytes (ASCII digits). Works on bytes: a card number is never
 * made a string.
 */
export function passesLuhn(digits: Uint8Array, length: number): boolean {
  let sum = 0;
  for (let i = 0; i < length; i++) {
    let digit = (digits[i] ?? 0) - 0x30;
    if ((length - i) % 2 === 0) {
      digit *= 2;
      if (digit > 9) digit -= 9;
    }
    sum += digit;
  }
  return length > 0 && sum % 10 === 0;
}
