import { formatMistake } from '../../src/flow/check/check-flow';
import { loadFlows } from '../../src/flow/load-flows';
import { forReload } from '../../src/flow/run/reload/mistakes-in-words';
import { testWorld } from './support/flow-world';

const mistakesIn = (text: string) => loadFlows([{ path: 'a.yaml', text }], testWorld()).mistakes;
const START = 'flow: a\ndids: ["1"]\nlanguages: [en]\n';

describe('what is said of a file that is no flow', () => {
  it('quotes the beginning only, in one line', () => {
    const [mistake, ...more] = mistakesIn('secret words of somebody else '.repeat(10_000)).map(formatMistake);
    expect(mistake).toMatch(/not `secret words of somebody else secret words of somebody else \.\.\.`$/);
    expect(mistake?.length).toBeLessThan(400);
    expect(more).toEqual([]);
  });

  it('says no long number, whole or in groups', () => {
    for (const number of ['1234567890123456', '1234 5678 9012 3456', '1234-5678-9012-3456']) {
      const said = mistakesIn(`${START}start: "${number}"\nsteps: {}\n`).map(formatMistake).join('\n');
      expect(said).toContain('3456');
      expect(said.replaceAll(/[ -]/g, '')).not.toMatch(/[0-9]{5}/);
    }
  });

  it('says nothing of what stands in it where everybody may ask', () => {
    const [mistake] = mistakesIn('secret');
    expect(mistake && forReload(mistake)).toMatchObject({ file: 'a.yaml', open: 'a.yaml:1:1: wrong-type' });
  });
});

it('a flow has at most 2000 steps, and of a longer one that is all that is said', () => {
  const steps = (count: number): string =>
    Array.from({ length: count }, (_none, at) => `  s${at}: { say: goodbye, next: s${at + 1} }\n`).join('');
  const flow = (count: number): string =>
    `${START}start: s0\nsteps:\n${steps(count - 1)}  s${count - 1}: { end: true }\n`;
  expect(mistakesIn(flow(2000))).toEqual([]);
  expect(mistakesIn(flow(2001)).map(formatMistake)).toEqual([
    'a.yaml:5:1: out-of-range: a flow has at most 2000 steps, not 2001; make several flows of it',
  ]);
});
