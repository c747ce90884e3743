/**
 * Ids of return targets, and the places for digits in them: `agent-NNN` stands for `agent-000` to `agent-999`, and so does
 * `NNN` in its address.
 */

const ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const PATTERN = /^[a-z][a-z0-9]*(-[a-z0-9]+)*-(N{1,8})$/;
const LONGEST_ID = 40;

/** True for what a call may name: an id without places. */
export function isTargetId(id: string): boolean {
  return id.length <= LONGEST_ID && ID.test(id);
}

/** The `NNN` of a pattern; null for an id without places. */
export function placesOf(id: string): string | null {
  return id.length <= LONGEST_ID ? (PATTERN.exec(id)?.[2] ?? null) : null;
}

/** The digits that make `id` of `pattern`, or null when it is none of it. */
export function digitsOf(id: string, pattern: string): string | null {
  const places = placesOf(pattern);
  if (places === null) return null;
  const stem = pattern.slice(0, -places.length);
  const digits = id.slice(stem.length);
  return id.startsWith(stem) && digits.length === places.length && /^[0-9]+$/.test(digits) ? digits : null;
}

/** The digits that make `text` of `form`, in which `places` stands for them, everywhere the same; null when it is none of it. */
export function digitsIn(text: string, form: string, places: string): string | null {
  const at = form.indexOf(places);
  if (at < 0) return null;
  const digits = text.slice(at, at + places.length);
  return /^[0-9]+$/.test(digits) && form.replaceAll(places, digits) === text ? digits : null;
}
