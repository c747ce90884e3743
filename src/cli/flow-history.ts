import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadSurroundings, readFlows, type Folders } from '../definitions';
import { HushtoneError, isError } from '../errors';
import type { Flow } from '../flow/ast';
import { formatMistake } from '../flow/check/check-flow';
import type { WordsOf } from '../flow/diff/facts';
import { suggestion } from '../flow/nearest';
import { parseFlow, versionOf } from '../flow/parse/parse-flow';
import { shortVersion } from '../observe/reload-log';
import type { FlowVersion, FlowVersions } from '../ports/flow-versions';
import { SqliteFlowVersions } from '../store/sqlite-flow-versions';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A text of a flow, and what people call it. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** Fewer digits of a version name too many. */
const FEWEST_DIGITS = 4;

export function foldersOf(env: Environment): Folders {
  return {
    flowsDir: env.HUSHTONE_FLOWS_DIR ?? 'flows',
    soundsDir: env.HUSHTONE_SOUNDS_DIR ?? 'sounds',
    secretsFile: env.HUSHTONE_SECRETS_FILE ?? null,
  };
}

/** Calls `work` with the versions that the engine keeps. It may run meanwhile. */
export async function withVersions<T>(env: Environment, work: (versions: FlowVersions) => T | Promise<T>): Promise<T> {
  const dataDir = env.HUSHTONE_DATA_DIR ?? 'data';
  if (!SqliteFlowVersions.isThere(dataDir)) {
    throw new Error(
      `no version of a flow is kept in ${dataDir}; the engine keeps each that it uses: set HUSHTONE_DATA_DIR to its data directory`,
    );
  }
  const versions = SqliteFlowVersions.open(dataDir);
  try {
    return await work(versions);
  } finally {
    versions.close();
  }
}

/** One flow: where it lies, what lies there, and every version that was kept of it. */
export class FlowHistory {
  private constructor(
    readonly flow: string,
    readonly folders: Folders,
    readonly file: string,
    readonly entries: readonly FlowVersion[],
  ) {}

  /** @throws Error for a flow that nobody knows */
  static async of(flow: string, folders: Folders, versions: FlowVersions): Promise<FlowHistory> {
    const entries = versions.of(flow);
    return new FlowHistory(flow, folders, await fileOf(flow, folders, entries), entries);
  }

  /** The file as it lies now; null when it is gone. */
  get now(): NamedText | null {
    return existsSync(this.file) ? { name: 'the file as it lies now', text: readFileSync(this.file, 'utf8') } : null;
  }

  /** What calls began with before that which lies there now. Null when nothing else was ever used. */
  get previous(): FlowVersion | null {
    const now = this.now === null ? null : versionOf(this.now.text);
    return this.entries.find(({ how, version }) => how === 'used' && version !== now) ?? null;
  }

  /** By the first digits of a version. @throws Error that says what there is instead */
  find(digits: string): FlowVersion {
    const named = this.entries.filter(({ version }) => version.startsWith(digits.toLowerCase()));
    const [first] = named;
    const several = new Set(named.map(({ version }) => version)).size > 1;
    if (first !== undefined && !several && digits.length >= FEWEST_DIGITS) return first;
    const wrong =
      first === undefined ? `no version of ${this.flow} begins with ${digits}` : `${digits} can mean several versions`;
    const there = [...new Set(this.entries.map(({ version }) => shortVersion(version)))];
    throw new Error(`${wrong}; there is ${there.join(', ')}`);
  }
}

export function nameOf({ version, at }: FlowVersion): string {
  return `version ${shortVersion(version)} of ${dateOf(at)}`;
}

export function dateOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** @throws HushtoneError `flow-invalid` for a text that is no flow, or that has mistakes of its own */
export function readAs({ name, text }: NamedText, file: string): Flow {
  const { flow, mistakes } = parseFlow(file, text);
  if (flow !== null && mistakes.length === 0) return flow;
  throw new HushtoneError(
    'flow-invalid',
    [`${name} cannot be compared`, ...mistakes.map((mistake) => `  ${formatMistake(mistake)}`)].join('\n'),
  );
}

/** The words of prompts in the language of a flow, as far as the catalogues can be read. */
export async function wordsFor({ languages: [language] }: Flow, folders: Folders): Promise<WordsOf> {
  const read = await loadSurroundings(folders).catch(() => null);
  const catalogue = read?.surroundings.sounds.languages.find((each) => each.catalogue.language === language)?.catalogue;
  return (prompt) => {
    const parts = catalogue?.prompts.get(prompt);
    if (parts === undefined) return null;
    return parts
      .map((part) => ('sound' in part ? (catalogue?.sounds.get(part.sound)?.words ?? '') : `{${part.value}}`))
      .join(' ');
  };
}

/** Those that are there: none is no mistake where one is to be put back. */
export async function flowFilesIn(folders: Folders): ReturnType<typeof readFlows> {
  try {
    return await readFlows(folders);
  } catch (error) {
    if (isError(error, 'flow-unreadable')) return [];
    throw error;
  }
}

async function fileOf(flow: string, folders: Folders, entries: readonly FlowVersion[]): Promise<string> {
  const files = await flowFilesIn(folders);
  const found = files.find(({ path: file, text }) => parseFlow(file, text).flow?.id === flow);
  if (found !== undefined) return found.path;
  const [last] = entries;
  if (last !== undefined) return path.join(folders.flowsDir, last.file);
  const ids = files.flatMap(({ path: file, text }) => parseFlow(file, text).flow?.id ?? []);
  throw new Error(`no flow is called ${flow}; ${suggestion(flow, ids)}`);
}
