import { readFileSync } from 'node:fs';
import { Metrics } from '../../src/observe/metrics';

const PAGE = readFileSync('docs/operators/metrics.md', 'utf8');

describe('docs/operators/metrics.md', () => {
  it('has every metric, and no other', async () => {
    const metrics = new Metrics({
      load: () => ({ calls: 0, vault_slots: 0, timers: 0 }),
      unsettled: () => Promise.resolve(0),
      checks: () => Promise.resolve([]),
    });
    const text = await metrics.text();
    metrics.close();
    const given = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
    const listed = [...PAGE.matchAll(/^\| `(\w+)`/gm)].map((match) => match[1]);
    expect(listed.sort()).toEqual(given.sort());
  });
});
