/** Spellings of what only `pay` and `otp` may use, without dashes, underscores and dots. */
const SENSITIVE = new Set([
  'cardnumber',
  'pan',
  'primaryaccountnumber',
  'expirationdate',
  'expirydate',
  'expiry',
  'securitycode',
  'cvv',
  'cvv2',
  'cvc',
  'cvc2',
  'csc',
  'otp',
  'onetimepassword',
  'pin',
  'bankaccount',
  'bankaccountnumber',
]);

/** True for a name that says it holds card data: `card_number`, `card-number`, `CVV`, `X-Card-Number`. */
export function isSensitiveName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[-_.\s]/g, '');
  return SENSITIVE.has(plain) || SENSITIVE.has(plain.replace(/^x/, ''));
}
