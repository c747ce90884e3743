import type * as fs from 'node:fs';
import type { Mistake } from '../ast';
import { parseCatalogue } from '../prompts/parse-catalogue';
import { recordedSounds, type LanguageSounds } from './sound-library';

/** The part of `node:fs` that is needed; main hands it in. */
export type SoundFiles = Pick<typeof fs, 'readdirSync' | 'readFileSync' | 'existsSync'>;

export interface LoadedSounds {
  readonly languages: readonly LanguageSounds[];
  /** Mistakes of every catalogue; a language with any is not among `languages`. */
  readonly mistakes: readonly Mistake[];
}

/**
 * Reads `<folder>/<language>/catalog.yaml` of every language and looks which recordings exist. A folder without a catalogue
 * is not a language. Throws the file system's error when `folder` cannot be read.
 */
export function loadSounds(folder: string, files: SoundFiles): LoadedSounds {
  const languages: LanguageSounds[] = [];
  const mistakes: Mistake[] = [];
  for (const entry of files.readdirSync(folder, { withFileTypes: true })) {
    const file = `${folder}/${entry.name}/catalog.yaml`;
    if (!entry.isDirectory() || !files.existsSync(file)) continue;
    const parsed = parseCatalogue(files.readFileSync(file, 'utf8'), file);
    mistakes.push(...parsed.mistakes);
    if (parsed.catalogue === null) continue;
    if (parsed.catalogue.language !== entry.name) {
      const message = `the catalogue of the folder "${entry.name}" says "language: ${parsed.catalogue.language}"`;
      mistakes.push({ rule: 'catalogue', message, place: { file, line: 1, column: 1 } });
      continue;
    }
    const present = files.readdirSync(`${folder}/${entry.name}`, { recursive: true, encoding: 'utf8' });
    languages.push({ catalogue: parsed.catalogue, recorded: recordedSounds(parsed.catalogue, present) });
  }
  return { languages, mistakes };
}
