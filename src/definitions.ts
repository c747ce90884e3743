import * as fs from 'node:fs';
import path from 'node:path';
import type { Config } from './config';
import type { Connector } from './connector/ast';
import { missingNeeds } from './connector/check-needs';
import { describeConnector, type ConnectorDescription } from './connector/describe';
import { needsOf } from './connector/needs';
import { loadConnectors, loadSecrets, secretsFileOf, SETTING_NAMES } from './connector/run-load';
import { HushtoneError, messageOf } from './errors';
import type { Mistake } from './flow/ast';
import { parseAccounts } from './flow/accounts';
import { compileFlow, type CompiledFlow } from './flow/compile/compile-flow';
import { isFlowFile, loadFlows, type FlowFile } from './flow/load-flows';
import { loadSounds, type LoadedSounds } from './flow/run/load-sounds';
import { createSoundLibrary } from './flow/run/sound-library';
import { parseTargets, type FlowTargets } from './flow/targets';
import type { Finding } from './ports/findings';
import type { Prompts } from './ports/prompts';

/** What ops people wrote, read and checked: flows, connectors, secrets, targets, accounts and recordings. */
export interface Definitions {
  /** By the number that starts them. */
  readonly flows: ReadonlyMap<string, CompiledFlow>;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly descriptions: ReadonlyMap<string, ConnectorDescription>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly prompts: Prompts;
  /** Language of some flow -> ids of its recordings. */
  readonly recordings: ReadonlyMap<string, ReadonlySet<string>>;
  readonly targets: FlowTargets;
  /** What is right in the flows but will not do what it says. */
  readonly warnings: readonly Mistake[];
  /** True when a connector points at the sandbox. */
  readonly needsSandbox: boolean;
}

export type Folders = Pick<Config, 'flowsDir' | 'soundsDir' | 'secretsFile'>;

export interface CheckedDefinitions {
  readonly definitions: Definitions;
  readonly mistakes: readonly Mistake[];
  /** How many flow files there are. */
  readonly files: number;
}

/** Reads everything. @throws HushtoneError `flow-invalid` that lists every mistake with its place. */
export async function loadDefinitions(folders: Folders): Promise<Definitions> {
  const { definitions, mistakes } = await checkDefinitions(folders);
  if (mistakes.length > 0) {
    const these = mistakes.length === 1 ? 'this one' : `these ${mistakes.length}`;
    throw new HushtoneError(
      'flow-invalid',
      `correct ${these} and start again\n${mistakes.map((mistake) => `  ${inWords(mistake)}`).join('\n')}`,
    );
  }
  if (definitions.flows.size === 0) {
    throw new HushtoneError(
      'flow-unreadable',
      `there is none in ${folders.flowsDir}; set HUSHTONE_FLOWS_DIR to the folder with the flows`,
    );
  }
  return definitions;
}

/** What a start says of something that will not do what it says. */
export function flowFinding(warning: Mistake): Finding {
  return { about: 'flows', level: 'warning', found: inWords(warning), todo: '' };
}

/** `file:line:column: rule: message`, the file as it lies from here. */
function inWords({ place, rule, message }: Mistake): string {
  const fromHere = path.relative('', place.file);
  const file = fromHere.startsWith('..') ? place.file : fromHere;
  return `${file}:${place.line}:${place.column}: ${rule}: ${message}`;
}

/**
 * Reads everything and reports every mistake of all of it at once.
 *
 * @param flowFiles flow files to check instead of those of the flows folder
 * @throws HushtoneError `flow-unreadable` for a folder or file that cannot be read
 */
export async function checkDefinitions(folders: Folders, flowFiles?: readonly string[]): Promise<CheckedDefinitions> {
  const paths = flowFiles ?? flowFilesOf(folders.flowsDir);
  const { connectors, mistakes: connectorMistakes } = await loadConnectors(path.join(folders.flowsDir, 'connectors'));
  const descriptions = new Map([...connectors].map(([id, connector]) => [id, describeConnector(connector)] as const));
  const secretsFile = secretsFileOf(folders.secretsFile, folders.flowsDir);
  const { secrets, mistakes: secretMistakes } = await loadSecrets(secretsFile);
  const sounds = soundsOf(folders.soundsDir);
  const prompts = createSoundLibrary(sounds.languages);
  const targetsFile = path.join(folders.flowsDir, 'targets.yaml');
  const targets = parseTargets(targetsFile, readText(targetsFile));
  const accountsFile = path.join(folders.flowsDir, 'accounts.yaml');
  const accounts = parseAccounts(accountsFile, readText(accountsFile), descriptions);
  const brokenConnectors = new Set(
    connectorMistakes.map(({ place }) => path.basename(place.file).replace(/\.ya?ml$/, '')),
  );
  const world = { connectors: descriptions, brokenConnectors, prompts, targets: targets.targets };
  const files = paths.map((file): FlowFile => ({
    path: file,
    text: readText(file),
  }));
  const loaded = loadFlows(files, world);
  return {
    files: files.length,
    definitions: {
      flows: new Map([...loaded.flows].map(([did, flow]) => [did, compileFlow(flow)])),
      connectors,
      descriptions,
      secrets,
      prompts,
      recordings: recordingsOf(
        [...loaded.flows.values()].flatMap(({ languages }) => languages),
        sounds,
      ),
      targets: targets.targets,
      warnings: loaded.warnings,
      needsSandbox: [...connectors.values()].some((connector) => needsOf(connector).settings.has('sandbox_url')),
    },
    mistakes: [
      ...connectorMistakes,
      ...secretMistakes,
      ...missingNeeds(connectors.values(), SETTING_NAMES, Object.keys(secrets), secretsFile).filter(
        // Without the file no secret is there, which need not be said of each.
        ({ rule }) => rule !== 'secret-missing' || !secretMistakes.some((mistake) => mistake.rule === 'unreadable'),
      ),
      ...sounds.mistakes,
      ...targets.mistakes,
      ...accounts.mistakes,
      ...loaded.mistakes,
    ],
  };
}

function flowFilesOf(folder: string): readonly string[] {
  try {
    return fs
      .readdirSync(folder)
      .filter(isFlowFile)
      .sort()
      .map((name) => path.join(folder, name));
  } catch (error) {
    throw new HushtoneError(
      'flow-unreadable',
      `${folder}: ${messageOf(error)}; set HUSHTONE_FLOWS_DIR to the folder with the flows`,
    );
  }
}

function soundsOf(folder: string): LoadedSounds {
  try {
    return loadSounds(folder, fs);
  } catch (error) {
    throw new HushtoneError(
      'config-invalid',
      `the recordings cannot be read: ${messageOf(error)}; set HUSHTONE_SOUNDS_DIR to the folder with the languages`,
    );
  }
}

function recordingsOf(spoken: readonly string[], { languages }: LoadedSounds): Map<string, ReadonlySet<string>> {
  const used = languages.filter(({ catalogue }) => spoken.includes(catalogue.language));
  return new Map(used.map(({ catalogue, recorded }) => [catalogue.language, recorded]));
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new HushtoneError(
      'flow-unreadable',
      `${messageOf(error)}; put it there, readable for the user that runs the engine`,
    );
  }
}
