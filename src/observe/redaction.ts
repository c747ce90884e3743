/** 13 to 19 digits, alone or in groups by single spaces or hyphens, not part of a longer run of letters or digits. */
const CARD_LIKE = /(?<![0-9A-Za-z_])(?:[0-9][ -]?){12,18}[0-9](?![0-9A-Za-z_])/g;

/**
 * The second net under the logs (the first is that no field can carry a card): any run that could be a card number and
 * passes Luhn becomes `x` per digit with the last 4 left. Ids, times and phone numbers fail Luhn or the length, mostly;
 * one that does not is masked, which costs nothing.
 */
export function maskDigitRuns(text: string): string {
  return text.replace(CARD_LIKE, (run) => {
    const digits = run.replace(/[ -]/g, '');
    return luhn(digits) ? `${'x'.repeat(digits.length - 4)}${digits.slice(-4)}` : run;
  });
}

function luhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    let digit = digits.charCodeAt(digits.length - 1 - index) - 0x30;
    if (index % 2 === 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 === 0;
}
