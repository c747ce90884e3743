import { execFile, spawnSync } from 'node:child_process';
import fs, { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { holderOf, lock, writeHolder } from '../../src/asterisk/file-lock';

const run = promisify(execFile);
const MODULE = path.join(__dirname, '../../src/asterisk/file-lock.js');

describe('a lock between processes', () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'hushtone-lock-'));
    file = path.join(directory, 'a.lock');
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it('names its holder while it is held, and is gone afterwards', async () => {
    const release = await lock(file);
    expect(holderOf(file)).toEqual({ pid: process.pid, alive: true });
    release();
    expect(holderOf(file)).toBeUndefined();
  });

  it('makes the second wait for the first, and tells it who that is', async () => {
    const release = await lock(file);
    const order: string[] = [];
    const second = lock(file, (pid) => order.push(`waits for ${String(pid)}`)).then((releaseSecond) => {
      order.push('second');
      releaseSecond();
    });
    await new Promise((resolve) => setImmediate(resolve));
    order.push('first lets go');
    release();
    await second;
    expect(order).toEqual([`waits for ${String(process.pid)}`, 'first lets go', 'second']);
  });

  it('tells of its holder only once that is written whole', () => {
    const seen: unknown[] = [];
    const { writeFileSync: write } = fs;
    const spy = jest.spyOn(fs, 'writeFileSync').mockImplementation((to, text) => {
      write(to, '');
      seen.push(holderOf(file));
      write(to, text);
    });
    writeHolder(file);
    spy.mockRestore();
    expect(seen).toEqual([undefined]);
    expect(holderOf(file)).toEqual({ pid: process.pid, alive: true });
    expect(fs.readdirSync(directory)).toEqual(['a.lock']);
  });

  it('is taken over from a process that has died', async () => {
    const { pid } = spawnSync('true');
    writeFileSync(file, `${String(pid)} 1\n`);
    const release = await lock(file);
    expect(holderOf(file)?.pid).toBe(process.pid);
    release();
  });

  it('is taken over from a process whose id now belongs to another', async () => {
    writeFileSync(file, `${String(process.pid)} 1\n`);
    expect(holderOf(file)).toEqual({ pid: process.pid, alive: false });
    const release = await lock(file);
    release();
    expect(existsSync(file)).toBe(false);
  });

  it('lets one process in at a time, also over a dead holder', async () => {
    const counter = path.join(directory, 'counter');
    writeFileSync(counter, '0');
    writeFileSync(file, `${String(spawnSync('true').pid)} 1\n`);
    // Reading and writing back loses counts as soon as two are in at once.
    const script = `
      const { lock } = require(${JSON.stringify(MODULE)});
      const fs = require('node:fs');
      (async () => {
        for (let i = 0; i < 5; i++) {
          const release = await lock(${JSON.stringify(file)});
          const value = Number(fs.readFileSync(${JSON.stringify(counter)}, 'utf8'));
          await new Promise((resolve) => setImmediate(resolve));
          fs.writeFileSync(${JSON.stringify(counter)}, String(value + 1));
          release();
        }
      })();`;
    await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, ['-e', script])));
    expect(readFileSync(counter, 'utf8')).toBe('20');
  });
});
