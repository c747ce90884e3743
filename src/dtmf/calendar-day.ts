/**
 * Whether digits (ASCII bytes) are a day that exists, `YYYYMMDD`, as VoiceXML 2.1's built-in `date` grammar has it by keypad.
 * Keeps nothing of them.
 */
export function isCalendarDay(digits: Uint8Array, length: number): boolean {
  if (length !== 8) return false;
  const [year, month, day] = [numberIn(digits, 0, 4), numberIn(digits, 4, 6), numberIn(digits, 6, 8)];
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function numberIn(digits: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + ((digits[at] ?? 0) - 0x30);
  return value;
}
