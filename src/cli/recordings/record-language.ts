import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Catalogue } from '../../flow/prompts/catalogue';
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
      files: readdirSync(this.folder, { recursive: true, encoding: 'utf8' }),
      read: (file) => this.read(file),
      locate: (file) => path.join(this.folder, file),
      force,
    });
  }

  /**
   * Records what the plan says, removes what is left over, and notes each in `recordings.json` as it is done, so that an
   * interrupted build goes on where it stopped. Rejects at the first recording that fails.
   */
  async carryOut(
    plan: Plan,
    speak: Speaker,
    onRecorded: (sound: Planned, done: number, of: number) => void,
  ): Promise<void> {
    const sounds = new Map(this.manifest.sounds);
    for (const file of plan.leftovers) rmSync(path.join(this.folder, file), { force: true });
    const kept = new Set(plan.sounds.filter(({ action }) => action !== 'own').map(({ id }) => id));
    for (const id of sounds.keys()) if (!kept.has(id)) sounds.delete(id);
    const todo = plan.sounds.filter(({ action }) => action === 'record');
    const queue = todo.values();
    let done = 0;
    const worker = async (): Promise<void> => {
      for (const sound of queue) {
        sounds.set(sound.id, await this.record(sound, speak));
        this.writeManifest(sounds);
        done += 1;
        onRecorded(sound, done, todo.length);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    this.writeManifest(sounds);
  }

  private async record({ id, recipe }: Planned, speak: Speaker): Promise<MadeSound> {
    const made = await makeRecording(recipe, speak).catch((error: unknown) => {
      throw new Error(`${id}: ${error instanceof Error ? error.message : String(error)}`);
    });
    for (const extension of EXTENSIONS) this.replace(`${id}.${extension}`, made[extension]);
    const files = Object.fromEntries(EXTENSIONS.map((extension) => [extension, fingerprint(made[extension])]));
    return { from: fingerprintOf(recipe), files };
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
    return existsSync(full) ? readFileSync(full) : null;
  }

  private replace(file: string, content: Buffer | string): void {
    const full = path.join(this.folder, file);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(`${full}.new`, content);
    renameSync(`${full}.new`, full);
  }
}
