import type { CardVault } from '../ports/card-vault';
import type { AnswerPath } from './ast';
import { findFields, type FieldSpan } from './find-fields';

/** A card number has at least this many digits; shorter secrets (security code, OTP, expiry) may equal an innocent number. */
const CARD_NUMBER_LENGTH = 12;
/** What people and gateways put between groups of digits. */
const SEPARATORS = new Set([0x20, 0x2d, 0x2e, 0x2f, 0x5f]);
/** A digit, so that the answer stays the JSON it was. */
const BLANK = 0x39;

/**
 * Some gateways repeat what they were sent; nothing of it may reach a string. A card number is blanked wherever it stands, with
 * or without separators. A shorter value is blanked where it stands as a number of its own, but for the fields that the
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

/** Blanks the digits in this order, whatever separators are between them. */
function blankNumber(raw: Buffer, digits: Uint8Array): void {
  for (let at = 0; at < raw.length; at++) {
    const end = endOfMatch(raw, at, digits);
    if (end === null) continue;
    for (let here = at; here < end; here++) if (isDigit(raw[here])) raw[here] = BLANK;
    at = end - 1;
  }
}

/** Behind the last digit, or null when the digits do not stand here. */
function endOfMatch(raw: Buffer, start: number, digits: Uint8Array): number | null {
  let at = start;
  for (const [index, digit] of digits.entries()) {
    if (index > 0) while (SEPARATORS.has(raw[at] ?? 0)) at++;
    if (raw[at] !== digit) return null;
    at++;
  }
  return at;
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

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
