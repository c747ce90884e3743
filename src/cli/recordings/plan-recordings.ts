import { soundIds, type Catalogue } from '../../flow/prompts/catalogue';
import { EXTENSIONS, fingerprintOf, marginsOf, type Recipe } from './make-recording';
import { fingerprint, type MadeSound, type Manifest } from './manifest';
import { unplayable } from './wav';

/** The files of one language's folder, by path under it; a missing file is null. */
export type ReadFile = (path: string) => Buffer | null;

export interface Planned {
  readonly id: string;
  readonly recipe: Recipe;
  /** `own`: a person put the file there, so it stays as it is. */
  readonly action: 'record' | 'keep' | 'own';
  /** Why it is recorded. */
  readonly reason: 'missing' | 'changed' | 'forced' | null;
  /** Person's files that Asterisk would refuse; they are as good as not there. */
  readonly unplayable: readonly Unusable[];
  /** The catalogue's words are no longer those that the studio file was taken for. */
  readonly otherWords: boolean;
}

export interface Unusable {
  readonly file: string;
  readonly why: string;
}

export interface Plan {
  readonly sounds: readonly Planned[];
  /** Files that this tool made: for words that are no longer in the catalogue, that a person's replaces, or of old formats. */
  readonly leftovers: readonly string[];
  /** Files of a person that nothing uses, in the studio folder or out of it. */
  readonly strangers: readonly Unusable[];
}

export interface Situation {
  readonly catalogue: Catalogue;
  readonly manifest: Manifest;
  readonly command: string;
  /** Every file under the language's folder. */
  readonly files: readonly string[];
  readonly read: ReadFile;
  /** Full path of a file, for messages and reading. */
  readonly locate: (path: string) => string;
  readonly force: boolean;
}

const STUDIO = 'studio/';
/** Extension -> sampling rate of the files that a person may put in a recording's place. */
const PERSONS: Readonly<Record<string, number>> = { wav: 8000, wav16: 16_000 };
const PLAYABLE: readonly string[] = [...EXTENSIONS, ...Object.keys(PERSONS)];
/** What else a person may take for a recording. */
const SOUND = /\.(?:wav\w*|mp3|mp4|m4a|aac|og[ga]|opus|flac|aiff?|wma|amr|gsm|webm|caf|ulaw|alaw|g722|sln\d*)$/i;

/** What has to be recorded, and what must not be touched. */
export function planRecordings(situation: Situation): Plan {
  const ids = soundIds(situation.catalogue);
  const sounds = ids.map((id) => planSound(id, situation));
  const known = new Set(ids);
  const own = new Set(sounds.filter(({ action }) => action === 'own').map(({ id }) => id));
  const leftovers = [...situation.manifest.sounds.keys()].flatMap((id) => {
    const made = madeFiles(id, situation);
    return known.has(id) && !own.has(id) ? made.filter(isOfAnEarlierFormat) : made;
  });
  const strangers = situation.files
    .filter((file) => SOUND.test(file) && !leftovers.includes(file))
    .flatMap((file) => {
      const why = uselessness(file, known);
      return why === null ? [] : [{ file, why }];
    });
  return { sounds, leftovers, strangers };
}

/** Why nothing uses a file, or null. */
function uselessness(file: string, known: ReadonlySet<string>): string | null {
  if (!known.has(idOf(file))) return 'the catalogue has no sound of this name';
  const taken = file.startsWith(STUDIO) ? ['wav'] : PLAYABLE;
  if (taken.some((extension) => file.endsWith(`.${extension}`))) return null;
  return file.startsWith(STUDIO)
    ? 'in studio/ only names that end in .wav, in small letters, are looked at'
    : 'only .wav and .wav16, in small letters, are; or save it as WAV in studio/, from where it is converted';
}

/** The sound that a file is for, a studio's included. */
function idOf(file: string): string {
  return file.replace(STUDIO, '').replace(/\.\w+$/, '');
}

function isOfAnEarlierFormat(file: string): boolean {
  return !EXTENSIONS.some((extension) => file.endsWith(`.${extension}`));
}

function planSound(id: string, situation: Situation): Planned {
  const recipe = recipeOf(id, situation);
  const present = PLAYABLE.flatMap((extension) => {
    const content = situation.read(`${id}.${extension}`);
    return content === null ? [] : [{ extension, content }];
  });
  const made = situation.manifest.sounds.get(id);
  const foreign = present.filter(({ extension, content }) => fingerprint(content) !== made?.files[extension]);
  const unplayable = unplayableOf(id, foreign);
  if (foreign.length > unplayable.length) {
    return { id, recipe, action: 'own', reason: null, unplayable, otherWords: false };
  }
  const complete = EXTENSIONS.every((wanted) => present.some(({ extension }) => extension === wanted));
  const reason = reasonToRecord(recipe, made?.from, complete, situation.force);
  const otherWords = reason === null && hasOtherWords(recipe, made);
  return { id, recipe, action: reason === null ? 'keep' : 'record', reason, unplayable, otherWords };
}

interface Present {
  readonly extension: string;
  readonly content: Buffer;
}

function unplayableOf(id: string, files: readonly Present[]): Unusable[] {
  const problems = files.map(({ extension, content }) => problemOf(extension, content));
  // Most calls could not hear it.
  const onlyWideband = files.every(({ extension }, index) => extension === 'wav16' || problems[index] !== null);
  return files.flatMap(({ extension }, index) => {
    const why = problems[index] ?? (onlyWideband ? `${id}.wav, the same at 8 kHz, must be beside it` : null);
    return why === null ? [] : [{ file: `${id}.${extension}`, why }];
  });
}

/** A file without a header may hold anything. */
function problemOf(extension: string, content: Buffer): string | null {
  const rate = PERSONS[extension];
  return rate === undefined ? null : unplayable(content, rate);
}

function hasOtherWords(recipe: Recipe, made: MadeSound | undefined): boolean {
  return recipe.kind === 'studio' && made?.words !== undefined && made.words !== recipe.words;
}

function reasonToRecord(
  recipe: Recipe,
  from: string | undefined,
  complete: boolean,
  force: boolean,
): Planned['reason'] {
  if (!complete) return 'missing';
  if (from !== fingerprintOf(recipe)) return 'changed';
  return force ? 'forced' : null;
}

function recipeOf(id: string, { catalogue, command, read, locate }: Situation): Recipe {
  const sound = catalogue.sounds.get(id);
  const studio = read(`${STUDIO}${id}.wav`);
  const tone = catalogue.tones.get(id);
  if (studio !== null) {
    const margins = marginsOf(sound ?? { kind: 'prompt', endsSentence: false });
    const words = fingerprint(sound?.words ?? '');
    return { kind: 'studio', file: locate(`${STUDIO}${id}.wav`), content: fingerprint(studio), words, margins };
  }
  if (tone !== undefined) return { kind: 'tone', tone };
  if (sound === undefined) throw new Error(`"${id}" is not in the catalogue`);
  return { kind: 'speech', sound, voice: catalogue.voice, command };
}

/** The files of `id` that are still as this tool made them. */
function madeFiles(id: string, { manifest, read }: Situation): string[] {
  return Object.entries(manifest.sounds.get(id)?.files ?? {}).flatMap(([extension, made]) => {
    const content = read(`${id}.${extension}`);
    return content !== null && fingerprint(content) === made ? [`${id}.${extension}`] : [];
  });
}
