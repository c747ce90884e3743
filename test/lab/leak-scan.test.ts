import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { PatternCounter, patternsOf } from '../../src/lab/leak-patterns';
import { LeakScan } from '../../src/lab/leak-scan';

const PAN = '4012888888881881';
const pan = { name: 'pan', digits: Buffer.from(PAN) };
const hexOf = (text: string, gap: string) => Array.from(Buffer.from(text), (byte) => byte.toString(16)).join(gap);

function found(text: string | Buffer, needles = [pan]) {
  const scan = new LeakScan(needles);
  scan.text('there', text);
  return scan.report().leaks.map(({ form, count }) => `${form} ${count}`);
}

describe('a number written down', () => {
  it.each<[string, string | Buffer]>([
    ['ascii', `{"card":"${PAN}"}`],
    ['utf16', Buffer.from(`x${PAN}x`, 'utf16le')],
    ['percent', Array.from(Buffer.from(PAN), (byte) => `%${byte.toString(16)}`).join('')],
    ['split', '4012 8888 8888 1881'],
    ['split', '4012-8888-8888-1881'],
    ['split', Array.from(PAN).join(' ')],
    ['split', Array.from(PAN).join('-')],
    ['hex', hexOf(PAN, '')],
    ['hex', `<Buffer ${hexOf(PAN, ' ')}>`],
    ['codes', JSON.stringify(Buffer.from(PAN))],
    ['codes', Array.from(Buffer.from(PAN)).join(', ')],
  ])('is found as %s', (form, text) => {
    expect(found(text)).toEqual([`${form} 1`]);
  });

  it.each([0, 1, 2, 3, 4, 5])('is found in base64 with %i bytes before it', (before) => {
    const text = Buffer.from(`${'a'.repeat(before)}${PAN}","cvv":"`).toString('base64');
    expect(found(`x${text}x`)).toEqual(['base64 1']);
  });

  it.each(['378282246310005', '36259600000004', '6759000000005'])('is found in the groups of %s', (digits) => {
    const groups = digits.length < 14 ? /(.{4})(.{4})(.{4})(.)/ : /(.{4})(.{6})(.+)/;
    expect(found(digits.replace(groups, '$1 $2 $3 $4').trim(), [{ name: 'pan', digits: Buffer.from(digits) }])).toEqual(
      ['split 1'],
    );
  });

  it('is counted as often as it stands there', () => {
    expect(found(`${PAN}${PAN} ${PAN}`)).toEqual(['ascii 3']);
  });

  it('is found wherever the pieces of a stream are cut, and once', () => {
    const patterns = patternsOf(pan);
    const text = Buffer.from(`..${PAN}..${hexOf(PAN, ' ')}..${PAN}`);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 12 }), (cuts) => {
        const counter = new PatternCounter(patterns);
        const edges = [0, ...cuts.sort((a, b) => a - b), text.length];
        for (const [i, to] of edges.entries()) counter.push(text.subarray(edges[i - 1] ?? 0, to));
        counter.end();
        const sums: Record<string, number> = {};
        for (const [i, { form }] of patterns.entries()) sums[form] = (sums[form] ?? 0) + (counter.counts[i] ?? 0);
        expect(sums).toMatchObject({ ascii: 2, hex: 1, utf16: 0, codes: 0 });
      }),
    );
  });

  it('is not found where only its mask, or another number, stands', () => {
    expect(found('xxxxxxxxxxxx1881 4012888888881882 401288 1881')).toEqual([]);
  });
});

