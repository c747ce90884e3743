import { watch, type BigIntStats, type FSWatcher } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { placesIn, type Folders } from './definitions';
import { messageOf } from './errors';
import { isFlowFile } from './flow/load-flows';
import type { Look } from './flow/run/reload/file-changes';
import type { Logger } from './ports/logger';

/** What editors, `sed -i` and rollbacks leave beside a file for a moment has a dot, a `#` or a `~`, or no extension at all. */
const DEFINITION = /^[^.#][^#~]*\.[A-Za-z0-9]+$/;
const UNFINISHED = /\.(sw[a-z]|tmp|bak|orig|part)$/;

/** How every definition file lies now. A link that leads nowhere lies there too: that it goes is a change. */
export async function lookAt(folders: Folders): Promise<Look> {
  const places = placesIn(folders);
  const flows = (await namesIn(folders.flowsDir)).filter(isFlowFile).map((name) => path.join(folders.flowsDir, name));
  const connectors = (await namesIn(places.connectors))
    .filter((name) => DEFINITION.test(name) && !UNFINISHED.test(name))
    .map((name) => path.join(places.connectors, name));
  const files = [...flows, ...connectors, places.targets, places.accounts, places.secrets];
  const sounds = await soundsIn(folders.soundsDir);
  const states = await Promise.all([...files, ...sounds].map(async (file) => [file, await stateOf(file)] as const));
  return new Map(states.filter((entry): entry is [string, string] => entry[1] !== null));
}

/** Whether anything but flows differs. */
export function surroundingsDiffer(now: Look, before: Look, { flowsDir }: Folders): boolean {
  const isFlow = (file: string): boolean => path.dirname(file) === flowsDir && isFlowFile(file);
  return [...now.keys(), ...before.keys()].some((file) => !isFlow(file) && now.get(file) !== before.get(file));
}

/** Catalogues, and the folders of recordings: which of them exist is all that is read. */
async function soundsIn(folder: string): Promise<readonly string[]> {
  const languages = (await namesIn(folder)).map((name) => path.join(folder, name));
  const parts = await Promise.all(
    languages.map(async (language) => {
      const inside = (await namesIn(language)).filter((name) => !name.includes('.'));
      return [path.join(language, 'catalog.yaml'), language, ...inside.map((name) => path.join(language, name))];
    }),
  );
  return parts.flat();
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

/** Another one after each write, rename and swapped link. Null for what is not there. */
async function stateOf(file: string): Promise<string | null> {
  try {
    return stateIn(await stat(file, { bigint: true }));
  } catch (error) {
    const link = await lstat(file, { bigint: true }).catch(() => null);
    return link === null ? null : `${stateIn(link)} ${messageOf(error)}`;
  }
}

function stateIn({ ino, size, mtimeNs, ctimeNs, mode }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs} ${ctimeNs} ${mode}`;
}

/**
 * Hears from the file system when something happens in the folders, which is quicker than looking from time to time; nothing
 * relies on it. A folder that goes is watched again when it is back.
 */
export class FolderEvents {
  private readonly watchers = new Map<string, { readonly watcher: FSWatcher; readonly folder: string }>();
  private reported = false;
  private closed = false;

  constructor(
    private readonly folders: Folders,
    private readonly noticed: () => void,
    private readonly logger: Logger,
  ) {}

  /** Watches every folder that is there and not watched yet. */
  async refresh(): Promise<void> {
    const { flowsDir, soundsDir } = this.folders;
    const { connectors, secrets } = placesIn(this.folders);
    const languages = (await namesIn(soundsDir)).map((name) => path.join(soundsDir, name));
    const wanted = new Set([path.dirname(secrets), flowsDir, connectors, soundsDir, ...languages]);
    // Beside the secrets there may be files that are written all the time.
    const only = [flowsDir, connectors].includes(path.dirname(secrets)) ? null : path.basename(secrets);
    for (const folder of wanted) await this.watch(folder, folder === path.dirname(secrets) ? only : null);
    for (const folder of this.watchers.keys()) if (!wanted.has(folder)) this.drop(folder);
  }

  /** Idempotent. */
  close(): void {
    this.closed = true;
    for (const folder of [...this.watchers.keys()]) this.drop(folder);
  }

  private async watch(folder: string, only: string | null): Promise<void> {
    const found = await stat(folder, { bigint: true }).catch(() => null);
    // A folder that is made anew may get the number of the old one, but not its time.
    const which = found === null ? '' : `${found.ino} ${found.birthtimeNs}`;
    const known = this.watchers.get(folder);
    if (known !== undefined && known.folder !== which) this.drop(folder);
    if (this.closed || found?.isDirectory() !== true || this.watchers.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (only === null || name === null || name === only || name.startsWith('..')) this.noticed();
      });
      watcher.on('error', (error) => {
        this.fail(folder, error);
      });
      this.watchers.set(folder, { watcher, folder: which });
    } catch (error) {
      this.fail(folder, error);
    }
  }

  /** Said once: every folder fails alike when the system has no more watches to give. */
  private fail(folder: string, error: unknown): void {
    this.drop(folder);
    if (this.reported) return;
    this.reported = true;
    this.logger.warn('flows-not-watched', {
      file: folder,
      error: messageOf(error),
      reason: 'changed files are found some seconds later, by looking from time to time',
    });
  }

  private drop(folder: string): void {
    this.watchers.get(folder)?.watcher.close();
    this.watchers.delete(folder);
  }
}
