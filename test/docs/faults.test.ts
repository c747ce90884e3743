import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const PAGE = readFileSync('docs/operators/faults.md', 'utf8');
const CATALOGUE = (parse(readFileSync('sounds/en/catalog.yaml', 'utf8')) as { prompts: Record<string, string> })
  .prompts;

/** The words stand in the title of a test of the file, of a group of tests, or of a row of a table of tests. */
function hasTest(file: string, words: string): boolean {
  if (!existsSync(file)) return false;
  const title = /(?:\b(?:it|test|describe)[.\w<>[\], ]*\(|\)\(|\[|^)\s*(['"`])((?:\\.|(?!\1).)*)\1,/gm;
  return [...readFileSync(file, 'utf8').matchAll(title)].some(([, , text = '']) => text.includes(words));
}

describe('docs/operators/faults.md', () => {
  const rows = PAGE.split('\n').filter((line) => /^\| (?!-|When|Fault)/.test(line));

  it('has a row for each fault', () => {
    expect(rows.length).toBeGreaterThan(50);
  });

  it.each(rows)('names tests by words of their titles: %s', (row) => {
    const named = [...row.matchAll(/`(test\/[^`]+\.test\.ts) › ([^`]+)`/g)];
    expect(named.length).toBeGreaterThan(0);
    // Nothing but such names stands in the last cell.
    const last = row.split('|').at(-2) ?? '';
    expect(last.replace(/`[^`]*`/g, '').replace(/[\s,]/g, '')).toBe('');
    for (const [, file = '', words = ''] of named)
      expect([file, words, hasTest(file, words)]).toEqual([file, words, true]);
  });

  it('quotes nothing that is not recorded', () => {
    const recorded = Object.values(CATALOGUE);
    const quoted = [...PAGE.matchAll(/"([^"]+)"/g)].map(([, words = '']) => words);
    expect(quoted.length).toBeGreaterThan(5);
    expect(quoted.filter((words) => !recorded.includes(words))).toEqual([]);
  });
});
