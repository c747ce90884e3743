'use strict';

/** Version rules of Asterisk itself (not of its Debian packages). */

/**
 * The lowest version of each line that will do; later lines all do. docs/operators/asterisk.md says why.
 * @type {[number, number, number][]}
 */
const LOWEST = [
  [22, 10, 1],
  [23, 4, 1],
];

/** For messages. */
const SUPPORTED_VERSIONS = '22.10.1 or newer of 22, or 23.4.1 or newer';

/**
 * Takes the numbers out of `Asterisk 22.10.1`, `22.10.1~dfsg+...` or `1:22.10.1+dfsg`.
 * @param {string} text
 * @returns {[number, number, number] | undefined} undefined when there are none
 */
function parseVersion(text) {
  const match = /(?:^|[\s:])(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/**
 * Whether an Asterisk of this version may be used. An unreadable version (a git build) may not.
 * @param {string} text
 * @returns {boolean}
 */
function isSupportedVersion(text) {
  const version = parseVersion(text);
  if (version === undefined) return false;
  const [major, minor, patch] = version;
  const lowest = LOWEST.find(([line]) => line === major);
  if (lowest === undefined) return major > Math.max(...LOWEST.map(([line]) => line));
  return minor !== lowest[1] ? minor > lowest[1] : patch >= lowest[2];
}

module.exports = { SUPPORTED_VERSIONS, parseVersion, isSupportedVersion };
