/** Durations as flows write them: `8s`, `1.5s`, `250ms`, `5m`, `72h`. */

const DURATION = /^([0-9]{1,6}(?:\.[0-9]{1,3})?)(ms|s|m|h)$/;
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds, or null when `text` is no duration. */
export function durationMs(text: string): number | null {
  const match = DURATION.exec(text);
  if (match === null) return null;
  return Math.round(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]);
}

/** What to write instead of a text that is no duration. */
export function durationHint(text: string): string {
  if (/^[0-9.]+$/.test(text)) return `write its unit, such as \`${text}s\``;
  const [, count = '', word = ''] = /^([0-9]+) *([a-z]+)$/.exec(text.toLowerCase()) ?? [];
  const unit = Object.keys(UNIT_WORDS).find((each) => UNIT_WORDS[each]?.test(word));
  if (unit === 'd') return `write \`${Number(count) * 24}h\``;
  return unit === undefined ? 'write a duration such as `8s` or `5m`' : `write \`${count}${unit}\``;
}

const UNIT_WORDS: Readonly<Record<string, RegExp>> = {
  ms: /^(ms|msecs?|millis|milliseconds?)$/,
  s: /^(s|secs?|seconds?)$/,
  m: /^(m|mins?|minutes?)$/,
  h: /^(h|hrs?|hours?)$/,
  d: /^(d|days?)$/,
};

/** Milliseconds as flows write them. */
export function durationText(ms: number): string {
  if (ms !== 0 && ms % UNIT_MS.h === 0) return `${ms / UNIT_MS.h}h`;
  if (ms !== 0 && ms % UNIT_MS.m === 0) return `${ms / UNIT_MS.m}m`;
  return `${ms / UNIT_MS.s}s`;
}
