import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../errors';
import type { Mistake } from '../flow/ast';
import type { Connector } from './ast';
import { parseConnector } from './parse-connector';
import { parseInteraction } from './parse-interaction';
import { parseSecrets } from './parse-secrets';
import type { ParsedSecrets } from './parse-secrets';
import { readDefinition, unreadable } from './run-read-file';

export interface LoadedConnectors {
  readonly connectors: ReadonlyMap<string, Connector>;
  /** Those with mistakes too, as far as they could be read: to look for what else is wrong with them. */
  readonly drafts: readonly Connector[];
  readonly mistakes: readonly Mistake[];
}

/** Names of what `{{ settings.name }}` in a connector can be; main gives their values. */
export const SETTING_NAMES = ['sandbox_url'] as const;

/** Reads every connector of a folder (`flows/connectors`). A file with mistakes is left out and reported. */
export async function loadConnectors(folder: string): Promise<LoadedConnectors> {
  try {
    const names = await readdir(folder);
    const files = names.filter((name) => /\.(ya?ml|xml)$/.test(name)).sort();
    return await loadConnectorFiles(files.map((name) => path.join(folder, name)));
  } catch (error) {
    return { connectors: new Map(), drafts: [], mistakes: [unreadable(folder, whyNoFolder(error))] };
  }
}

/** The same for files wherever they are. */
export async function loadConnectorFiles(files: readonly string[]): Promise<LoadedConnectors> {
  const mistakes: Mistake[] = [];
  const connectors = new Map<string, Connector>();
  const drafts: Connector[] = [];
  for (const file of files) {
    const text = await readDefinition(file);
    if (typeof text !== 'string') {
      mistakes.push(text);
      continue;
    }
    const parsed = file.endsWith('.xml') ? parseInteraction(text, file) : parseConnector(text, file);
    mistakes.push(...parsed.mistakes);
    const { connector, draft } = parsed;
    if (draft !== null) drafts.push(draft);
    if (connector === null) continue;
    const other = connectors.get(connector.id);
    if (other !== undefined) mistakes.push(twice(file, connector.id, other.file));
    else connectors.set(connector.id, connector);
  }
  return { connectors, drafts, mistakes };
}

/** Where a deployment that names no secrets file finds the sandbox's public credentials. */
export function secretsFileOf(configured: string | null, flowsFolder: string): string {
  return configured ?? path.join(flowsFolder, 'sandbox-secrets.yaml');
}

/** Reads a secrets file; one that cannot be read is a mistake with its reason. */
export async function loadSecrets(file: string): Promise<ParsedSecrets> {
  const text = await readDefinition(file);
  if (typeof text === 'string') return parseSecrets(text, file);
  const todo =
    'HUSHTONE_SECRETS_FILE says where the secrets are: a file of lines `name: value`, readable by this user alone';
  return { secrets: {}, mistakes: [{ ...text, message: `${text.message}; ${todo}` }] };
}

function twice(file: string, id: string, other: string): Mistake {
  const message = `there is a connector \`${id}\` already, in ${other}: give one of the two files another name`;
  return { rule: 'bad-name', message, place: { file, line: 1, column: 1 } };
}

function whyNoFolder(error: unknown): string {
  return (error as { code?: unknown } | null)?.code === 'ENOENT' ? 'there is no such folder' : messageOf(error);
}
