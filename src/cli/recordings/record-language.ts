import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Catalogue } from '../../flow/prompts/catalogue';
import { handle } from './file-trouble';
import { EXTENSIONS, fingerprintOf, makeRecording } from './make-recording';
import { fingerprint, parseManifest, printManifest, type MadeSound, type Manifest } from './manifest';
import { planRecordings, type Plan, type Planned } from './plan-recordings';
import { DEFAULT_COMMAND, type Speaker } from './text-to-speech';

const MANIFEST_FILE = 'recordings.json';
/** Speech programs use one core each. */
const AT_ONCE = 2;

/** The folder of one language: its plan and its files. */
export class LanguageFolder {
  private readonly manifest: Manifest;
  readonly command: string;

  /** Throws a plain Error when `recordings.json` cannot be read. `command` null: the one of the last build, or the default. */
  constructor(
    private readonly folder: string,
    private readonly catalogue: Catalogue,
    command: string | null,
  ) {
    this.manifest = this.readManifest();
    this.command = command ?? this.manifest.command;
  }

  plan(force: boolean): Plan {
    return planRecordings({
      catalogue: this.catalogue,
      manifest: this.manifest,
      command: this.command,
      files: handle(this.folder, 'read', () => readdirSync(this.folder, { recursive: true, encoding: 'utf8' })),
      read: (file) => this.read(file),
      locate: (file) => path.join(this.folder, file),
      force,
    });
  }

  /**
   * Records what the plan says, notes each in `recordings.json` as it is done, so that an interrupted build goes on where it
   * stopped, and then removes what is left over. Rejects when a recording fails, and then begins no other and removes nothing.
   */
  async carryOut(
    plan: Plan,
    speak: Speaker,
    onRecorded: (sound: Planned, done: number, of: number) => void,
  ): Promise<void> {
    const sounds = new Map(this.manifest.sounds);
    const todo = plan.sounds.filter(({ action }) => action === 'record');
    let done = 0;
    await forEach(todo, async (sound) => {
      sounds.set(sound.id, await this.record(sound, speak));
      // Not later: what the manifest does not name is taken for a person's.
      this.remove(plan.leftovers.filter((file) => file === `${sound.id}${path.extname(file)}`));
      this.writeManifest(sounds);
      done += 1;
      onRecorded(sound, done, todo.length);
    });
    this.remove(plan.leftovers);
    const kept = new Set(plan.sounds.filter(({ action }) => action !== 'own').map(({ id }) => id));
    for (const id of sounds.keys()) if (!kept.has(id)) sounds.delete(id);
    this.writeManifest(sounds);
  }

  private async record({ id, recipe }: Planned, speak: Speaker): Promise<MadeSound> {
    const made = await makeRecording(recipe, speak).catch((error: unknown) => {
      throw new Error(`${id}: ${error instanceof Error ? error.message : String(error)}`);
    });
    for (const extension of EXTENSIONS) this.replace(`${id}.${extension}`, made[extension]);
    const files = Object.fromEntries(EXTENSIONS.map((extension) => [extension, fingerprint(made[extension])]));
    return { from: fingerprintOf(recipe), words: recipe.kind === 'studio' ? recipe.words : undefined, files };
  }

  private readManifest(): Manifest {
    const content = this.read(MANIFEST_FILE);
    if (content === null) return { command: DEFAULT_COMMAND, sounds: new Map() };
    try {
      return parseManifest(content.toString('utf8'));
    } catch {
      throw new Error(
        `${path.join(this.folder, MANIFEST_FILE)} is damaged; take it from version control again, because without it every recording counts as a person's own`,
      );
    }
  }

  private writeManifest(sounds: ReadonlyMap<string, MadeSound>): void {
    const text = printManifest({ command: this.command, sounds });
    if (this.read(MANIFEST_FILE)?.toString('utf8') !== text) this.replace(MANIFEST_FILE, text);
  }

  private read(file: string): Buffer | null {
    const full = path.join(this.folder, file);
    return existsSync(full) ? handle(full, 'read', () => readFileSync(full)) : null;
  }

  private replace(file: string, content: Buffer | string): void {
    const full = path.join(this.folder, file);
    handle(full, 'written', () => {
      mkdirSync(path.dirname(full), { recursive: true });
      writeFileSync(`${full}.new`, content);
      renameSync(`${full}.new`, full);
    });
  }

  private remove(files: readonly string[]): void {
    for (const file of files) {
      const full = path.join(this.folder, file);
      handle(full, 'removed', () => {
        rmSync(full, { force: true });
      });
    }
  }
}

/** Works on some at once. The first failure lets no other begin; rejects with it when those under way are over. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      try {
        await work(item);
      } catch (error) {
        left.length = 0;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}
