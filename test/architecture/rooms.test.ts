import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const PAGE = readFileSync('docs/contributors/architecture.md', 'utf8');
const CLOCK_OF_THE_SYSTEM =
  /\bDate\.now\(|\bnew Date\(\)|\bsetTimeout\(|\bsetInterval\(|\bMath\.random\b|\brandomUUID\b/;
/** Where the page says that time and chance come from the system. */
const OUTSIDE_TIME = ['observe', 'asterisk', 'cli', 'lab', 'sandbox'];

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => /\.(ts|js)$/.test(file));

describe('docs/contributors/architecture.md', () => {
  it('has every room and every file beside them, and no other', () => {
    const rows = PAGE.split('\n').filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1]));
    const there = readdirSync('src', { withFileTypes: true }).map(
      (each) => each.name + (each.isDirectory() ? '/' : ''),
    );
    expect(named.sort()).toEqual(there.sort());
  });

  it('names the prefixes of adapters that the rules know', () => {
    const rule = /\(asterisk\|[a-z|]+\)/;
    expect(rule.exec(PAGE)?.[0]).toBe(rule.exec(readFileSync('.dependency-cruiser.cjs', 'utf8'))?.[0]);
  });
});

describe('time and chance', () => {
  it('are passed in: no room with rules asks the system for them', () => {
    const asking = sources
      .filter((file) => !OUTSIDE_TIME.includes(file.split(path.sep)[0] ?? ''))
      .filter((file) => CLOCK_OF_THE_SYSTEM.test(readFileSync(path.join('src', file), 'utf8')));
    expect(asking).toEqual([]);
  });

  it('would be found if one did', () => {
    expect(CLOCK_OF_THE_SYSTEM.test('const at = Date.now();')).toBe(true);
    expect(CLOCK_OF_THE_SYSTEM.test(readFileSync('src/observe/system-clock.ts', 'utf8'))).toBe(true);
  });
});
