import path from 'node:path';
import { missingNeeds } from '../connector/check-needs';
import { unusableSecrets } from '../connector/check-secrets';
import { loadConnectorFiles, loadConnectors, loadSecrets, secretsFileOf, SETTING_NAMES } from '../connector/run-load';
import type { Mistake } from '../flow/ast';
import { inWords as findingInWords } from '../observe/findings';
import { secretsFindings } from '../observe/inspect-host';
import { maskDigitRuns } from '../observe/redaction';

const USAGE = `usage: hushtone connector check [FILE...]

Checks connector files, or all of flows/connectors, and the secrets that they name. It takes no options.`;

/**
 * `hushtone connector check [FILE...]`: checks connector files, or all of the flows folder, and that every secret they name is
 * in the secrets file. Prints every mistake with its place.
 *
 * @returns 0 when all is well, 1 otherwise.
 */
export async function runConnectorCheck(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const isHelp = argv.includes('--help') || argv.includes('-h');
  if (isHelp || argv.some((each) => each.startsWith('-'))) {
    (isHelp ? console.log : console.error)(USAGE);
    return isHelp ? 0 : 1;
  }
  const flowsFolder = env.HUSHTONE_FLOWS_DIR ?? 'flows';
  const loaded =
    argv.length > 0 ? await loadConnectorFiles(argv) : await loadConnectors(path.join(flowsFolder, 'connectors'));
  const secretsFile = secretsFileOf(env.HUSHTONE_SECRETS_FILE ?? null, flowsFolder);
  const secrets = await loadSecrets(secretsFile);
  const exposed = secretsFindings(env.HUSHTONE_SECRETS_FILE ?? null).filter(({ level }) => level !== 'ok');
  for (const finding of exposed) console.error(`warning: ${findingInWords(finding)}`);
  const names = Object.keys(secrets.secrets);
  const needs = missingNeeds(loaded.drafts, SETTING_NAMES, names, secretsFile);
  // Which secrets are in a file that cannot be read, or is no YAML, nobody knows.
  const isUnreadable = secrets.mistakes.length > 0 && names.length === 0;
  const missing = needs.filter(({ rule }) => rule !== 'secret-missing' || !isUnreadable);
  const unusable = [...loaded.connectors.values()].flatMap((each) => unusableSecrets(each, secrets.secrets));
  const mistakes = [...loaded.mistakes, ...secrets.mistakes, ...missing, ...unusable];
  for (const mistake of mistakes) console.error(inWords(mistake));
  if (mistakes.length > 0) {
    console.error(`${mistakes.length} ${mistakes.length === 1 ? 'mistake' : 'mistakes'}`);
    return 1;
  }
  console.log(`${loaded.connectors.size} ${loaded.connectors.size === 1 ? 'connector is' : 'connectors are'} well`);
  return 0;
}

export function inWords({ place, rule, message }: Mistake): string {
  const fromHere = path.relative('', place.file);
  // Somebody may have put a card number in the place of a file.
  const file = maskDigitRuns(fromHere.startsWith('..') ? place.file : fromHere);
  return `${file}:${place.line}:${place.column}: ${rule}: ${message}`;
}
