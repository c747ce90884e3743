import * as fs from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from './config';
import type { Connector } from './connector/ast';
import { missingNeeds } from './connector/check-needs';
import { describeConnector, type ConnectorDescription } from './connector/describe';
import { needsOf } from './connector/needs';
import { loadConnectors, loadSecrets, secretsFileOf, SETTING_NAMES } from './connector/run-load';
import { readDefinition } from './connector/run-read-file';
import { fileReason, HushtoneError } from './errors';
import type { Flow, Mistake } from './flow/ast';
import { parseAccounts } from './flow/accounts';
import type { FlowWorld } from './flow/check/world';
import { compileFlow, type CompiledFlow } from './flow/compile/compile-flow';
import { isFlowFile, loadFlows, type FlowFile } from './flow/load-flows';
import { loadSounds, type LoadedSounds } from './flow/run/load-sounds';
import { createSoundLibrary } from './flow/run/sound-library';
import { parseTargets, type FlowTargets } from './flow/targets';
import type { Prompts } from './ports/prompts';

/** What ops people wrote beside flows, read and checked: connectors, secrets, targets, accounts and recordings. */
export interface Surroundings {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly descriptions: ReadonlyMap<string, ConnectorDescription>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly prompts: Prompts;
  readonly sounds: LoadedSounds;
  readonly targets: FlowTargets;
  /** True when a connector points at the sandbox. */
  readonly needsSandbox: boolean;
  /** The same as flows are checked against it. */
  readonly world: FlowWorld;
}

/** All of it with the flows. */
export interface Definitions extends Surroundings {
  /** By the number that starts them. */
  readonly flows: ReadonlyMap<string, CompiledFlow>;
  /** Language of some flow -> ids of its recordings. */
  readonly recordings: ReadonlyMap<string, ReadonlySet<string>>;
  /** What is right in the flows but will not do what it says. */
  readonly warnings: readonly Mistake[];
}

export type Folders = Pick<Config, 'flowsDir' | 'soundsDir' | 'secretsFile'>;

export interface CheckedDefinitions {
  readonly definitions: Definitions;
  readonly mistakes: readonly Mistake[];
  /** How many flow files could be read. */
  readonly files: number;
}

/** Where a flows folder has what is no flow. */
export function placesIn({ flowsDir, secretsFile }: Folders) {
  return {
    connectors: path.join(flowsDir, 'connectors'),
    targets: path.join(flowsDir, 'targets.yaml'),
    accounts: path.join(flowsDir, 'accounts.yaml'),
    secrets: secretsFileOf(secretsFile, flowsDir),
  };
}

/**
 * Reads everything and reports every mistake of all of it at once.
 *
 * @param flowFiles flow files to check instead of those of the flows folder
 * @throws HushtoneError `flow-unreadable` for a flows folder that cannot be read
 */
export async function checkDefinitions(folders: Folders, flowFiles?: readonly string[]): Promise<CheckedDefinitions> {
  const files = await Promise.all((flowFiles ?? (await flowFilesOf(folders.flowsDir))).map(readFlow));
  const { surroundings, mistakes } = await loadSurroundings(folders);
  const loaded = loadFlows(files, surroundings.world);
  const flows = new Map([...loaded.flows].map(([did, flow]) => [did, compileFlow(flow)]));
  const recordings = recordingsOf(loaded.flows.values(), surroundings.sounds);
  return {
    files: files.filter(({ unreadable }) => unreadable === undefined).length,
    definitions: { ...surroundings, flows, recordings, warnings: loaded.warnings },
    mistakes: [...mistakes, ...loaded.mistakes],
  };
}

/** Every flow of the flows folder, read. @throws HushtoneError `flow-unreadable`, also when there is none */
export async function readFlows({ flowsDir }: Folders): Promise<readonly FlowFile[]> {
  const files = await Promise.all((await flowFilesOf(flowsDir)).map(readFlow));
  if (files.length > 0) return files;
  throw new HushtoneError(
    'flow-unreadable',
    `there is none in ${flowsDir}; set HUSHTONE_FLOWS_DIR to the folder with the flows`,
  );
}