describe('a number told key by key', () => {
  const events = (digits: string, time: (i: number) => string) =>
    Array.from(digits, (digit, i) => `{"type":"ChannelDtmfReceived","timestamp":"${time(i)}","digit":"${digit}"}`);
  const at = (i: number) => `2026-01-15T12:00:${String(i).padStart(2, '0')}.000+0000`;

  it('is found in the order the events stand', () => {
    expect(found(events(PAN, () => '').join('\n'))).toEqual(['events 1']);
    expect(found(Array.from(PAN, (digit) => `Event: DTMFEnd\r\nDigit: ${digit}\r\n`).join('\r\n'))).toEqual([
      'events 1',
    ]);
    expect(found(Array.from(PAN, (digit) => `Signal=${digit}\r\nDuration=160\r\n`).join('\r\n'))).toEqual(['events 1']);
  });

  it('is found by their times, whatever their order, copies included', () => {
    const told = events(PAN, at);
    expect(found([...told, ...told].reverse().join('...'))).toEqual(['events 1']);
  });

  it('is not found when a key is missing', () => {
    expect(found(events(PAN, at).slice(1).join('\n'))).toEqual([]);
  });

  it('is found across the pieces of a large text', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'leaks-'));
    try {
      const far = events(PAN, at).map((event) => `${event}${' '.repeat(300_000)}`);
      await writeFile(path.join(folder, 'full.log'), far.join('\n'));
      const scan = new LeakScan([pan]);
      await scan.files(folder);
      expect(scan.summary()).toBe('pan=0 ordered=1 places=1 mb=5');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a short needle', () => {
  const otp = { name: 'otp', digits: Buffer.from('482913') };

  it('counts where it stands alone', () => {
    expect(found('otp 482913, "482913"', [otp])).toEqual(['ascii 2']);
    expect(found('1482913 4829130 call_482913f 0.482913', [otp])).toEqual([]);
  });

  it('is refused when chance would find it anyway', () => {
    expect(() => new LeakScan([{ name: 'cvv', digits: Buffer.from('123') }])).toThrow(
      'the needle cvv must be at least 6 ASCII digits',
    );
  });
});

describe('files', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'leaks-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('are scanned down the folders, each leak with its place', async () => {
    await mkdir(path.join(folder, 'deep'));
    await writeFile(path.join(folder, 'deep', 'agent.wav'), Buffer.concat([Buffer.alloc(70_000), Buffer.from(PAN)]));
    await writeFile(path.join(folder, 'clean.log'), 'xxxxxxxxxxxx1881');
    const scan = new LeakScan([pan]);
    await scan.files(folder);
    expect(scan.report()).toEqual({
      leaks: [{ needle: 'pan', form: 'ascii', place: path.join(folder, 'deep', 'agent.wav'), count: 1 }],
      total: 1,
      places: 2,
      bytes: 70_032,
    });
  });

  it('include the write-ahead log beside a database', async () => {
    const file = path.join(folder, 'journal.sqlite');
    const database = new Database(file);
    try {
      database.pragma('journal_mode = WAL');
      database.exec('create table t (c text)');
      database.pragma('wal_checkpoint(TRUNCATE)');
      database.prepare('insert into t values (?)').run(PAN);
      const scan = new LeakScan([pan]);
      await scan.files(file);
      expect(scan.report().leaks).toEqual([{ needle: 'pan', form: 'ascii', place: `${file}-wal`, count: 1 }]);
    } finally {
      database.close();
    }
  });

  it('that are not there fail the scan: it must not pass for a clean one', async () => {
    await expect(new LeakScan([pan]).files(path.join(folder, 'gone'))).rejects.toThrow('ENOENT');
  });
});

const describeOnLinux = process.platform === 'linux' ? describe : describe.skip;

describeOnLinux('the memory of another process', () => {
  let child: ChildProcess | null = null;

  afterEach(async () => {
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    child = null;
  });

  /** The same digits as the process makes from the seed. */
  function canary(seed: number): Buffer {
    let state = seed;
    return Buffer.from(
      Array.from({ length: 16 }, () => {
        state = (state * 1103515245 + 12345) % 2147483648;
        return 0x30 + (Math.floor(state / 65536) % 10);
      }),
    );
  }

  async function scanned(seed: number, way: string) {
    child = spawn(process.execPath, [path.join(__dirname, 'leaky-process.js'), String(seed), way], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.stdout !== null) await once(child.stdout, 'data');
    const scan = new LeakScan([{ name: 'canary', digits: canary(seed) }]);
    await scan.memory(child.pid ?? 0);
    const report = scan.report();
    expect(report.bytes).toBeGreaterThan(10_000_000);
    return report.leaks;
  }

  it.each([
    ['buffer', 'ascii'],
    ['string', 'ascii'],
    ['utf16', 'utf16'],
    ['events', 'events'],
  ])('gives away a number kept as %s', async (way, form) => {
    expect((await scanned(20_260_115, way)).map((leak) => leak.form)).toContain(form);
  });

  it('gives away nothing of a number that was wiped', async () => {
    expect(await scanned(20_260_115, 'wiped')).toEqual([]);
  });

  it('that does not exist fails the scan', async () => {
    await expect(new LeakScan([pan]).memory(2 ** 22 + 1)).rejects.toThrow('ENOENT');
  });
});
