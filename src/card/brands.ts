import { passesLuhn } from './luhn';

/** First digits from `low` to `high`, both of `size` digits. */
interface Range {
  readonly size: number;
  readonly low: number;
  readonly high: number;
}

export interface Brand {
  readonly id: string;
  readonly ranges: readonly Range[];
  /** Ascending. */
  readonly lengths: readonly number[];
  readonly securityCode: 3 | 4;
  /** False where cards without a valid check digit are known to be issued. */
  readonly luhn: boolean;
}

/** Shortest and longest card number (ISO/IEC 7812-1; Maestro goes down to 12). */
const MIN_CARD_LENGTH = 12;
export const MAX_CARD_LENGTH = 19;

/**
 * Card brands by issuer range. Ranges overlap: the longer first digits win, then the order here (see `judgeCard`).
 * docs/contributors/card-data.md says where they come from and what was left out.
 */
export const BRANDS: readonly Brand[] = [
  brand('visa', '4', [16, 18, 19]),
  brand('mastercard', '51-55 2221-2720', [16]),
  brand('amex', '34 37', [15], { securityCode: 4 }),
  brand('discover', '6011 644-649 65', [16, 19]),
  brand('diners', '300-305 309 36 38-39', [14, 16, 19]),
  brand('jcb', '3528-3589', upTo19(16)),
  // Some UnionPay cards carry no valid check digit.
  brand('unionpay', '62 8100-8171', upTo19(16), { luhn: false }),
  // 60, 65, 81 and 508 are shared with Discover, UnionPay and Maestro; 353 and 356 are issued together with JCB.
  brand('rupay', '60 65 81-82 353 356 508 606985-607984 608001-608500 652150-653149 817200-820199', [16]),
  brand('maestro', '50 56-58 63 67', upTo19(12)),
  brand(
    'elo',
    '401178-401179 431274 438935 451416 457393 457631-457632 504175 506699-506778 509000-509999 627780 636297 636368 ' +
      '650031-650033 650035-650051 650405-650439 650485-650538 650541-650598 650700-650718 650720-650727 650901-650978 ' +
      '651652-651679 655000-655019 655021-655058',
    [16],
  ),
  brand('mir', '2200-2204', upTo19(16)),
];

export type CardVerdict =
  | { readonly ok: true; readonly brand: string | null }
  | { readonly ok: false; readonly error: 'invalid-card-number' | 'invalid-card-type' };

/**
 * Judges a finished card number. Where several brands fit, one that is accepted goes before one that is not, then the one
 * with the longer first digits. A number of no known brand is good when any brand is and its check digit is right.
 *
 * @param accept brand ids; empty means any.
 */
export function judgeCard(digits: Uint8Array, length: number, accept: readonly string[]): CardVerdict {
  const luhn = passesLuhn(digits, length);
  let known = false;
  let fits = false;
  let best: Brand | null = null;
  let bestDigits = 0;
  for (const candidate of BRANDS) {
    const matched = matchingDigits(candidate, digits, length);
    if (matched === 0) continue;
    known = true;
    if (!candidate.lengths.includes(length) || (candidate.luhn && !luhn)) continue;
    fits = true;
    if ((accept.length === 0 || accept.includes(candidate.id)) && matched > bestDigits) {
      best = candidate;
      bestDigits = matched;
    }
  }
  if (best !== null) return { ok: true, brand: best.id };
  if (!known && luhn && length >= MIN_CARD_LENGTH && length <= MAX_CARD_LENGTH) {
    return accept.length === 0 ? { ok: true, brand: null } : { ok: false, error: 'invalid-card-type' };
  }
  return { ok: false, error: fits ? 'invalid-card-type' : 'invalid-card-number' };
}

/**
 * Where a card number stands while it is keyed. `complete` only at the longest number of every brand that its first digits
 * allow. `may-end` asks for a right check digit too (where the brand has one): a caller who pauses between groups of four
 * then has the long timer, not the short one.
 */
export function cardProgress(digits: Uint8Array, length: number): 'more' | 'may-end' | 'complete' {
  if (length < MIN_CARD_LENGTH) return 'more';
  let longest = 0;
  let fits = false;
  let needsLuhn = true;
  for (const candidate of BRANDS) {
    if (matchingDigits(candidate, digits, length) === 0) continue;
    longest = Math.max(longest, candidate.lengths.at(-1) ?? 0);
    if (!candidate.lengths.includes(length)) continue;
    fits = true;
    needsLuhn &&= candidate.luhn;
  }
  if (length >= (longest === 0 ? MAX_CARD_LENGTH : longest)) return 'complete';
  if (longest !== 0 && !fits) return 'more';
  return !needsLuhn || passesLuhn(digits, length) ? 'may-end' : 'more';
}

/** Digits of a security code by the brand of the card already keyed; null when the brand is not known: 3 or 4. */
export function securityCodeLength(brandId: string | null): 3 | 4 | null {
  return BRANDS.find((candidate) => candidate.id === brandId)?.securityCode ?? null;
}

/** How many first digits of the number fall into the brand's longest matching range; 0 for none. */
function matchingDigits(candidate: Brand, digits: Uint8Array, length: number): number {
  let best = 0;
  for (const { size, low, high } of candidate.ranges) {
    if (size <= best || size > length) continue;
    const prefix = firstDigits(digits, size);
    if (prefix >= low && prefix <= high) best = size;
  }
  return best;
}

function firstDigits(digits: Uint8Array, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) value = value * 10 + ((digits[i] ?? 0) - 0x30);
  return value;
}

function brand(id: string, ranges: string, lengths: readonly number[], more: Partial<Brand> = {}): Brand {
  return { id, ranges: ranges.split(' ').map(range), lengths, securityCode: 3, luhn: true, ...more };
}

/** `2221-2720`, or `36` for a range of one. */
function range(text: string): Range {
  const [low = '', high = low] = text.split('-');
  return { size: low.length, low: Number(low), high: Number(high) };
}

function upTo19(from: number): readonly number[] {
  return Array.from({ length: MAX_CARD_LENGTH - from + 1 }, (_, i) => from + i);
}
