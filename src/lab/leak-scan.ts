import { createReadStream, existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { DigitEvents } from './digit-events';
import type { Form, Needle, Pattern } from './leak-patterns';
import { LONG_NEEDLE, PatternCounter, patternsOf } from './leak-patterns';
import { readMemory } from './process-memory';

export interface Leak {
  readonly needle: string;
  readonly form: Form;
  /** A file, the name given to a text, or `memory of <pid>`. */
  readonly place: string;
  readonly count: number;
}

export interface LeakReport {
  readonly leaks: readonly Leak[];
  /** Sum of all counts. */
  readonly total: number;
  readonly places: number;
  readonly bytes: number;
}

/** What SQLite keeps beside a database. */
const BESIDE = ['-wal', '-shm', '-journal'];

/**
 * Looks for numbers in everything that a payment leaves behind: files, answers, the memory of a process that we started. Each scan adds to
 * the report. Nothing it returns holds a digit.
 */
export class LeakScan {
  private readonly leaks: Leak[] = [];
  private places = 0;
  private bytes = 0;

  /** @throws RangeError for a needle that is no number of at least 6 digits. */
  constructor(private readonly needles: readonly Needle[]) {
    needles.forEach(patternsOf);
  }

  /** An answer, a page, a transcript. */
  text(place: string, text: string | Buffer): void {
    const scan = new PlaceScan(this.needles);
    const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
    scan.push(bytes);
    scan.end();
    this.add(place, scan, bytes.length);
  }

  /** Files and whole folders; beside a database also its write-ahead log. @throws when one does not exist. */
  async files(...roots: readonly string[]): Promise<void> {
    const found = new Set<string>();
    for (const root of roots) await listFiles(root, found);
    for (const file of found) {
      const scan = new PlaceScan(this.needles);
      let size = 0;
      for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
        scan.push(piece);
        size += piece.length;
      }
      scan.end();
      this.add(file, scan, size);
    }
  }

  /** The memory of a process that we started. Short needles are left out: chance would find them. */
  async memory(pid: number): Promise<void> {
    const scan = new PlaceScan(this.needles.filter(({ digits }) => digits.length >= LONG_NEEDLE));
    const size = await readMemory(
      pid,
      (bytes) => {
        scan.push(bytes);
      },
      () => {
        scan.end();
      },
    );
    this.add(`memory of ${pid}`, scan, size);
  }

  report(): LeakReport {
    const total = this.leaks.reduce((sum, { count }) => sum + count, 0);
    return { leaks: [...this.leaks], total, places: this.places, bytes: this.bytes };
  }

  /** One line: `pan=0 cvv=0 ordered=0 places=14 mb=212`. */
  summary(): string {
    const { leaks, places, bytes } = this.report();
    const count = (fits: (leak: Leak) => boolean) => leaks.filter(fits).reduce((sum, leak) => sum + leak.count, 0);
    const names = [...new Set(this.needles.map(({ name }) => name))];
    const each = names.map((name) => `${name}=${count(({ needle, form }) => needle === name && form !== 'events')}`);
    const ordered = count(({ form }) => form === 'events');
    return [...each, `ordered=${ordered}`, `places=${places}`, `mb=${Math.round(bytes / 1e6)}`].join(' ');
  }

  private add(place: string, scan: PlaceScan, bytes: number): void {
    this.places++;
    this.bytes += bytes;
    for (const [{ needle, form }, count] of scan.found()) this.leaks.push({ needle, form, place, count });
  }
}

/** One place: every pattern of every needle, and its key events. */
class PlaceScan {
  private readonly patterns: readonly Pattern[];
  private readonly counter: PatternCounter;
  private readonly events = new DigitEvents();

  constructor(private readonly needles: readonly Needle[]) {
    this.patterns = needles.flatMap(patternsOf);
    this.counter = new PatternCounter(this.patterns);
  }

  push(bytes: Buffer): void {
    this.counter.push(bytes);
    this.events.push(bytes);
  }

  /** The stream ends here; another may begin (the next region of a memory). */
  end(): void {
    this.counter.end();
  }

  /** What was found, the ways of writing one form added up. */
  *found(): Generator<[{ needle: string; form: Form }, number]> {
    const sums = new Map<string, [{ needle: string; form: Form }, number]>();
    for (const [i, { needle, form }] of this.patterns.entries()) {
      const key = `${needle} ${form}`;
      const sum = (sums.get(key)?.[1] ?? 0) + (this.counter.counts[i] ?? 0);
      sums.set(key, [{ needle, form }, sum]);
    }
    for (const { name, digits } of this.needles) {
      sums.set(`${name} events`, [{ needle: name, form: 'events' }, this.events.readable(digits)]);
    }
    for (const each of sums.values()) if (each[1] > 0) yield each;
  }
}

async function listFiles(root: string, found: Set<string>): Promise<void> {
  const kind = await stat(root);
  if (kind.isDirectory()) {
    for (const name of await readdir(root)) await listFiles(path.join(root, name), found);
  } else if (kind.isFile()) {
    found.add(path.resolve(root));
    for (const more of BESIDE) if (existsSync(root + more)) found.add(path.resolve(root + more));
  }
}
