/** Words to recordings: the longest recorded phrase that fits, so that "twenty-five" is one sound and not two. */

export interface Vocabulary {
  /** Normalised words, joined by one space, -> sound id. */
  readonly sounds: ReadonlyMap<string, string>;
  /** Words of the longest phrase. */
  readonly longest: number;
}

export interface Matched {
  readonly sounds: readonly string[];
  /** Words that have no recording, in order. */
  readonly missing: readonly string[];
}

/** Splits at spaces, hyphens, commas and semicolons, in one spelling of each letter and in lower case. */
export function wordsOf(text: string, language: string): string[] {
  return text
    .normalize('NFC')
    .toLocaleLowerCase(language)
    .split(/[\s,;-]+/u)
    .filter((word) => word !== '');
}

export function vocabularyOf(entries: Iterable<readonly [words: string, sound: string]>, language: string): Vocabulary {
  const sounds = new Map<string, string>();
  let longest = 1;
  for (const [text, sound] of entries) {
    const words = wordsOf(text, language);
    sounds.set(words.join(' '), sound);
    longest = Math.max(longest, words.length);
  }
  return { sounds, longest };
}

/** The recordings that together say `text`. */
export function match(text: string, vocabulary: Vocabulary, language: string): Matched {
  const words = wordsOf(text, language);
  const sounds: string[] = [];
  const missing: string[] = [];
  for (let at = 0; at < words.length;) {
    const found = longestAt(words, at, vocabulary);
    if (found === null) {
      missing.push(words[at] ?? '');
      at += 1;
    } else {
      sounds.push(found.sound);
      at += found.length;
    }
  }
  return { sounds, missing };
}

function longestAt(
  words: readonly string[],
  at: number,
  vocabulary: Vocabulary,
): { sound: string; length: number } | null {
  for (let length = Math.min(vocabulary.longest, words.length - at); length > 0; length -= 1) {
    const sound = vocabulary.sounds.get(words.slice(at, at + length).join(' '));
    if (sound !== undefined) return { sound, length };
  }
  return null;
}
