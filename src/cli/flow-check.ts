import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describeConnector } from '../connector/describe';
import { loadConnectors } from '../connector/run-load';
import { messageOf } from '../errors';
import { parseAccounts } from '../flow/accounts';
import type { Mistake } from '../flow/ast';
import { formatMistake, inOrder } from '../flow/check/check-flow';
import type { FlowWorld } from '../flow/check/world';
import type { FlowFile } from '../flow/load-flows';
import { isFlowFile, loadFlows } from '../flow/load-flows';
import { loadSounds } from '../flow/run/load-sounds';
import { createSoundLibrary } from '../flow/run/sound-library';
import { flowSchemaText } from '../flow/schema';
import { FlowTargets, parseTargets } from '../flow/targets';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `hushtone flow check [FILE...]`: checks flow files wherever they are, or all of the flows folder with its targets and accounts. What
 * flows name is looked up in the configured folders. Prints every mistake with its place.
 *
 * @returns 0 when all is well, 1 otherwise.
 */
export async function runFlowCheck(argv: readonly string[], env: Environment): Promise<number> {
  const flowsFolder = env.HUSHTONE_FLOWS_DIR ?? 'flows';
  const soundsFolder = env.HUSHTONE_SOUNDS_DIR ?? 'sounds';
  const reading = new Reading();
  const paths = argv.length > 0 ? argv : reading.list(flowsFolder).filter(isFlowFile);
  const files = paths.flatMap((file) => reading.file(file) ?? []);
  const world = await readWorld(reading, flowsFolder, soundsFolder, argv.length === 0);
  const loaded = loadFlows(files, world);
  const mistakes = inOrder([...reading.mistakes, ...loaded.mistakes]);
  for (const mistake of mistakes) console.error(formatMistake(mistake));
  if (mistakes.length > 0) {
    console.error(`${counted(files.length, 'flow')}, ${counted(mistakes.length, 'mistake')}`);
    return 1;
  }
  console.log(`${counted(files.length, 'flow')}, no mistakes`);
  return 0;
}

/** `hushtone flow schema`: prints the JSON Schema of flow files, for editors. */
export function runFlowSchema(): Promise<number> {
  process.stdout.write(flowSchemaText());
  return Promise.resolve(0);
}

/** Reads files, keeping what cannot be read as a mistake with its reason. */
class Reading {
  readonly mistakes: Mistake[] = [];

  file(file: string): FlowFile | null {
    try {
      return { path: file, text: readFileSync(file, 'utf8') };
    } catch (error) {
      this.report(file, error);
      return null;
    }
  }

  list(folder: string): readonly string[] {
    try {
      return readdirSync(folder)
        .sort()
        .map((name) => path.join(folder, name));
    } catch (error) {
      this.report(folder, error);
      return [];
    }
  }

  report(file: string, error: unknown): void {
    const place = { file, line: 1, column: 1 };
    this.mistakes.push({ rule: 'unreadable', message: `cannot be read: ${reasonOf(error)}`, place });
  }
}

/** `everything`: mistakes of what flows are checked against are reported too, not only used. */
async function readWorld(
  reading: Reading,
  flowsFolder: string,
  soundsFolder: string,
  everything: boolean,
): Promise<FlowWorld> {
  const loaded = await loadConnectors(path.join(flowsFolder, 'connectors'));
  const connectors = new Map([...loaded.connectors.values()].map((each) => [each.id, describeConnector(each)]));
  const targetsFile = path.join(flowsFolder, 'targets.yaml');
  const targetsText = existsSync(targetsFile) ? (reading.file(targetsFile)?.text ?? null) : null;
  const targets = targetsText === null ? null : parseTargets(targetsFile, targetsText);
  const sounds = readSounds(reading, soundsFolder);
  if (everything) {
    const accountsFile = path.join(flowsFolder, 'accounts.yaml');
    const accounts = existsSync(accountsFile) ? reading.file(accountsFile) : null;
    reading.mistakes.push(...loaded.mistakes, ...(targets?.mistakes ?? []));
    if (accounts !== null) reading.mistakes.push(...parseAccounts(accounts.path, accounts.text, connectors).mistakes);
  }
  return {
    connectors,
    brokenConnectors: new Set(loaded.mistakes.map(({ place }) => path.basename(place.file).replace(/\.ya?ml$/, ''))),
    prompts: sounds,
    targets: targets?.targets ?? new FlowTargets([], null),
  };
}

function readSounds(reading: Reading, folder: string): FlowWorld['prompts'] {
  try {
    const { languages, mistakes } = loadSounds(folder, { existsSync, readdirSync, readFileSync });
    reading.mistakes.push(...mistakes);
    return createSoundLibrary(languages);
  } catch (error) {
    reading.report(folder, error);
    return createSoundLibrary([]);
  }
}

function reasonOf(error: unknown): string {
  const code = String((error as { code?: unknown } | null)?.code);
  return REASONS[code] ?? messageOf(error);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is nothing of this name',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'it is a file, not a folder',
};

function counted(count: number, word: string): string {
  return `${count} ${count === 1 ? word : `${word}s`}`;
}
