import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import threads from 'node:worker_threads';
import Database from 'better-sqlite3';
import { SqlitePaymentJournal, type SqliteJournalOptions } from '../../src/store/sqlite-payment-journal';
import { ManualClock } from '../support/manual-clock';
import { newAttempt, paymentJournalContract } from './payment-journal.contract';

/** A disk that makes no commit durable while it is stuck. */
class StickyDisk {
  readonly held = new SharedArrayBuffer(4);
  private readonly flag = new Int32Array(this.held);

  stick(): void {
    Atomics.store(this.flag, 0, 1);
  }

  release(): void {
    Atomics.store(this.flag, 0, 0);
    Atomics.notify(this.flag, 0);
  }
}

let disk: StickyDisk;
let directory: string;
let file: string;
const clock = new ManualClock();

beforeEach(() => {
  disk = new StickyDisk();
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hushtone-journal-'));
  file = path.join(directory, 'data', 'payments.sqlite');
});
afterEach(() => {
  disk.release();
  fs.chmodSync(directory, 0o700);
  fs.rmSync(directory, { recursive: true, force: true });
});

function open(changes: Partial<SqliteJournalOptions> = {}): Promise<SqlitePaymentJournal> {
  return SqlitePaymentJournal.open({ file, clock, held: disk.held, lockWaitMs: 50, ...changes });
}

/** The journal's refusal to open, in words. */
async function refusal(): Promise<string> {
  const result = await open().then(
    async (journal) => {
      await journal.close();
      return null;
    },
    (error: unknown) => error,
  );
  expect(result).toMatchObject({ code: 'journal-unavailable' });
  return (result as Error).message;
}

/** How many commits the write-ahead log holds: the last frame of each has the size of the database in it (sqlite.org/fileformat2.html). */
function commits(): number {
  const log = fs.readFileSync(`${file}-wal`);
  const frame = 24 + log.readUInt32BE(8);
  let count = 0;
  for (let at = 32; at + frame <= log.length; at += frame) if (log.readUInt32BE(at + 4) !== 0) count++;
  return count;
}

function otherProgram(sql: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const other = new Database(file);
  other.exec(sql);
  other.close();
}

describe('the payment journal in SQLite', () => {
  paymentJournalContract(async () => {
    const own = new ManualClock();
    return { clock: own, journal: await open({ clock: own }) };
  });
});

