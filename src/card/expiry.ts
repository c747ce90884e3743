const MONTHS_AHEAD = 20 * 12;

/** A card is good as long as its last month lasts anywhere, and the day ends last 12 hours west of Greenwich. */
const LAST_TIME_ZONE_MS = 12 * 60 * 60 * 1000;

/**
 * Judges an expiry keyed as `MMYY` (ASCII bytes): good to the end of its month, at most 20 years ahead.
 *
 * @param now ms since the epoch.
 */
export function isGoodExpiry(mmyy: Uint8Array, length: number, now: number): boolean {
  if (length !== 4) return false;
  const month = twoDigits(mmyy, 0);
  if (month < 1 || month > 12) return false;
  const today = new Date(now - LAST_TIME_ZONE_MS);
  const yearsAhead = (twoDigits(mmyy, 2) - (today.getUTCFullYear() % 100) + 100) % 100;
  const monthsAhead = yearsAhead * 12 + (month - 1) - today.getUTCMonth();
  return monthsAhead >= 0 && monthsAhead <= MONTHS_AHEAD;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) - 0x30) * 10 + ((bytes[at + 1] ?? 0) - 0x30);
}
