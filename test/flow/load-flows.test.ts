import { formatMistake } from '../../src/flow/check/check-flow';
import { isFlowFile, loadFlows } from '../../src/flow/load-flows';
import { testWorld } from './support/flow-world';

function flowText(id: string, dids: string, step = 'a: { say: goodbye, end: true }'): string {
  return `flow: ${id}\ndids: ${dids}\nlanguages: [en]\nstart: a\nsteps:\n  ${step}\n`;
}

function load(files: Record<string, string>, world = testWorld()): { dids: string[]; mistakes: string[] } {
  const loaded = loadFlows(
    Object.entries(files).map(([path, text]) => ({ path, text })),
    world,
  );
  return { dids: [...loaded.flows.keys()], mistakes: loaded.mistakes.map(formatMistake) };
}

describe('loading flows', () => {
  test('a file with mistakes starts no call; the others do', () => {
    const { dids, mistakes } = load({
      'bad.yaml': flowText('bad', '["1"]', 'a: { say: welcom, end: true }'),
      'good.yaml': flowText('good', '["2", "3"]'),
    });
    expect(dids).toEqual(['2', '3']);
    expect(mistakes).toEqual([
      'bad.yaml:6:13: unknown-prompt: there is no prompt `welcom` in `en`; did you mean `welcome`?',
    ]);
  });

  test('a number and an id belong to one flow only', () => {
    const { dids, mistakes } = load({
      'one.yaml': flowText('same', '["7001", "7002"]'),
      'two.yaml': flowText('same', '["7002"]'),
    });
    expect(dids).toEqual(['7001', '7002']);
    expect(mistakes).toEqual([
      'two.yaml:1:7: duplicate: the id `same` already belongs to the flow of one.yaml',
      'two.yaml:2:7: duplicate: the number "7002" already belongs to the flow of one.yaml',
    ]);
  });

  test('a connector with mistakes of its own is not reported again by every flow that uses it', () => {
    const text = flowText(
      'x',
      '["1"]',
      "a: { connect: stock, with: { order_id: '{{ day }}' }, on: { ok: b, error: b } }\n  b: { end: true }",
    );
    const broken = testWorld({ connectors: new Map(), brokenConnectors: new Set(['stock']) });
    expect(load({ 'x.yaml': text }, broken).mistakes).toEqual([]);
    expect(load({ 'x.yaml': text }, testWorld({ connectors: new Map() })).mistakes).toEqual([
      'x.yaml:6:17: unknown-connector: there is no connector `stock`; there are none',
    ]);
  });

  test('the version of a flow is that of its text', () => {
    const version = (text: string): string | undefined =>
      loadFlows([{ path: 'a.yaml', text }], testWorld()).flows.get('1')?.version;
    expect(version(flowText('a', '["1"]'))).toMatch(/^[0-9a-f]{64}$/);
    expect(version(flowText('a', '["1"]'))).toBe(version(flowText('a', '["1"]')));
    expect(version(flowText('a', '["1"]'))).not.toBe(version(`${flowText('a', '["1"]')}# changed\n`));
  });

  test.each([
    ['flows/transferred-call.yaml', true],
    ['/x/y.yml', true],
    ['flows/targets.yaml', false],
    ['flows/accounts.yaml', false],
    ['flows/sandbox-secrets.yaml', false],
    ['flows/flow.schema.json', false],
    ['flows/.hidden.yaml', false],
    ['flows/connectors', false],
  ])('%s: a flow is %s', (path, expected) => {
    expect(isFlowFile(path)).toBe(expected);
  });
});
