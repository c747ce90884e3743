import { FileChanges, GONE_MS, POLL_MS, SETTLED_MS, type Look } from '../../../../src/flow/run/reload/file-changes';
import { ManualClock, settle } from '../../../support/manual-clock';

/** Files by name, each with its state. */
type Files = Record<string, string>;

class Folder {
  readonly clock = new ManualClock();
  readonly seen: Files[] = [];
  files: Files = { 'a.yaml': '1', 'b.yaml': '1' };
  /** Runs between reading and the question whether all is still so. */
  whileReading: () => void = () => undefined;
  readonly changes: FileChanges;

  constructor() {
    this.changes = new FileChanges(
      {
        clock: this.clock,
        look: () => Promise.resolve(this.look()),
        changed: async (now, _before, stillSo) => {
          const read = { ...this.files };
          this.whileReading();
          expect(Object.fromEntries(now)).toEqual(read);
          if (await stillSo()) this.seen.push(read);
        },
      },
      this.look(),
    );
    this.changes.open();
  }

  /** The file system tells of it. */
  async write(files: Files): Promise<void> {
    this.files = { ...this.files, ...files };
    this.changes.noticed();
    await settle();
  }

  async remove(...names: readonly string[]): Promise<void> {
    this.files = Object.fromEntries(Object.entries(this.files).filter(([name]) => !names.includes(name)));
    this.changes.noticed();
    await settle();
  }

  private look(): Look {
    return new Map(Object.entries(this.files));
  }
}

let folder: Folder;

beforeEach(() => {
  folder = new Folder();
});

afterEach(() => {
  folder.changes.close();
  expect(folder.clock.running).toBe(0);
});

it('takes a saved file once it has been left alone for a moment', async () => {
  await folder.write({ 'a.yaml': '2' });
  await folder.clock.advance(SETTLED_MS - 1);
  expect(folder.seen).toEqual([]);
  await folder.clock.advance(1);
  expect(folder.seen).toEqual([{ 'a.yaml': '2', 'b.yaml': '1' }]);
  await folder.clock.advance(10 * POLL_MS);
  expect(folder.seen).toHaveLength(1);
});

it('waits while a file is written piece by piece', async () => {
  for (const piece of ['2', '3', '4', '5']) {
    await folder.write({ 'a.yaml': piece });
    await folder.clock.advance(SETTLED_MS - 50);
  }
  expect(folder.seen).toEqual([]);
  await folder.clock.advance(2 * SETTLED_MS);
  expect(folder.seen).toEqual([{ 'a.yaml': '5', 'b.yaml': '1' }]);
});

it('takes many files of one checkout together', async () => {
  await folder.write({ 'a.yaml': '2' });
  await folder.clock.advance(30);
  await folder.write({ 'b.yaml': '2', 'c.yaml': '1' });
  await folder.clock.advance(SETTLED_MS * 2);
  expect(folder.seen).toEqual([{ 'a.yaml': '2', 'b.yaml': '2', 'c.yaml': '1' }]);
});

it('finds a change of which no event came', async () => {
  folder.files = { ...folder.files, 'a.yaml': '2' };
  await folder.clock.advance(POLL_MS + SETTLED_MS);
  expect(folder.seen).toEqual([{ 'a.yaml': '2', 'b.yaml': '1' }]);
});

it('sees no change in a file that is gone for a moment and comes back as it was', async () => {
  await folder.remove('a.yaml', 'b.yaml');
  await folder.clock.advance(GONE_MS - 100);
  await folder.write({ 'a.yaml': '1', 'b.yaml': '1' });
  await folder.clock.advance(3 * GONE_MS);
  expect(folder.seen).toEqual([]);
});

it('takes a file that was removed and written anew as one change', async () => {
  await folder.remove('a.yaml');
  await folder.clock.advance(SETTLED_MS * 3);
  await folder.write({ 'a.yaml': '2' });
  await folder.clock.advance(2 * SETTLED_MS);
  expect(folder.seen).toEqual([{ 'a.yaml': '2', 'b.yaml': '1' }]);
});

it('believes that a file is gone when it stays gone', async () => {
  await folder.remove('a.yaml');
  await folder.clock.advance(GONE_MS + SETTLED_MS);
  expect(folder.seen).toEqual([{ 'b.yaml': '1' }]);
});

it('ignores events without a change', async () => {
  for (let event = 0; event < 20; event++) {
    folder.changes.noticed();
    await folder.clock.advance(10);
  }
  expect(folder.seen).toEqual([]);
  expect(folder.clock.running).toBe(1);
});

it('makes nothing of files that change while they are read, and reads them again', async () => {
  folder.whileReading = () => {
    folder.files = { ...folder.files, 'b.yaml': '2' };
    folder.whileReading = () => undefined;
  };
  await folder.write({ 'a.yaml': '2' });
  await folder.clock.advance(SETTLED_MS);
  expect(folder.seen).toEqual([]);
  await folder.clock.advance(SETTLED_MS);
  expect(folder.seen).toEqual([{ 'a.yaml': '2', 'b.yaml': '2' }]);
});

it('reads nothing any more once it is closed', async () => {
  await folder.write({ 'a.yaml': '2' });
  folder.changes.close();
  await folder.clock.advance(10 * POLL_MS);
  expect(folder.seen).toEqual([]);
});
