/** What people, forms and addresses put between groups of digits: up to three characters, spaces of every kind among them. */
const BETWEEN = /(?:[\s+,./_-]|%20|&nbsp;){1,3}/;
/** Digits, also full-width ones, alone or in such groups, not part of a longer run of letters or digits. */
const DIGIT_GROUPS = new RegExp(
  `(?<![0-9\uff10-\uff19A-Za-z_])[0-9\uff10-\uff19]+(?:${BETWEEN.source}[0-9\uff10-\uff19]+)*(?![0-9\uff10-\uff19A-Za-z_])`,
  'g',
);
const SHORTEST_CARD = 13;
const LONGEST_CARD = 19;

/**
 * The second net under the logs (the first is that no field can carry a card): 13 to 19 digits that pass Luhn become `x`
 * per digit with the last 4 left. Ids, times and phone numbers fail Luhn or the length, mostly; one that does not is
 * masked, which costs nothing.
 *
 * A number with further groups beside it (three more digits may be its security code) is looked for group by group, and then
 * nothing of its neighbours stays either.
 */
export function maskDigitRuns(text: string): string {
  if (text.length < SHORTEST_CARD) return text;
  return text.replace(DIGIT_GROUPS, (run) => {
    const groups = run.normalize('NFKC').split(BETWEEN);
    if (isCard(groups.join(''))) return masked(groups.join(''), 4);
    return groups.some((_group, first) => startsCard(groups, first)) ? masked(groups.join(''), 0) : run;
  });
}

/** True when the groups from the first of these on begin with some that make a card number together. */
function startsCard(groups: readonly string[], first: number): boolean {
  let digits = '';
  for (let index = first; index < groups.length; index++) {
    digits += groups[index] ?? '';
    if (digits.length > LONGEST_CARD) return false;
    if (isCard(digits)) return true;
  }
  return false;
}

function masked(digits: string, shown: number): string {
  const hidden = digits.length - shown;
  return 'x'.repeat(hidden) + digits.slice(hidden);
}

function isCard(digits: string): boolean {
  return digits.length >= SHORTEST_CARD && digits.length <= LONGEST_CARD && luhn(digits);
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