/** Reads everything but flows, and reports every mistake of it. @throws HushtoneError for a sounds folder that cannot be read */
export async function loadSurroundings(
  folders: Folders,
): Promise<{ readonly surroundings: Surroundings; readonly mistakes: readonly Mistake[] }> {
  const places = placesIn(folders);
  const { connectors, drafts, mistakes: connectorMistakes } = await loadConnectors(places.connectors);
  const descriptions = new Map([...connectors].map(([id, connector]) => [id, describeConnector(connector)] as const));
  const { secrets, mistakes: secretMistakes } = await loadSecrets(places.secrets);
  const sounds = soundsOf(folders.soundsDir);
  const prompts = createSoundLibrary(sounds.languages);
  const { targets, mistakes: targetMistakes } = await readAs(places.targets, (text) =>
    parseTargets(places.targets, text),
  );
  const accounts = await readAs(places.accounts, (text) => parseAccounts(places.accounts, text, descriptions));
  const brokenConnectors = new Set(
    connectorMistakes.map(({ place }) => path.basename(place.file).replace(/\.(ya?ml|xml)$/, '')),
  );
  const needsSandbox = [...connectors.values()].some((connector) => needsOf(connector).settings.has('sandbox_url'));
  const world = { connectors: descriptions, brokenConnectors, prompts, targets };
  const mistakes = [
    ...connectorMistakes,
    ...secretMistakes,
    ...missingNeeds(drafts, SETTING_NAMES, Object.keys(secrets), places.secrets).filter(
      // Which secrets are in a file that cannot be read, or is no YAML, nobody knows.
      ({ rule }) => rule !== 'secret-missing' || secretMistakes.length === 0 || Object.keys(secrets).length > 0,
    ),
    ...sounds.mistakes,
    ...targetMistakes,
    ...accounts.mistakes,
  ];
  return {
    surroundings: { connectors, descriptions, secrets, prompts, sounds, targets, needsSandbox, world },
    mistakes,
  };
}

async function flowFilesOf(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder))
      .filter(isFlowFile)
      .sort()
      .map((name) => path.join(folder, name));
  } catch (error) {
    throw new HushtoneError(
      'flow-unreadable',
      `${folder}: ${fileReason(error)}; set HUSHTONE_FLOWS_DIR to the folder with the flows`,
    );
  }
}

function soundsOf(folder: string): LoadedSounds {
  try {
    return loadSounds(folder, { ...fs, existsSync: isRegularFile });
  } catch (error) {
    throw new HushtoneError(
      'config-invalid',
      `the recordings in ${folder} cannot be read: ${fileReason(error)}; set HUSHTONE_SOUNDS_DIR to the folder with the languages`,
    );
  }
}

/** What is no file, such as a pipe, is not opened. */
function isRegularFile(file: fs.PathLike): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** Language of some of the flows -> ids of its recordings. */
export function recordingsOf(flows: Iterable<Flow>, { languages }: LoadedSounds): Map<string, ReadonlySet<string>> {
  const spoken = new Set([...flows].flatMap((flow) => flow.languages));
  const used = languages.filter(({ catalogue }) => spoken.has(catalogue.language));
  return new Map(used.map(({ catalogue, recorded }) => [catalogue.language, recorded]));
}

async function readFlow(file: string): Promise<FlowFile> {
  const text = await readDefinition(file);
  return typeof text === 'string' ? { path: file, text } : { path: file, text: '', unreadable: text };
}

/** A file that cannot be read is parsed like an empty one, and that it cannot be read is all that is said of it. */
async function readAs<T extends { readonly mistakes: readonly Mistake[] }>(
  file: string,
  parse: (text: string) => T,
): Promise<T> {
  const text = await readDefinition(file);
  return typeof text === 'string' ? parse(text) : { ...parse(''), mistakes: [text] };
}
