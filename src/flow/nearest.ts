/** Finds the word that was probably meant, for messages about unknown keys, steps, prompts and so on. */

/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(at(previous, j) + 1, at(row, j - 1) + 1, replace);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, at(before, j - 2) + 1);
      row.push(best);
    }
    before = previous;
    previous = row;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}

/** The word of `words` most like `wrong`, or null when none is close enough to be a slip of the pen. */
export function nearest(wrong: string, words: Iterable<string>): string | null {
  const known = SYNONYMS.get(plain(wrong));
  if (known !== undefined && [...words].includes(known)) return known;
  // Of two letters, one wrong is no slip of the pen but another word.
  const limit = wrong.length < 3 ? 0 : Math.max(1, Math.floor(wrong.length / 3));
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const word of words) {
    const distance = editDistance(plain(wrong), plain(word));
    if (distance < bestDistance) {
      best = word;
      bestDistance = distance;
    }
  }
  return best ?? onlyLonger(wrong, words);
}

/** What other products, and people who know cards, call what the language has another word for. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['pan', 'card-number'],
  ['card', 'card-number'],
  ['expiry', 'expiration-date'],
  ['expiry-date', 'expiration-date'],
  ['cvv', 'security-code'],
  ['cvv2', 'security-code'],
  ['cvc', 'security-code'],
  ['csc', 'security-code'],
  ['zip', 'postal-code'],
  ['phone', 'phone-number'],
  ['play', 'say'],
  ['prompt', 'say'],
  ['gather', 'collect'],
  ['ask', 'collect'],
  ['hangup', 'end'],
  ['hang-up', 'end'],
  ['if', 'route'],
  ['switch', 'route'],
  ['http', 'connect'],
  ['transfer', 'return'],
  ['dial', 'return'],
  ['charge', 'pay'],
  ['text', 'sms'],
  ['master', 'mastercard'],
  ['headers', 'with'],
  ['retries', 'attempts'],
  ['tries', 'attempts'],
  ['maximum', 'max'],
  ['minimum', 'min'],
  ['max-digits', 'max'],
  ['min-digits', 'min'],
  ['goto', 'next'],
]);

/** The only word that begins with all of `wrong`: `failed` for `fail`. */
function onlyLonger(wrong: string, words: Iterable<string>): string | null {
  if (wrong.length < 3) return null;
  const longer = new Set([...words].filter((word) => plain(word).startsWith(plain(wrong))));
  const [only = null] = longer;
  return longer.size === 1 ? only : null;
}

/** `Order_Id` and `order-id` differ in spelling only. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll('_', '-');
}

/** What to say after "there is no X": the word that was probably meant, else the whole list when it is short. */
export function suggestion(wrong: string, words: Iterable<string>): string {
  const all = [...words];
  const near = nearest(wrong, all);
  if (near !== null) return `did you mean \`${near}\`?`;
  if (all.length === 0) return 'there are none';
  if (all.length <= LISTED) return `there ${all.length === 1 ? 'is' : 'are'} ${quoted(all)}`;
  return `there are ${quoted(all.slice(0, LISTED))} and ${all.length - LISTED} more`;
}

const LISTED = 16;

/** Words in backticks, with commas. */
export function quoted(words: Iterable<string>): string {
  return [...words].map((word) => `\`${word}\``).join(', ');
}
