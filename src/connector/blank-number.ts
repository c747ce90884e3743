import { unpooled } from './unpooled';

/** A digit, so that an answer stays the JSON it was. */
const BLANK = 9;
/** Bytes from one digit of a number to the next: up to eleven of separators, even escaped, between them. */
const REACH = 12;

/**
 * Blanks a long number in bytes: digit by digit, whatever stands between its digits (separators, escapes such as `%20`,
 * `\u00a0` and `&#160;`, names of fields), with digits that are full-width or escaped, in hex, and in base64. Never makes a string
 * of anything. One look at each byte, and one at the number's digits for each digit that is there.
 */
export function blankNumber(raw: Buffer, digits: Uint8Array): void {
  const hex = unpooled(digits.length * 2);
  for (const [index, digit] of digits.entries()) hex.set([0x33, digit], index * 2);
  const plain = plainDigits(raw);
  const found = [
    ...placesOf(raw, plain, digits),
    ...placesOf(raw, plain, hex),
    ...placesOf(raw, escapedDigits(raw), digits),
  ];
  // All are found before the first is blanked: one reading may take digits for its own that belong to another.
  for (const place of found) raw[place] = ((raw[place] ?? 0) & 0xf0) | BLANK;
  hex.fill(0);
  for (const offset of [0, 1, 2]) blankBase64(raw, digits, offset);
}

/** Places of digits in `raw`; the low half of the byte there is the digit. */
type Places = readonly number[];

/** Those where the number stands. */
function placesOf(raw: Buffer, places: Places, digits: Uint8Array): Places {
  const found: number[] = [];
  for (let first = 0; first + digits.length <= places.length; first++) {
    if (!standsAt(raw, places, first, digits)) continue;
    for (let index = 0; index < digits.length; index++) found.push(places[first + index] ?? 0);
    first += digits.length - 1;
  }
  return found;
}

function standsAt(raw: Buffer, places: Places, first: number, digits: Uint8Array): boolean {
  return digits.every((digit, index) => {
    const place = places[first + index] ?? 0;
    if (index > 0 && place - (places[first + index - 1] ?? 0) > REACH) return false;
    return ((raw[place] ?? 0) & 0x0f) === (digit & 0x0f);
  });
}

function plainDigits(raw: Buffer): Places {
  const places: number[] = [];
  for (let at = 0; at < raw.length; at++) if (isDigit(raw[at])) places.push(at);
  return places;
}

/** The same when `%xx`, `\uxxxx`, `&#n;` and full-width digits are read as the characters that they mean. */
function escapedDigits(raw: Buffer): Places {
  const places: number[] = [];
  let at = 0;
  while (at < raw.length) {
    const { code, length } = characterAt(raw, at);
    at += length;
    if (isDigit(code) || isFullWidth(code)) places.push(at - 1);
  }
  return places;
}

interface Character {
  /** Unicode, or a byte of something longer. */
  readonly code: number;
  /** Bytes. */
  readonly length: number;
}

function characterAt(raw: Buffer, at: number): Character {
  const byte = raw[at] ?? 0;
  if (byte === PERCENT) return percentAt(raw, at);
  if (byte === BACKSLASH && raw[at + 1] === SMALL_U) {
    const code = hexAt(raw, at + 2, 4);
    if (code >= 0) return { code, length: 6 };
  }
  if (byte === AMPERSAND && raw[at + 1] === HASH) {
    const end = raw.subarray(at, at + LONGEST_ENTITY).indexOf(SEMICOLON);
    if (end > 0) return { code: 0, length: end + 1 };
  }
  if (byte === 0xef && raw[at + 1] === 0xbc) return { code: fullWidth(raw[at + 2] ?? 0), length: 3 };
  return { code: byte, length: 1 };
}

function percentAt(raw: Buffer, at: number): Character {
  const code = hexAt(raw, at + 1, 2);
  if (code < 0) return { code: PERCENT, length: 1 };
  const isWide = code === 0xef && raw[at + 3] === PERCENT && hexAt(raw, at + 4, 2) === 0xbc && raw[at + 6] === PERCENT;
  return isWide ? { code: fullWidth(hexAt(raw, at + 7, 2)), length: 9 } : { code, length: 3 };
}

const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const SMALL_U = 0x75;
const AMPERSAND = 0x26;
const HASH = 0x23;
const SEMICOLON = 0x3b;
/** `&#x00a0;` */
const LONGEST_ENTITY = 8;

/** What EF BC and a third byte are in UTF-8. */
function fullWidth(third: number): number {
  return third >= 0x80 && third < 0xc0 ? 0xff00 + third - 0x80 : 0;
}

/** -1 when these are no hex digits. */
function hexAt(raw: Buffer, at: number, count: number): number {
  let code = 0;
  for (let index = at; index < at + count; index++) {
    const byte = raw[index] ?? 0;
    const letter = (byte | 0x20) - 0x61;
    if (isDigit(byte)) code = code * 16 + (byte & 0x0f);
    else if (letter >= 0 && letter < 6) code = code * 16 + 10 + letter;
    else return -1;
  }
  return code;
}

/** The base64 of the number when it begins `offset` bytes behind a group of three: first the characters that are its alone. */
function blankBase64(raw: Buffer, digits: Uint8Array, offset: number): void {
  const bytes = unpooled(offset + digits.length);
  bytes.set(digits, offset);
  const encoded = unpooled(Math.floor(bytes.length / 3) * 4);
  for (let index = 0; index < encoded.length; index++) encoded[index] = sextet(bytes, index);
  const own = encoded.subarray(offset === 0 ? 0 : offset + 1);
  const over = bytes.length % 3;
  const behind = over === 0 ? 0 : over + 1;
  for (let at = raw.indexOf(own); at !== -1; at = raw.indexOf(own, at + own.length)) {
    // The characters beside these hold bits of the number too.
    raw.fill(LETTER, at, at + own.length);
    if (offset > 0 && isBase64(raw[at - 1])) raw[at - 1] = LETTER;
    for (let edge = at + own.length; edge < at + own.length + behind && isBase64(raw[edge]); edge++) raw[edge] = LETTER;
  }
  bytes.fill(0);
  encoded.fill(0);
}

/** Takes the place of a character of base64. */
const LETTER = 0x41;

/** Digits are encoded in letters and digits alone: the same in the alphabet for addresses. */
function sextet(bytes: Uint8Array, index: number): number {
  const first = Math.floor((index * 6) / 8);
  const bits = ((bytes[first] ?? 0) << 8) | (bytes[first + 1] ?? 0);
  const value = (bits >> (10 - ((index * 6) % 8))) & 0x3f;
  if (value < 26) return 0x41 + value;
  return value < 52 ? 0x61 + value - 26 : 0x30 + value - 52;
}

function isBase64(byte: number | undefined): boolean {
  const letter = ((byte ?? 0) | 0x20) - 0x61;
  return isDigit(byte) || (letter >= 0 && letter < 26);
}

function isFullWidth(code: number): boolean {
  return code >= 0xff10 && code <= 0xff19;
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
