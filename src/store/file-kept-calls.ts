import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { fileReason, HushtoneError, messageOf } from '../errors';
import type { Clock, Timer } from '../ports/clock';
import type { KeptCall, KeptCalls } from '../ports/kept-calls';
import type { Logger } from '../ports/logger';

export interface FileKeptCallsOptions {
  /** The file; it and its directory are made when missing. Its data directory belongs to this process alone. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The first line. A file of another layout is thrown away: the calls in it are those of an engine that is gone for longer than an update takes. */
const HEAD = '{"hushtone-calls":2}';
/** A file of this size, bytes, is written anew once most of it is about states that have passed. */
const REWRITE_AT = 4 * 1024 * 1024;
const MOSTLY = 4;
const NEW_TO_ADD_TO = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND;

/** One line of the file: how a call now stands, or that it is over. */
interface Line {
  readonly channel: string;
  readonly call: KeptCall | null;
}

const LINE: z.ZodType<Line> = z.object({
  channel: z.string(),
  call: z
    .object({
      channel: z.string(),
      id: z.string(),
      caller: z.string(),
      did: z.string(),
      answered: z.boolean(),
      bridge: z.string(),
      leg: z.string().nullable(),
      joined: z.boolean(),
      releasing: z.boolean(),
      playback: z.string().nullable(),
      flow: z.object({ version: z.string(), snapshot: z.unknown() }).nullable(),
    })
    .nullable(),
});

/**
 * Calls in progress, in a file to which each change is added as a line of JSON. What changes within one turn of the loop is
 * written once, without waiting for the disk: a process that is killed loses nothing that way, and a machine that loses its
 * power loses its calls too. No database, since a call changes ten times: a transaction each was a tenth of what a call costs.
 */
export class FileKeptCalls implements KeptCalls {
  private readonly changes = new Map<string, KeptCall | null>();
  private flushing: Timer | null = null;
  private failing = false;
  /** Size, bytes, from which on the file is written anew. */
  private rewriteAt = REWRITE_AT;
  private closed = false;

  private constructor(
    private readonly file: string,
    /** The latest line of each call that is not over. */
    private readonly lines: Map<string, string>,
    private handle: number,
    private size: number,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** What cannot be read of the file is left out, with a warning. @throws HushtoneError `journal-unavailable` when it cannot be written. */
  static open({ file, clock, logger }: FileKeptCallsOptions): FileKeptCalls {
    try {
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      const lines = readLines(file, logger);
      const { handle, size } = writeAnew(file, lines);
      return new FileKeptCalls(file, lines, handle, size, clock, logger);
    } catch (error) {
      throw new HushtoneError('journal-unavailable', `${file} cannot be written: ${fileReason(error)}`);
    }
  }

  keep(call: KeptCall): void {
    this.change(call.channel, call);
  }

  forget(channel: string): void {
    this.change(channel, null);
  }

  all(): readonly KeptCall[] {
    this.flush();
    return [...this.lines.values()].flatMap((line) => {
      const { call } = JSON.parse(line) as Line;
      return call === null ? [] : [call];
    });
  }

  /** Writes what has not been written. Idempotent. */
  close(): Promise<void> {
    this.flush();
    if (!this.closed) closeSync(this.handle);
    this.closed = true;
    return Promise.resolve();
  }

  private change(channel: string, call: KeptCall | null): void {
    if (this.closed) return;
    this.changes.set(channel, call);
    this.flushing ??= this.clock.after(0, () => {
      this.flush();
    });
  }

  private flush(): void {
    this.flushing?.cancel();
    this.flushing = null;
    if (this.closed || this.changes.size === 0) return;
    try {
      this.write();
      this.failing = false;
    } catch (error) {
      // Said once: while a disk is full, every state of every call fails. What is waiting goes with the next change.
      if (!this.failing) this.logger.error('calls-not-kept', { error: messageOf(error) });
      this.failing = true;
    }
  }

  private write(): void {
    let text = '';
    for (const [channel, call] of this.changes) {
      const line = this.lineOf(channel, call);
      if (call === null) this.lines.delete(channel);
      else this.lines.set(channel, line);
      // In front, so that a line that a full disk has cut off spoils none behind it.
      text += `\n${line}`;
    }
    const bytes = Buffer.from(text);
    writeFileSync(this.handle, bytes);
    this.changes.clear();
    this.size += bytes.length;
    if (this.size >= this.rewriteAt) this.shorten();
  }

  /** A call whose flow cannot be written goes without it: the next engine hands its caller back, and all others are kept. */
  private lineOf(channel: string, call: KeptCall | null): string {
    try {
      return JSON.stringify({ channel, call } satisfies Line);
    } catch (error) {
      this.logger.error('call-not-kept', { call: call?.id ?? '', error: messageOf(error) });
      return JSON.stringify({ channel, call: call === null ? null : { ...call, flow: null } } satisfies Line);
    }
  }

  /** Nothing is lost when it fails: the longer file goes on, and it is tried again when that has grown as much again. */
  private shorten(): void {
    let live = 0;
    for (const line of this.lines.values()) live += line.length;
    if (live * MOSTLY > this.size) return;
    try {
      const { handle, size } = writeAnew(this.file, this.lines);
      closeSync(this.handle);
      this.handle = handle;
      this.size = size;
      this.rewriteAt = REWRITE_AT;
    } catch (error) {
      this.rewriteAt = this.size + REWRITE_AT;
      this.logger.error('calls-not-shortened', { file: this.file, error: messageOf(error) });
    }
  }
}

/** The latest line of each call that the file has, and that is not over. */
function readLines(file: string, logger: Logger): Map<string, string> {
  const lines = new Map<string, string>();
  if (!existsSync(file)) return lines;
  const [head, ...rest] = readFileSync(file, 'utf8').split('\n');
  let lost = head === HEAD ? 0 : 1;
  for (const line of head === HEAD ? rest : []) {
    try {
      const { channel, call } = LINE.parse(JSON.parse(line));
      if (call === null) lines.delete(channel);
      else lines.set(channel, line);
    } catch {
      lost++;
    }
  }
  if (lost > 0) logger.warn('kept-calls-lost', { file, count: lost });
  return lines;
}

/** Puts a file with these lines and no others in place, for its owner alone: callers' numbers and orders are in it. */
function writeAnew(file: string, lines: ReadonlyMap<string, string>): { handle: number; size: number } {
  const bytes = Buffer.from([HEAD, ...lines.values()].join('\n'));
  const fresh = `${file}.new`;
  // One that a kill has left may be readable by others, and would stay so.
  rmSync(fresh, { force: true });
  const handle = openSync(fresh, NEW_TO_ADD_TO, 0o600);
  try {
    writeFileSync(handle, bytes);
    renameSync(fresh, file);
  } catch (error) {
    closeSync(handle);
    // Half a file would take room on a disk that may have none.
    rmSync(fresh, { force: true });
    throw error;
  }
  return { handle, size: bytes.length };
}
