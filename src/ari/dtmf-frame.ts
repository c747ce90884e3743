/**
 * Reads a key press out of the bytes of an event frame.
 *
 * A parsed event would leave the digit, its order and its time in strings that nobody can wipe: all 16 digits of a card
 * were found in the memory of a process that did so. Here the digit is only ever a number, and the caller wipes the frame.
 */

/** A released key. */
export interface KeyPress {
  readonly channel: string;
  /** ASCII byte: 0-9 * # A-D. */
  readonly key: number;
  /** Asterisk's event time, ms since the epoch. */
  readonly at: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const SPACE = 0x20;
const ZERO = 0x30;

const KEY_EVENT = Buffer.from('ChannelDtmfReceived', 'latin1');
const TYPE = Buffer.from('type', 'latin1');
const DIGIT = Buffer.from('digit', 'latin1');
const TIMESTAMP = Buffer.from('timestamp', 'latin1');
const CHANNEL = Buffer.from('channel', 'latin1');
const ID = Buffer.from('id', 'latin1');

/** What a frame is, as far as its bytes tell without parsing it. */
export type FrameKind = 'key' | 'other' | 'unreadable';

/** Looks at the frame's own `type` (not at one inside a nested object). An unreadable frame must be wiped unread. */
export function kindOf(frame: Buffer): FrameKind {
  const type = memberOf(frame, skipSpace(frame, 0), TYPE);
  if (type < 0 || frame[type] !== QUOTE) return 'unreadable';
  return equalsString(frame, type, KEY_EVENT) ? 'key' : 'other';
}

/** Reads a frame of kind `key`, or null when a part of it is not as Asterisk writes it. Does not wipe. */
export function readKeyPress(frame: Buffer): KeyPress | null {
  const start = skipSpace(frame, 0);
  const digit = memberOf(frame, start, DIGIT);
  const timestamp = memberOf(frame, start, TIMESTAMP);
  const channel = memberOf(frame, start, CHANNEL);
  if (digit < 0 || timestamp < 0 || channel < 0) return null;
  const id = memberOf(frame, channel, ID);
  if (id < 0) return null;
  const key = readKey(frame, digit);
  const at = readTime(frame, timestamp);
  const idEnd = endOfValue(frame, id);
  if (key < 0 || at < 0 || idEnd < 0 || frame[id] !== QUOTE) return null;
  return { channel: frame.toString('utf8', id + 1, idEnd - 1), key, at };
}

/** One character between quotes, and one that a keypad has. */
function readKey(frame: Buffer, value: number): number {
  const key = frame[value + 1] ?? 0;
  if (frame[value] !== QUOTE || frame[value + 2] !== QUOTE) return -1;
  const known = (key >= ZERO && key <= 0x39) || key === 0x2a || key === 0x23 || (key >= 0x41 && key <= 0x44);
  return known ? key : -1;
}

/** `"2026-11-21T09:09:56.030+0000"` to ms since the epoch, or -1. */
function readTime(frame: Buffer, value: number): number {
  const from = value + 1;
  if (frame[value] !== QUOTE || frame[from + 28] !== QUOTE) return -1;
  const year = number(frame, from, 4);
  const month = number(frame, from + 5, 2);
  const day = number(frame, from + 8, 2);
  const hour = number(frame, from + 11, 2);
  const minute = number(frame, from + 14, 2);
  const second = number(frame, from + 17, 2);
  const millisecond = number(frame, from + 20, 3);
  const zoneHour = number(frame, from + 24, 2);
  const zoneMinute = number(frame, from + 26, 2);
  if (Math.min(year, month, day, hour, minute, second, millisecond, zoneHour, zoneMinute) < 0) return -1;
  const zone = (zoneHour * 60 + zoneMinute) * (frame[from + 23] === 0x2d ? -60_000 : 60_000);
  return Date.UTC(year, month - 1, day, hour, minute, second, millisecond) - zone;
}

/** `length` decimal digits as a number, or -1. */
function number(frame: Buffer, from: number, length: number): number {
  let value = 0;
  for (let at = from; at < from + length; at++) {
    const digit = (frame[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Where the value of a member of the object at `object` starts, or -1. Names are compared as bytes. */
function memberOf(frame: Buffer, object: number, name: Buffer): number {
  if (frame[object] !== OPEN_OBJECT) return -1;
  let at = skipSpace(frame, object + 1);
  while (frame[at] === QUOTE) {
    const nameEnd = endOfString(frame, at);
    if (nameEnd < 0) return -1;
    const found = equalsString(frame, at, name);
    at = skipSpace(frame, nameEnd);
    if (frame[at] !== COLON) return -1;
    at = skipSpace(frame, at + 1);
    if (found) return at;
    at = endOfValue(frame, at);
    if (at < 0) return -1;
    at = skipSpace(frame, at);
    if (frame[at] !== COMMA) return -1;
    at = skipSpace(frame, at + 1);
  }
  return -1;
}

function skipSpace(frame: Buffer, from: number): number {
  let at = from;
  while (at < frame.length && (frame[at] ?? 0) <= SPACE) at++;
  return at;
}

/** True when the string that opens at `quote` is exactly `text`. */
function equalsString(frame: Buffer, quote: number, text: Buffer): boolean {
  const from = quote + 1;
  const to = from + text.length;
  return to < frame.length && frame[to] === QUOTE && frame.compare(text, 0, text.length, from, to) === 0;
}

/** Behind the value that starts at `from`, or -1 when the frame ends before it does. */
function endOfValue(frame: Buffer, from: number): number {
  const first = frame[from];
  if (first === QUOTE) return endOfString(frame, from);
  if (first === OPEN_OBJECT || first === OPEN_LIST) return endOfNested(frame, from);
  let at = from;
  while (at < frame.length && frame[at] !== COMMA && frame[at] !== CLOSE_OBJECT && frame[at] !== CLOSE_LIST) at++;
  return at < frame.length ? at : -1;
}

function endOfString(frame: Buffer, quote: number): number {
  for (let at = quote + 1; at < frame.length; at++) {
    if (frame[at] === BACKSLASH) at++;
    else if (frame[at] === QUOTE) return at + 1;
  }
  return -1;
}

function endOfNested(frame: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  while (at < frame.length) {
    const byte = frame[at];
    if (byte === QUOTE) {
      at = endOfString(frame, at);
      if (at < 0) return -1;
      continue;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
    if ((byte === CLOSE_OBJECT || byte === CLOSE_LIST) && --depth === 0) return at + 1;
    at++;
  }
  return -1;
}