describe('the file of the payment journal', () => {
  test('is readable by its owner alone, side files included', async () => {
    const journal = await open();
    await journal.open(newAttempt('att_1'));
    const files = fs.readdirSync(path.dirname(file));
    expect(files).toContain('payments.sqlite');
    expect(files).toContain('payments.sqlite-wal');
    for (const name of files) {
      expect([name, (fs.statSync(path.join(path.dirname(file), name)).mode & 0o777).toString(8)]).toEqual([
        name,
        '600',
      ]);
    }
    expect((fs.statSync(path.dirname(file)).mode & 0o777).toString(8)).toBe('700');
    await journal.close();
  });

  test('keeps everything over a restart', async () => {
    const first = await open();
    await first.open(newAttempt('att_1'));
    const moved = await first.move('att_1', ['created'], { to: 'submitting', submitBy: 5 });
    await first.close();
    const second = await open();
    expect(await second.find('att_1')).toEqual(moved);
    expect(await second.unsettled()).toEqual([moved]);
    await second.close();
  });

  test('what was asked for before closing is written', async () => {
    const first = await open();
    disk.stick();
    const writes = Array.from({ length: 10 }, (_, index) =>
      first.open(newAttempt(`att_${index}`, { reference: `${index}` })),
    );
    const closed = first.close();
    disk.release();
    await closed;
    await Promise.all(writes);
    const second = await open();
    expect(await second.unsettled()).toHaveLength(10);
    await second.close();
  });

  test('itself refuses two blocking attempts at one order, whatever the code does', async () => {
    const journal = await open();
    await journal.open(newAttempt('att_1'));
    await journal.move('att_1', ['created'], { to: 'declined' });
    await journal.open(newAttempt('att_2'));
    const revived = journal.move('att_1', ['declined'], { to: 'approved' });
    await expect(revived).rejects.toMatchObject({ code: 'journal-conflict' });
    expect(await journal.find('att_1')).toMatchObject({ state: 'declined' });
    await journal.close();
  });

  test('in use by another engine: says so', async () => {
    const first = await open();
    expect(await refusal()).toMatch(/is in use by another process: stop the other engine/);
    await first.close();
    await (await open()).close();
  });

  test('damaged: says what to do', async () => {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, Buffer.alloc(8192, 'not a database '));
    expect(await refusal()).toMatch(/payments\.sqlite is damaged: keep it, and put a backup in its place/);
  });

  test('damaged inside: says what to do', async () => {
    const first = await open();
    for (let index = 0; index < 200; index++)
      await first.open(newAttempt(`att_${index}`, { reference: `TXN-${index}` }));
    await first.close();
    const bytes = fs.readFileSync(file);
    expect(bytes.length).toBeGreaterThan(5 * 4096);
    bytes.fill(0xff, 4 * 4096, 5 * 4096);
    fs.writeFileSync(file, bytes);
    expect(await refusal()).toMatch(/is damaged/);
  });

  test('of another program: is left alone', async () => {
    otherProgram('CREATE TABLE addresses (name TEXT)');
    const before = fs.readFileSync(file);
    expect(await refusal()).toMatch(/is a database of another program: set HUSHTONE_DATA_DIR/);
    expect(fs.readFileSync(file).equals(before)).toBe(true);
  });

  test('of a newer version: is left alone', async () => {
    await (await open()).close();
    otherProgram('PRAGMA user_version = 99');
    expect(await refusal()).toMatch(/was written by a newer version of Hushtone/);
  });

  test('a directory in its place: says so', async () => {
    fs.mkdirSync(file, { recursive: true });
    expect(await refusal()).toMatch(/cannot be written: make the file and its directory writable/);
  });

  test('under a path that is a file: says so', async () => {
    fs.writeFileSync(path.join(directory, 'data'), '');
    expect(await refusal()).toMatch(/cannot be written/);
  });

  const asUser = process.getuid?.() === 0 ? test.skip : test;
  asUser('in a directory that may not be written: says so', async () => {
    fs.chmodSync(directory, 0o500);
    expect(await refusal()).toMatch(/cannot be written: make the file and its directory writable/);
  });
});

describe('the engine beside a slow disk', () => {
  const timer = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

  test('timers fire and other work goes on while a commit is held, and it has not been made until it is told', async () => {
    const journal = await open();
    const before = commits();
    disk.stick();
    let isWritten = false;
    const writing = journal.open(newAttempt('att_1')).then(() => (isWritten = true));
    // A thread that waited for the disk itself would find it written at its next timer.
    for (let turn = 0; turn < 20; turn++) await timer();
    expect([isWritten, commits()]).toEqual([false, before]);
    disk.release();
    await writing;
    expect(commits()).toBe(before + 1);
    await journal.close();
  });

  test('what queues during a commit goes to disk together, in one more', async () => {
    const journal = await open();
    const before = commits();
    disk.stick();
    const writes = Array.from({ length: 100 }, (_, index) =>
      journal.open(newAttempt(`att_${index}`, { reference: `TXN-${index}` })),
    );
    disk.release();
    await Promise.all(writes);
    expect(commits() - before).toBeLessThanOrEqual(2);
    await journal.close();
  });
});

describe('a journal thread that dies', () => {
  test('fails what was under way, and the next request starts another', async () => {
    const started: threads.Worker[] = [];
    const RealWorker = threads.Worker;
    const spy = jest.spyOn(threads, 'Worker').mockImplementation((...args) => {
      const worker = new RealWorker(...args);
      started.push(worker);
      return worker;
    });
    const journal = await open();
    const written = await journal.open(newAttempt('att_1'));
    disk.stick();
    const lost = journal.move('att_1', ['created'], { to: 'submitting' });
    await Promise.all([
      expect(lost).rejects.toMatchObject({
        code: 'journal-unavailable',
        detail: expect.stringContaining(file) as string,
      }),
      started[0]?.terminate(),
    ]);
    disk.release();
    expect(await journal.find('att_1')).toEqual(written.opened ? written.attempt : null);
    expect(started).toHaveLength(2);
    await journal.close();
    spy.mockRestore();
  });
});
