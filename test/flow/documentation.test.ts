import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { formatMistake } from '../../src/flow/check/check-flow';
import { loadFlows } from '../../src/flow/load-flows';
import { FUNCTIONS } from '../../src/flow/expression/subset';
import { FIELD_ERRORS, FIELDS, STEP_KINDS, stepRule } from '../../src/flow/vocabulary';
import { testWorld } from './support/flow-world';

const PAGE = readFileSync('docs/ops/flows.md', 'utf8');
const BAD = path.join(__dirname, 'golden', 'bad');

function section(title: string): string {
  return PAGE.split(`\n## ${title}`)[1]?.split('\n## ')[0] ?? '';
}

describe('docs/ops/flows.md', () => {
  test('its flow is good', () => {
    const text = /```yaml\n(# yaml-language-server.*?)```/s.exec(PAGE)?.[1] ?? '';
    const { flows, mistakes } = loadFlows([{ path: 'flows.md', text }], testWorld());
    expect(mistakes.map(formatMistake)).toEqual([]);
    expect([...flows.keys()]).toEqual(['7009']);
  });

  test('tells of every rule that a mistake can break, and of no other', () => {
    const messages = readdirSync(BAD)
      .filter((name) => name.endsWith('.txt'))
      .flatMap((name) => readFileSync(path.join(BAD, name), 'utf8').trim().split('\n'));
    const rules = new Set(messages.map((line) => /^\S+:\d+:\d+: ([a-z-]+): /.exec(line)?.[1]));
    const told = section('When something is wrong')
      .split('\n')
      .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)].map((match) => match[1]));
    // These two are about a file, and about two: what they say is tested beside what reports them.
    expect(new Set(told)).toEqual(new Set([...rules, 'unreadable', 'duplicate']));
  });

  test('tells of every step with its keys, every field, error and function', () => {
    const rows = section('Steps').split('\n');
    for (const kind of STEP_KINDS) {
      const row = rows.find((line) => line.startsWith(`| \`${kind}\``)) ?? '';
      const { keys, outcomes } = stepRule(kind);
      const timers = kind === 'otp' ? ['timeout', 'interdigit-timeout', 'term-timeout', 'terminator', 'clear-key'] : [];
      const words = [...Object.keys(keys).filter((key) => !timers.includes(key)), ...Object.keys(outcomes)];
      expect(words.filter((word) => !row.includes(word))).toEqual([]);
    }
    for (const word of [...Object.keys(FIELDS), ...FIELD_ERRORS]) expect(PAGE).toContain(`\`${word}\``);
    for (const name of FUNCTIONS) expect(section('Expressions')).toContain(`$${name}`);
  });
});
