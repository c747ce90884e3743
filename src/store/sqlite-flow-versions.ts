import { closeSync, existsSync, mkdirSync, openSync, renameSync } from 'node:fs';
import path from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { HushtoneError, messageOf } from '../errors';
import type { Clock } from '../ports/clock';
import type { FlowVersion, FlowVersions } from '../ports/flow-versions';
import type { Logger } from '../ports/logger';

/** Name of the file in the data directory. */
const FILE = 'flows.sqlite';
const LAYOUT = 1;
/** For an engine and a command that write at the same moment, ms. Each writes one small row. */
const LOCK_WAIT_MS = 500;

const SCHEMA = `
  CREATE TABLE texts (version TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
  CREATE TABLE uses (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    flow TEXT NOT NULL,
    file TEXT NOT NULL,
    version TEXT NOT NULL REFERENCES texts (version),
    at INTEGER NOT NULL,
    how TEXT NOT NULL CHECK (how IN ('used', 'replaced'))
  ) STRICT;
  CREATE INDEX uses_of_flow ON uses (flow);
  CREATE INDEX uses_of_file ON uses (file);
  CREATE INDEX uses_of_version ON uses (version);
`;
const SELECT = 'SELECT flow, version, file, at, how, text FROM uses JOIN texts USING (version)';

/**
 * Versions of flows in an SQLite file, each text once. Unlike the journal's it is shared: `hushtone flow` reads and writes it
 * while the engine runs. Commits are on disk when they return (WAL, `synchronous = FULL`); there is one for each reload.
 */
export class SqliteFlowVersions implements FlowVersions {
  private constructor(
    private readonly db: Database,
    private readonly file: string,
  ) {}

  /** @throws HushtoneError `flow-not-kept` when the file cannot be used. */
  static open(dataDir: string): SqliteFlowVersions {
    const file = path.join(dataDir, FILE);
    try {
      return new SqliteFlowVersions(openFile(file), file);
    } catch (error) {
      throw notKept(file, error);
    }
  }

  /**
   * For the engine: a damaged file is moved aside, because calls can be taken without what was used before.
   *
   * @throws HushtoneError `flow-not-kept` when the file cannot be used for another reason, or not be moved
   */
  static openOrBegin(dataDir: string, clock: Clock, logger: Logger): SqliteFlowVersions {
    const file = path.join(dataDir, FILE);
    try {
      return new SqliteFlowVersions(openFile(file), file);
    } catch (error) {
      if (!isDamaged(error)) throw notKept(file, error);
      const aside = moveAside(file, clock.now());
      logger.error('flow-versions-damaged', {
        file: aside,
        error: messageOf(error),
        reason: 'it was moved there, and a new one is begun: earlier versions of flows cannot be put back without it',
      });
      return SqliteFlowVersions.open(dataDir);
    }
  }

  /** True when a data directory holds versions: reading them makes no file. */
  static isThere(dataDir: string): boolean {
    return existsSync(path.join(dataDir, FILE));
  }

  add({ flow, version, file, at, how, text }: FlowVersion): void {
    try {
      this.db.transaction(() => {
        this.db.prepare('INSERT OR IGNORE INTO texts (version, text) VALUES (?, ?)').run(version, text);
        const use = 'INSERT INTO uses (flow, file, version, at, how) VALUES (?, ?, ?, ?, ?)';
        this.db.prepare(use).run(flow, file, version, at, how);
      })();
    } catch (error) {
      throw notKept(this.file, error);
    }
  }

  of(flow: string): readonly FlowVersion[] {
    return this.db.prepare(`${SELECT} WHERE flow = ? ORDER BY number DESC`).all(flow) as FlowVersion[];
  }

  find(version: string): FlowVersion | null {
    return this.first(`${SELECT} WHERE version = ? ORDER BY number DESC LIMIT 1`, version);
  }

  lastUsed(file: string): FlowVersion | null {
    return this.first(`${SELECT} WHERE file = ? AND how = 'used' ORDER BY number DESC LIMIT 1`, file);
  }

  /** Idempotent. */
  close(): void {
    this.db.close();
  }

  private first(query: string, value: string): FlowVersion | null {
    return (this.db.prepare(query).get(value) as FlowVersion | undefined) ?? null;
  }
}

function openFile(file: string): Database {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
  const db = new Sqlite(file, { timeout: LOCK_WAIT_MS });
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    const layout = Number(db.pragma('user_version', { simple: true }));
    if (layout > LAYOUT) throw new Error('a newer Hushtone wrote it');
    if (layout === 0) {
      db.transaction(() => {
        db.exec(SCHEMA);
        db.pragma(`user_version = ${LAYOUT}`);
      }).immediate();
    }
    const found = db.pragma('quick_check(1)', { simple: true });
    if (found !== 'ok') throw new Sqlite.SqliteError(String(found), 'SQLITE_CORRUPT');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** With what SQLite keeps beside it. @returns where it is now */
function moveAside(file: string, at: number): string {
  const aside = `${file}.damaged-${new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  try {
    for (const part of ['-wal', '-shm', '']) if (existsSync(file + part)) renameSync(file + part, aside + part);
    return aside;
  } catch (error) {
    throw notKept(file, error);
  }
}

function isDamaged(error: unknown): boolean {
  return /^SQLITE_(NOTADB|CORRUPT)/.test(String((error as { code?: unknown } | null)?.code));
}

function notKept(file: string, error: unknown): HushtoneError {
  const todo = isDamaged(error)
    ? 'it is damaged: the next start of the engine moves it aside and begins a new one'
    : 'make it writable for this user, with room on its disk';
  return new HushtoneError('flow-not-kept', `${file}: ${messageOf(error)}; ${todo}`);
}
