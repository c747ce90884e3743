import { soundIds, type Catalogue } from '../../flow/prompts/catalogue';
import { EXTENSIONS, RATES, fingerprintOf, marginsOf, type Recipe } from './make-recording';
import { fingerprint, type Manifest } from './manifest';
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
  /** What Asterisk would refuse about a person's file. */
  readonly problem: string | null;
}

export interface Plan {
  readonly sounds: readonly Planned[];
  /** Files that this tool made for words that are no longer in the catalogue, or that a person's file replaces. */
  readonly leftovers: readonly string[];
  /** Studio files whose name is no sound of the catalogue. */
  readonly strangers: readonly string[];
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

/** What has to be recorded, and what must not be touched. */
export function planRecordings(situation: Situation): Plan {
  const ids = soundIds(situation.catalogue);
  const sounds = ids.map((id) => planSound(id, situation));
  const known = new Set(ids);
  const own = new Set(sounds.filter(({ action }) => action === 'own').map(({ id }) => id));
  const leftovers = [...situation.manifest.sounds.keys()]
    .filter((id) => !known.has(id) || own.has(id))
    .flatMap((id) => madeFiles(id, situation));
  const strangers = situation.files.filter(
    (file) => file.startsWith(STUDIO) && file.endsWith('.wav') && !known.has(file.slice(STUDIO.length, -'.wav'.length)),
  );
  return { sounds, leftovers, strangers };
}

function planSound(id: string, situation: Situation): Planned {
  const recipe = recipeOf(id, situation);
  const present = EXTENSIONS.map((extension) => ({ extension, content: situation.read(`${id}.${extension}`) }));
  const made = situation.manifest.sounds.get(id);
  const foreign = present.filter(
    ({ extension, content }) => content !== null && fingerprint(content) !== made?.files[extension],
  );
  if (foreign.length > 0) {
    const problems = foreign.map(({ extension, content }) => unplayable(content ?? Buffer.alloc(0), RATES[extension]));
    return { id, recipe, action: 'own', reason: null, problem: problems.find((problem) => problem !== null) ?? null };
  }
  const reason = reasonToRecord(
    recipe,
    made?.from,
    present.every(({ content }) => content !== null),
    situation.force,
  );
  return { id, recipe, action: reason === null ? 'keep' : 'record', reason, problem: null };
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
    return { kind: 'studio', file: locate(`${STUDIO}${id}.wav`), content: fingerprint(studio), margins };
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
