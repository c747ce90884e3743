import { checkDefinitions } from '../definitions';
import { isError } from '../errors';
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
  const folders = {
    flowsDir: env.HUSHTONE_FLOWS_DIR ?? 'flows',
    soundsDir: env.HUSHTONE_SOUNDS_DIR ?? 'sounds',
    secretsFile: env.HUSHTONE_SECRETS_FILE ?? null,
  };
  try {
    const checked = await checkDefinitions(folders, argv.length > 0 ? argv : undefined);
    return tell(checked.files, inOrder(checked.mistakes), checked.definitions.warnings);
  } catch (error) {
    if (!isError(error, 'flow-unreadable')) throw error;
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

function counted(count: number, word: string): string {
  return `${count} ${count === 1 ? word : `${word}s`}`;
}
