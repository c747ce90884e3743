import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { lock } from '../asterisk/file-lock';
import type { Catalogue } from '../flow/prompts/catalogue';
import { parseCatalogue } from '../flow/prompts/parse-catalogue';
import { readOptions as optionsOf } from './command-line';
import { fileTrouble, handle } from './recordings/file-trouble';
import type { Plan } from './recordings/plan-recordings';
import { LanguageFolder } from './recordings/record-language';
import type { Speaker } from './recordings/text-to-speech';

/** What the command works on; the entry point hands it in. */
export interface PromptsBuildWorld {
  /** Folder that holds one folder per language. */
  readonly soundsDir: string;
  /** Text-to-speech command from the environment (`HUSHTONE_TTS_COMMAND`), or null. */
  readonly command: string | null;
  /** Makes a text-to-speech of a command; called when there is something to speak. */
  readonly createSpeaker: (command: string) => Promise<Speaker>;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
}

const LOCK_FILE = '.prompts-build.lock';

const USAGE = `usage: hushtone prompts build [--language CODE]... [--check] [--force] [--command "..."]

  --language CODE   only this language; may be repeated
  --check           record nothing; exit 1 if a recording is missing or its words have changed
  --force           record everything again, except what a person recorded
  --command "..."   text-to-speech command; {text}, {ssml}, {voice}, {speed}, {pitch}, {range} and {output} are filled in`;

interface Options {
  readonly languages: readonly string[];
  readonly check: boolean;
  readonly force: boolean;
  readonly command: string | null;
}

