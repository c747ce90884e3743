import { readFileSync } from 'node:fs';
import { formatMistake } from '../../src/flow/check/check-flow';
import { loadFlows } from '../../src/flow/load-flows';
import { testWorld } from './support/flow-world';

const PAGE = readFileSync('docs/flows.md', 'utf8');

describe('docs/flows.md', () => {
  test('its flow is good', () => {
    const text = /```yaml\n(# yaml-language-server.*?)```/s.exec(PAGE)?.[1] ?? '';
    const { flows, mistakes } = loadFlows([{ path: 'flows.md', text }], testWorld());
    expect(mistakes.map(formatMistake)).toEqual([]);
    expect([...flows.keys()]).toEqual(['7009']);
  });
});
