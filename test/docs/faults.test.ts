import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const PAGE = readFileSync('docs/operators/faults.md', 'utf8');
const CATALOGUE = (parse(readFileSync('sounds/en/catalog.yaml', 'utf8')) as { prompts: Record<string, string> })
  .prompts;

describe('docs/operators/faults.md', () => {
  it('names a test that exists in every row', () => {
    const rows = PAGE.split('\n').filter((line) => /^\| (?!-|When|Fault)/.test(line));
    expect(rows.length).toBeGreaterThan(35);
    for (const row of rows) {
      const files = [...row.matchAll(/`(test\/[^`]+\.test\.ts)`/g)].map(([, file = '']) => file);
      expect([row, files.length > 0 && files.every((file) => existsSync(file))]).toEqual([row, true]);
    }
  });

  it('quotes nothing that is not recorded', () => {
    const recorded = Object.values(CATALOGUE);
    const quoted = [...PAGE.matchAll(/"([^"]+)"/g)].map(([, words = '']) => words);
    expect(quoted.length).toBeGreaterThan(5);
    expect(quoted.filter((words) => !recorded.includes(words))).toEqual([]);
  });
});