/** `hushtone prompts build`: records what is missing or whose words changed. Resolves with the exit code; never rejects. */
export async function promptsBuild(args: readonly string[], world: PromptsBuildWorld): Promise<number> {
  try {
    const options = readOptions(args, world);
    if (options === null) {
      world.print(USAGE);
      return 0;
    }
    const languages = chooseLanguages(options, world.soundsDir);
    const release = options.check ? null : await waitForOtherBuild(world);
    try {
      return (await buildAll(languages, options, world)) ? 0 : 1;
    } finally {
      release?.();
    }
  } catch (error) {
    world.printError(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

/** Two builds at once would write the same files. Resolves with what lets the next one begin. */
async function waitForOtherBuild({ soundsDir, print }: PromptsBuildWorld): Promise<() => void> {
  try {
    return await lock(path.join(soundsDir, LOCK_FILE), (pid) => {
      print(`another \`hushtone prompts build\` is under way (process ${pid}); waiting for its end`);
    });
  } catch (error) {
    throw fileTrouble(soundsDir, 'written', error);
  }
}

async function buildAll(languages: readonly string[], options: Options, world: PromptsBuildWorld): Promise<boolean> {
  let well = true;
  for (const language of languages) well = (await buildLanguage(language, options, world)) && well;
  return well;
}

/** Null when help was asked for. */
function readOptions(args: readonly string[], world: PromptsBuildWorld): Options | null {
  const { values, positionals } = optionsOf('prompts build', args, {
    language: { type: 'string', multiple: true, default: [] },
    check: { type: 'boolean', default: false },
    force: { type: 'boolean', default: false },
    command: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  const [word] = positionals;
  if (word !== undefined)
    throw new Error(`\`prompts build\` takes no \`${word}\`; for one language: --language ${word}`);
  if (values.help) return null;
  const { language: languages, check, force } = values;
  return { languages, check, force, command: values.command ?? world.command };
}

function chooseLanguages({ languages }: Options, soundsDir: string): readonly string[] {
  if (!existsSync(soundsDir)) throw new Error(`the folder of sounds, ${soundsDir}, does not exist`);
  const present = readdirSync(soundsDir).filter((name) => existsSync(path.join(soundsDir, name, 'catalog.yaml')));
  if (present.length === 0) throw new Error(`no language was found: ${soundsDir} has no folder with a catalog.yaml`);
  const unknown = languages.find((language) => !present.includes(language));
  if (unknown !== undefined) {
    throw new Error(`there is no ${path.join(soundsDir, unknown, 'catalog.yaml')}; there is ${present.join(', ')}`);
  }
  return languages.length === 0 ? present : languages;
}

/** Resolves with false when something is wrong, after saying what. */
async function buildLanguage(language: string, options: Options, world: PromptsBuildWorld): Promise<boolean> {
  const catalogue = readCatalogue(language, world);
  if (catalogue === null) return false;
  const folder = new LanguageFolder(path.join(world.soundsDir, language), catalogue, options.command);
  const plan = folder.plan(options.force && !options.check);
  const sound = reportPeoplesFiles(language, plan, world);
  if (options.check) return reportCheck(language, plan, world) && sound;
  await folder.carryOut(plan, speakWhenNeeded(folder.command, world), (recorded, done, of) => {
    world.print(`${language}: ${done}/${of} ${recorded.id} (${recorded.reason ?? ''})`);
  });
  world.print(`${language}: ${summary(plan)}`);
  return sound;
}

/** The text-to-speech is looked for at the first words to be spoken, so that a build without any needs none. */
function speakWhenNeeded(command: string, world: PromptsBuildWorld): Speaker {
  let speaker: Promise<Speaker> | null = null;
  return async (speech) => {
    speaker ??= world.createSpeaker(command);
    return (await speaker)(speech);
  };
}

function readCatalogue(language: string, world: PromptsBuildWorld): Catalogue | null {
  const file = path.join(world.soundsDir, language, 'catalog.yaml');
  const { catalogue, mistakes } = parseCatalogue(
    handle(file, 'read', () => readFileSync(file, 'utf8')),
    file,
  );
  for (const { place, message } of mistakes) {
    world.printError(`${place.file}:${place.line}:${place.column}: ${message}`);
  }
  if (catalogue === null || catalogue.language === language) return catalogue;
  world.printError(
    `${file}:1:1: the folder is "${language}", but the catalogue says "language: ${catalogue.language}"`,
  );
  return null;
}

/** False when a person's file cannot be played, or says other words. */
function reportPeoplesFiles(language: string, plan: Plan, world: PromptsBuildWorld): boolean {
  for (const { file, why } of plan.strangers) world.printError(`${language}: ${file} is not used: ${why}`);
  const bad = plan.sounds.flatMap(({ unplayable }) => unplayable);
  for (const { file, why } of bad) {
    world.printError(
      `${language}: your ${file} cannot be played: ${why}; or put it into studio/, from where it is converted`,
    );
  }
  const other = plan.sounds.filter(({ otherWords }) => otherWords);
  for (const { id } of other) {
    world.printError(
      `${language}: studio/${id}.wav was taken for other words than the catalogue has now; replace it, or keep it for these with --force`,
    );
  }
  return bad.length + other.length === 0;
}

function reportCheck(language: string, plan: Plan, world: PromptsBuildWorld): boolean {
  const stale = plan.sounds.filter(({ action }) => action === 'record');
  for (const { id, reason } of stale) {
    world.printError(
      `${language}: ${id} ${reason === 'missing' ? 'has no recording' : 'was recorded with other words or another voice'}`,
    );
  }
  for (const file of plan.leftovers) world.printError(`${language}: ${file} is no longer needed`);
  if (stale.length === 0 && plan.leftovers.length === 0) {
    world.print(`${language}: ${summary(plan)}`);
    return true;
  }
  world.printError(`${language}: run \`hushtone prompts build\``);
  return false;
}

function summary({ sounds, leftovers }: Plan): string {
  const count = (action: string): number => sounds.filter((sound) => sound.action === action).length;
  const parts = [
    `${sounds.length} sounds`,
    `${count('record')} recorded`,
    `${count('keep')} unchanged`,
    `${count('own')} your own`,
  ];
  return [...parts, ...(leftovers.length > 0 ? [`${leftovers.length} old files removed`] : [])].join(', ');
}
