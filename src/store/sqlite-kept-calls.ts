import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import Sqlite, { type Database, type Statement } from 'better-sqlite3';
import { HushtoneError, messageOf } from '../errors';
import type { Clock, Timer } from '../ports/clock';
import type { KeptCall, KeptCalls } from '../ports/kept-calls';
import type { Logger } from '../ports/logger';

export interface SqliteKeptCallsOptions {
  /** The database file; it and its directory are made when missing. Its data directory belongs to this process alone. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A file of another layout is thrown away: the calls in it are those of an engine that is gone for longer than an update takes. */
const LAYOUT = 1;

/**
 * Calls in progress in an SQLite file. What changes within one turn of the loop is written once, without waiting for the
 * disk: a process that is killed loses nothing that way, and a machine that loses its power loses its calls too.
 */
export class SqliteKeptCalls implements KeptCalls {
  private readonly changes = new Map<string, KeptCall | null>();
  private readonly put: Statement;
  private readonly remove: Statement;
  private flushing: Timer | null = null;
  private failing = false;

  private constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.put = db.prepare('INSERT OR REPLACE INTO calls (channel, call) VALUES (?, ?)');
    this.remove = db.prepare('DELETE FROM calls WHERE channel = ?');
  }

  /** A file that cannot be read is replaced by an empty one. @throws HushtoneError `journal-unavailable` when none can be made. */
  static open({ file, clock, logger }: SqliteKeptCallsOptions): SqliteKeptCalls {
    try {
      return new SqliteKeptCalls(openFile(file), clock, logger);
    } catch (error) {
      logger.warn('kept-calls-lost', { file, error: messageOf(error) });
    }
    try {
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
      return new SqliteKeptCalls(openFile(file), clock, logger);
    } catch (error) {
      throw new HushtoneError('journal-unavailable', `${file} cannot be written: ${messageOf(error)}`);
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
    const rows = this.db.prepare('SELECT call FROM calls').pluck().all();
    return rows.map((row) => JSON.parse(String(row)) as KeptCall);
  }

  /** Writes what has not been written. Idempotent. */
  close(): Promise<void> {
    this.flush();
    this.db.close();
    return Promise.resolve();
  }

  private change(channel: string, call: KeptCall | null): void {
    if (!this.db.open) return;
    this.changes.set(channel, call);
    this.flushing ??= this.clock.after(0, () => {
      this.flush();
    });
  }

  private flush(): void {
    this.flushing?.cancel();
    this.flushing = null;
    if (!this.db.open || this.changes.size === 0) return;
    try {
      this.db.transaction(() => {
        for (const [channel, call] of this.changes) {
          if (call === null) this.remove.run(channel);
          else this.put.run(channel, JSON.stringify(call));
        }
      })();
      this.changes.clear();
      this.failing = false;
    } catch (error) {
      // Said once: while a disk is full, every state of every call fails. What is waiting goes with the next change.
      if (!this.failing) this.logger.error('calls-not-kept', { error: messageOf(error) });
      this.failing = true;
    }
  }
}

function openFile(file: string): Database {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  // Callers' numbers and orders are in it: for its owner alone.
  closeSync(openSync(file, 'a', 0o600));
  const db = new Sqlite(file);
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = OFF');
    const layout = Number(db.pragma('user_version', { simple: true }));
    if (layout !== LAYOUT) {
      db.exec('DROP TABLE IF EXISTS calls; CREATE TABLE calls (channel TEXT PRIMARY KEY, call TEXT NOT NULL) STRICT');
      db.pragma(`user_version = ${LAYOUT}`);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
