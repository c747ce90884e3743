import type { CardVault } from '../ports/card-vault';
import type { AnswerPath } from './ast';
import { blankNumber, isDigit } from './blank-number';
import { findFields, type FieldSpan } from './find-fields';
import { unpooled } from './unpooled';

/** A card number has at least this many digits; shorter secrets (security code, OTP, expiry) may equal an innocent number. */
const CARD_NUMBER_LENGTH = 12;
/** What is shorter stands in an answer by chance all the time. */
const SHORTEST_REPEATED = 4;
/** Numbers of one field that are looked for: it should hold one, and a list of thousands must not cost as many looks. */
const MOST_REPEATED = 8;
/** A digit, so that the answer stays the JSON it was. */
const BLANK = 0x39;

/**
 * Some gateways repeat what they were sent; nothing of it may reach a string. A card number is blanked wherever it stands, in
 * every form that `blankNumber` knows. A shorter value is blanked where it stands as a number of its own, but for the fields that the
 * file reads (`read`): an amount or a reference may equal a security code by chance, and must stay true.
 *
 * @param refs vault references of what was sent; those that are gone are left out
 */
export function blankEchoes(raw: Buffer, refs: readonly string[], read: readonly AnswerPath[], vault: CardVault): void {
  const present = refs.filter((ref) => vault.lengthOf(ref) !== null);
  const long = present.filter((ref) => (vault.lengthOf(ref) ?? 0) >= CARD_NUMBER_LENGTH);
  for (const ref of long)
    vault.lend(ref, (digits) => {
      blankNumber(raw, digits);
    });
  const short = present.filter((ref) => !long.includes(ref));
  if (short.length === 0) return;
  const spans = findFields(
    raw,
    read.map((from, index) => ({ name: String(index), from })),
  );
  for (const ref of short)
    vault.lend(ref, (digits) => {
      blankRuns(raw, digits, spans ?? []);
    });
}

/**
 * Blanks what a field of an answer holds wherever else it stands: a gateway that says a one-time password in one field may say
 * it in another, and what is wanted secret must not be known by another name.
 */
export function blankRepeats(raw: Buffer, { start, end }: FieldSpan): void {
  for (const [from, to] of numbersIn(raw, start, end)) {
    const digits = unpooled(to - from);
    raw.copy(digits, 0, from, to);
    if (digits.length >= CARD_NUMBER_LENGTH) blankNumber(raw, digits);
    else blankRuns(raw, digits, []);
    digits.fill(0);
  }
}

/** The first numbers in these bytes that are long enough to tell. */
function numbersIn(raw: Buffer, start: number, end: number): readonly (readonly [from: number, to: number])[] {
  const found: (readonly [number, number])[] = [];
  let from = start;
  for (let at = start; at <= end && found.length < MOST_REPEATED; at++) {
    if (at < end && isDigit(raw[at])) continue;
    if (at - from >= SHORTEST_REPEATED) found.push([from, at]);
    from = at + 1;
  }
  return found;
}

/** Blanks the digits where no other digit is beside them, outside the fields that are read. */
function blankRuns(raw: Buffer, digits: Uint8Array, read: readonly FieldSpan[]): void {
  for (let at = raw.indexOf(digits); at !== -1; at = raw.indexOf(digits, at + 1)) {
    const end = at + digits.length;
    if (isDigit(raw[at - 1]) || isDigit(raw[end])) continue;
    if (read.some((span) => span.kind !== 'other' && span.start <= at && end <= span.end)) continue;
    raw.fill(BLANK, at, end);
  }
}
