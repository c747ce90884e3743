import type { Clock, Timer } from '../../../ports/clock';

/** What lies in the folders: path -> something that is another after each change of the file. */
export type Look = ReadonlyMap<string, string>;

export interface FileChangesOptions {
  readonly clock: Clock;
  /** Looks at the folders. Never rejects: a folder that cannot be read has no files. */
  readonly look: () => Promise<Look>;
  /**
   * The files lie as `now` for long enough. `stillSo` tells, after they have been read, whether what was read is of one moment;
   * otherwise nothing may be made of it, and this is called again. Never rejects.
   */
  readonly changed: (now: Look, before: Look, stillSo: () => Promise<boolean>) => Promise<void>;
}

/** Nothing has been written for this long: a save, or a checkout of many files, is complete. */
export const SETTLED_MS = 150;
/** A file that is gone may be about to be written anew, by an editor or with its folder. */
export const GONE_MS = 2_000;
/** Events of the file system get lost: on network file systems, in mounted folders, when a link is swapped. */
export const POLL_MS = 2_000;

/**
 * Notices when files have changed and are complete. What an editor leaves beside a file, and a file that is back as it was, is
 * no change.
 */
export class FileChanges {
  private poll: Timer | null = null;
  private settling: Timer | null = null;
  private candidate: { readonly look: Look; readonly since: number } | null = null;
  private working = false;
  private again = false;
  private closed = false;

  /** @param known how the files lay when they were read last */
  constructor(
    private readonly options: FileChangesOptions,
    private known: Look,
  ) {}

  open(): void {
    this.armPoll();
    this.noticed();
  }

  /** The file system says that something has happened, which may be nothing. */
  noticed(): void {
    if (this.closed) return;
    if (this.working) this.again = true;
    else if (this.settling === null) void this.work();
  }

  /** Idempotent. What is being read is read to its end. */
  close(): void {
    this.closed = true;
    this.poll?.cancel();
    this.settling?.cancel();
  }

  private armPoll(): void {
    this.poll = this.options.clock.after(POLL_MS, () => {
      this.armPoll();
      this.noticed();
    });
  }

  private async work(): Promise<void> {
    this.working = true;
    this.again = false;
    await this.consider(await this.options.look());
    this.working = false;
    if (this.heardMeanwhile) this.noticed();
  }

  private get heardMeanwhile(): boolean {
    return this.again;
  }

  /** A difference has to be there, and the same, for a while. */
  private async consider(look: Look): Promise<void> {
    if (this.closed) return;
    if (isSame(look, this.known)) {
      this.candidate = null;
      return;
    }
    const now = this.options.clock.monotonic();
    if (this.candidate === null || !isSame(look, this.candidate.look)) this.candidate = { look, since: now };
    const wait = this.candidate.since + (lacks(look, this.known) ? GONE_MS : SETTLED_MS) - now;
    if (wait > 0) {
      this.settle(wait);
      return;
    }
    await this.take(look);
  }

  private async take(look: Look): Promise<void> {
    this.candidate = null;
    const found = { same: true };
    await this.options.changed(look, this.known, async () => {
      found.same = isSame(await this.options.look(), look);
      return found.same;
    });
    if (found.same) this.known = look;
    else this.again = true;
  }

  /** Looks again in between: what changes meanwhile begins anew. */
  private settle(wait: number): void {
    this.settling?.cancel();
    this.settling = this.options.clock.after(Math.min(wait, SETTLED_MS), () => {
      this.settling = null;
      this.noticed();
    });
  }
}

function isSame(one: Look, other: Look): boolean {
  return one.size === other.size && [...other].every(([file, state]) => one.get(file) === state);
}

/** Something is gone that was there. */
function lacks(look: Look, known: Look): boolean {
  return [...known.keys()].some((file) => !look.has(file));
}
