import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { storeFindings, storeProblem, type Room } from '../../src/observe/inspect-store';

let folder: string;
let dataDir: string;
let journal: string;
let room: Room;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hushtone-store-'));
  dataDir = folder;
  journal = path.join(dataDir, 'payments.sqlite');
  room = { mb: 500, files: 1000 };
});

afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

const place = (): Parameters<typeof storeFindings>[0] => ({ dataDir, roomIn: () => room });

/** What is not well, and what to do about it. */
const wrong = (): string[] =>
  storeFindings(place())
    .filter(({ level }) => level !== 'ok')
    .map(({ level, found, todo }) => `${level}: ${found} -> ${todo}`);

/** A journal as an engine leaves it: in its write-ahead mode, and closed. */
function makeJournal(): void {
  const database = new Database(journal);
  database.pragma('journal_mode = WAL');
  database.exec('CREATE TABLE attempt (id TEXT); CREATE INDEX by_id ON attempt (id)');
  database.close();
}

describe('the place of the payment journal', () => {
  it('is well empty, before the folder is made, and with a journal', () => {
    expect(wrong()).toEqual([]);
    makeJournal();
    expect(wrong()).toEqual([]);
    dataDir = path.join(dataDir, 'not', 'yet');
    expect(wrong()).toEqual([]);
  });

  it.each<[Room, string]>([
    [{ mb: 499, files: null }, 'warning: only 499 MB are free on the disk of'],
    [{ mb: 20, files: null }, 'warning: only 20 MB are free on the disk of'],
    [{ mb: 19, files: null }, 'refused: only 19 MB are free on the disk of'],
    [{ mb: 9999, files: 3 }, 'refused: only 3 more files can be made on the disk of'],
  ])('with room for %j: %s', (little, words) => {
    room = little;
    expect(wrong()).toEqual([
      `${words} ${dataDir} -> free some space there, or set HUSHTONE_DATA_DIR to a disk that has more: without it no payment can be taken`,
    ]);
  });

  it('is refused where it may not write', () => {
    chmodSync(dataDir, 0o500);
    // Root may write everywhere.
    if (process.getuid?.() === 0) expect(wrong()).toEqual([]);
    else expect(wrong().join()).toContain('HUSHTONE_DATA_DIR');
  });

  it.each(['payments.sqlite', 'flows.sqlite', 'calls.jsonl', 'payments.sqlite-wal'])(
    'is refused with a %s that this user may not write, as a start by another user leaves it',
    (name) => {
      const file = path.join(dataDir, name);
      if (name === 'payments.sqlite') makeJournal();
      else writeFileSync(file, '');
      chmodSync(file, 0o400);
      if (process.getuid?.() === 0) expect(wrong()).toEqual([]);
      else
        expect(wrong()).toEqual([
          expect.stringMatching(`^refused: ${file} cannot be read and written: .* -> run: chown USER ${file}`),
        ]);
    },
  );

  it('is refused when it is a file, and with a folder in the place of a file', () => {
    mkdirSync(journal);
    expect(wrong()).toEqual([
      `refused: ${journal} is no file -> move it away, or set HUSHTONE_DATA_DIR to another folder`,
    ]);
    rmSync(journal, { recursive: true });
    writeFileSync(journal, '');
    dataDir = journal;
    expect(wrong()).toEqual([
      `refused: the data directory ${journal} cannot be used: ${journal} is no folder -> set HUSHTONE_DATA_DIR to a folder`,
    ]);
  });

  const BACKUP = 'put the right file back from a backup, or set HUSHTONE_DATA_DIR to another folder';

  it('is refused with something else in the place of the journal', () => {
    writeFileSync(journal, 'not a database of ours, only text');
    expect(wrong()).toEqual([
      `refused: ${journal} is no payment journal of Hushtone (it has no write-ahead log) -> ${BACKUP}`,
    ]);
  });

  it('is refused with an empty journal, which a first start on a full disk leaves, and so does a slip of the hand', () => {
    writeFileSync(journal, '');
    expect(wrong()).toEqual([
      `refused: ${journal} is empty, so nothing is known of earlier payments -> delete it if no payment was ever taken with it; else ${BACKUP}`,
    ]);
  });

  it('is refused with a journal of which a part is missing, unless that may stand in its log', () => {
    makeJournal();
    truncateSync(journal, 4096);
    expect(wrong()).toEqual([`refused: ${journal} is cut short: 4096 of 12288 bytes are there -> ${BACKUP}`]);
    writeFileSync(`${journal}-wal`, 'pages');
    expect(wrong()).toEqual([]);
  });
});

describe('an engine that runs', () => {
  it('has nothing to say of its store while that is well', () => {
    makeJournal();
    room = { mb: 100, files: null };
    expect(storeProblem(place())).toBeNull();
  });

  it('says when the disk is full, and when somebody has taken its journal away', () => {
    makeJournal();
    room = { mb: 3, files: null };
    expect(storeProblem(place())).toContain('only 3 MB are free');
    rmSync(journal);
    expect(storeProblem(place())).toContain(`${journal} is gone`);
  });
});
