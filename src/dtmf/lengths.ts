import type { KeySink } from '../ports/key-sink';

/**
 * Where a field of `min` to `max` keys stands. One of a single length is complete at it. A longer one never completes by
 * itself: a caller who keys one too many must hear `too-long`, not have the value cut off and the rest fall into the next field.
 */
export function progressByLength(length: number, min: number, max: number): ReturnType<KeySink['progress']> {
  if (length < min) return 'more';
  return min === max ? 'complete' : 'may-end';
}
