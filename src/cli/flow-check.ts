import { accessSync, constants, statSync } from 'node:fs';
import { checkDefinitions } from '../definitions';
import { isError, messageOf } from '../errors';
import type { Mistake } from '../flow/ast';
import { formatMistake, inOrder } from '../flow/check/check-flow';
import { flowReference } from '../flow/reference';
import { flowSchemaText } from '../flow/schema';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `hushtone flow check [FILE...]`: checks flow files wherever they are, or all of the flows folder. What flows name is looked up in the
 * configured folders, which are checked with them. Prints every mistake with its place.
 *
 * @returns 0 when all is well, 1 otherwise.
 */
export async function runFlowCheck(argv: readonly string[], env: Environment): Promise<number> {
  const unreadable = argv.flatMap(whyUnreadable);
  const readable = argv.filter((file) => unreadable.every(({ place }) => place.file !== file));
  const folders = {
    flowsDir: env.HUSHTONE_FLOWS_DIR ?? 'flows',
    soundsDir: env.HUSHTONE_SOUNDS_DIR ?? 'sounds',
    secretsFile: env.HUSHTONE_SECRETS_FILE ?? null,
  };
  try {
    const checked = await checkDefinitions(folders, argv.length > 0 ? readable : undefined);
    return tell(checked.files, inOrder([...unreadable, ...checked.mistakes]), checked.definitions.warnings);
  } catch (error) {
    if (!isError(error, 'flow-unreadable')) throw error;
    for (const mistake of unreadable) console.error(formatMistake(mistake));
    console.error(error.message);
    return 1;
  }
}

/** `hushtone flow reference`: prints the reference of the flow language, as `docs/ops/flow-reference.md` has it. */
export function runFlowReference(): Promise<number> {
  process.stdout.write(flowReference());
  return Promise.resolve(0);
}

/** `hushtone flow schema`: prints the JSON Schema of flow files, for editors. */
export function runFlowSchema(): Promise<number> {
  process.stdout.write(flowSchemaText());
  return Promise.resolve(0);
}

function tell(files: number, mistakes: readonly Mistake[], warnings: readonly Mistake[]): number {
  for (const mistake of [...mistakes, ...warnings]) console.error(formatMistake(mistake));
  if (mistakes.length > 0) {
    console.error(`${counted(files, 'flow')}, ${counted(mistakes.length, 'mistake')}`);
    return 1;
  }
  const warned = warnings.length === 0 ? '' : `, ${counted(warnings.length, 'warning')}`;
  console.log(`${counted(files, 'flow')}, no mistakes${warned}`);
  return 0;
}

function whyUnreadable(file: string): readonly Mistake[] {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).isDirectory() ? [unreadable(file, 'it is a folder, not a file')] : [];
  } catch (error) {
    const code = String((error as { code?: unknown } | null)?.code);
    return [unreadable(file, REASONS[code] ?? messageOf(error))];
  }
}

function unreadable(file: string, why: string): Mistake {
  return { rule: 'unreadable', message: `cannot be read: ${why}`, place: { file, line: 1, column: 1 } };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is nothing of this name',
  EACCES: 'this user may not read it',
};

function counted(count: number, word: string): string {
  return `${count} ${count === 1 ? word : `${word}s`}`;
}
