/** Version rules of Asterisk itself (not of its Debian packages). */

/** The lowest version of each line that will do; lines after the last all do. See docs/operators/asterisk.md for why. */
const LOWEST: readonly (readonly [number, number, number])[] = [
  [22, 10, 1],
  [23, 4, 1],
];

/** For messages. */
export const SUPPORTED_VERSIONS = '22.10.1 or newer of 22, or 23.4.1 or newer';

/** Takes the numbers out of `Asterisk 22.10.1`, `22.10.1~dfsg+...` or `1:22.10.1+dfsg`; null when there are none. */
export function parseVersion(text: string): readonly [number, number, number] | null {
  const match = /(?:^|[\s:])(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/** Whether an Asterisk of this version may be used. An unreadable version (a git build) may not. */
export function isSupportedVersion(text: string): boolean {
  const version = parseVersion(text);
  if (version === null) return false;
  const [major, minor, patch] = version;
  const lowest = LOWEST.find(([line]) => line === major);
  if (lowest === undefined) return major > (LOWEST.at(-1)?.[0] ?? Infinity);
  return minor !== lowest[1] ? minor > lowest[1] : patch >= lowest[2];
}
