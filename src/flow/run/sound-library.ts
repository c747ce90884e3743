import type { PromptGap, Prompts, SayItem, Spoken } from '../../ports/prompts';
import { soundIds, valueSoundIds, type Catalogue } from '../prompts/catalogue';
import { nearest } from '../nearest';
import { speakItems, unfilled } from '../prompts/speak-items';

/** One language: what it says, and which of its sounds (ids) have a recording. */
export interface LanguageSounds {
  readonly catalogue: Catalogue;
  readonly recorded: ReadonlySet<string>;
}

/** What a recording's name ends with: this tool's own, or a person's. */
const EXTENSIONS = ['ulaw', 'wav'];

/** The recordings of every language, kept in memory: nothing is read from disk while a caller waits. */
export function createSoundLibrary(languages: readonly LanguageSounds[]): Prompts {
  const byLanguage = new Map(languages.map((sounds) => [sounds.catalogue.language, sounds]));
  return {
    languages: [...byLanguage.keys()].sort(),
    say: (language, items) => say(byLanguage.get(language), language, items),
    speaksCurrency: (language, currency) => byLanguage.get(language)?.catalogue.currencies.has(currency) ?? false,
    gaps: (language, ids, speaksValues = false) => gaps(byLanguage.get(language), language, ids, speaksValues),
    unfilled: (language, prompt, behind) => {
      const sounds = byLanguage.get(language);
      return sounds === undefined ? [] : unfilled(prompt, behind, sounds.catalogue);
    },
  };
}

/**
 * Where Asterisk finds a recording: in `sounds/<language>/hushtone/` of its data directory. It looks there first with the
 * channel's own language before the name and then without, so a call may speak another one than its channel's.
 */
function mediaOf(language: string, sound: string): string {
  return `sound:${language}/hushtone/${sound}`;
}

function say(sounds: LanguageSounds | undefined, language: string, items: readonly SayItem[]): Spoken {
  if (sounds === undefined)
    return { media: [], words: '', missing: [`everything: there is no language "${language}"`] };
  const spoken = speakItems(items, sounds.catalogue, (sound) => sounds.recorded.has(sound));
  return {
    media: spoken.sounds.map((sound) => mediaOf(language, sound)),
    words: spoken.words,
    missing: spoken.missing,
  };
}

function gaps(
  sounds: LanguageSounds | undefined,
  language: string,
  ids: readonly string[],
  speaksValues: boolean,
): PromptGap[] {
  const unique = [...new Set(ids)];
  if (sounds === undefined) {
    return unique.map((prompt) => ({ language, prompt, reason: 'no-language', nearest: null }));
  }
  const { catalogue, recorded } = sounds;
  const found = unique.flatMap((prompt) => promptGap(catalogue, recorded, prompt));
  if (!speaksValues) return found;
  const unrecorded = valueSoundIds(catalogue).filter((sound) => !recorded.has(sound));
  return [...found, ...unrecorded.map((sound) => gap(catalogue, sound, 'no-recording'))];
}

function promptGap(catalogue: Catalogue, recorded: ReadonlySet<string>, prompt: string): PromptGap[] {
  const parts = catalogue.prompts.get(prompt) ?? (catalogue.tones.has(prompt) ? [{ sound: prompt }] : null);
  if (parts === null) return [gap(catalogue, prompt, 'no-words', nearest(prompt, catalogue.prompts.keys()))];
  const complete = parts.every((part) => !('sound' in part) || recorded.has(part.sound));
  return complete ? [] : [gap(catalogue, prompt, 'no-recording')];
}

function gap(
  catalogue: Catalogue,
  prompt: string,
  reason: PromptGap['reason'],
  close: string | null = null,
): PromptGap {
  return { language: catalogue.language, prompt, reason, nearest: close };
}

/** The sound ids of a catalogue that `files` (names under the language's folder) hold a recording of. */
export function recordedSounds(catalogue: Catalogue, files: Iterable<string>): Set<string> {
  const present = new Set(files);
  return new Set(soundIds(catalogue).filter((id) => EXTENSIONS.some((extension) => present.has(`${id}.${extension}`))));
}
