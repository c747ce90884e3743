/** Public test card numbers, as gateways' documentation lists them (Stripe, Adyen, Braintree, Cybersource, Opayo and others). */
export const TEST_CARDS: readonly (readonly [number: string, brand: string])[] = [
  ['4242424242424242', 'visa'],
  ['4111111111111111', 'visa'],
  ['4012888888881881', 'visa'],
  ['4000056655665556', 'visa'],
  ['4000000000000002', 'visa'],
  ['4005519200000004', 'visa'],
  ['4009348888881881', 'visa'],
  ['4217651111111119', 'visa'],
  ['4500600000000061', 'visa'],
  ['5555555555554444', 'mastercard'],
  ['5105105105105100', 'mastercard'],
  ['5200828282828210', 'mastercard'],
  ['5424000000000015', 'mastercard'],
  ['2223003122003222', 'mastercard'],
  ['2223000048400011', 'mastercard'],
  ['378282246310005', 'amex'],
  ['371449635398431', 'amex'],
  ['370000000000002', 'amex'],
  ['6011111111111117', 'discover'],
  ['6011000990139424', 'discover'],
  ['6011981111111113', 'discover'],
  ['6011000991300009', 'discover'],
  ['6555900000604105', 'discover'],
  ['3056930009020004', 'diners'],
  ['36227206271667', 'diners'],
  ['36259600000004', 'diners'],
  ['30569309025904', 'diners'],
  ['38520000023237', 'diners'],
  ['3566002020360505', 'jcb'],
  ['3530111333300000', 'jcb'],
  ['3566111111111113', 'jcb'],
  ['6200000000000005', 'unionpay'],
  ['6200000000000047', 'unionpay'],
  ['6205500000000000004', 'unionpay'],
  ['6243030000000001', 'unionpay'],
  ['6221261111117766', 'unionpay'],
  ['6223164991230014', 'unionpay'],
  ['6304000000000000', 'maestro'],
  ['6759649826438453', 'maestro'],
  ['6771798021000008', 'maestro'],
  ['6759000000005', 'maestro'],
  ['6766000000000', 'maestro'],
  ['50339619890917', 'maestro'],
  ['586824160825533338', 'maestro'],
  ['6759560045005727054', 'maestro'],
  ['6074817000000005', 'rupay'],
  ['5066991111111118', 'elo'],
  ['6362970000457013', 'elo'],
  ['2200000000000053', 'mir'],
  ['2201382000000013', 'mir'],
];

export function bytesOf(digits: string): Buffer {
  return Buffer.from(digits, 'latin1');
}

/** The check digit by the wording of ISO/IEC 7812-1, on strings and from the right: shares nothing with the code under test. */
export function luhnByTheBook(digits: string): boolean {
  const reversed = Array.from(digits, Number).reverse();
  const total = reversed
    .map((digit, place) => (place % 2 === 0 ? digit : Array.from(String(digit * 2), Number).reduce((a, b) => a + b)))
    .reduce((a, b) => a + b, 0);
  return total % 10 === 0;
}

/** `prefix` filled with zeros to `length`, ending in the check digit that makes it right. */
export function numberFrom(prefix: string, length: number): string {
  const body = prefix.padEnd(length - 1, '0');
  const check = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].find((digit) => luhnByTheBook(`${body}${digit}`)) ?? 0;
  return `${body}${check}`;
}
