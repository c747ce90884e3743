import type { Flow } from '../../src/flow/ast';
import { chooseFlows, type FlowChoice } from '../../src/flow/choose-flows';
import type { LoadedFlows } from '../../src/flow/load-flows';

const flow = (file: string, id: string, version: string, ...dids: string[]): Flow =>
  ({ file, id, version, dids }) as unknown as Flow;
const loaded = (flows: readonly Flow[], bad: readonly string[] = []): LoadedFlows => ({
  flows: new Map(flows.flatMap((each) => each.dids.map((did) => [did, each] as const))),
  mistakes: bad.map((file) => ({ rule: 'yaml', message: 'half', place: { file, line: 1, column: 1 } })),
  warnings: [],
  placeOf: ({ file }) => ({ file, line: 2, column: 7 }),
});
const inUse = (...flows: readonly Flow[]): ReadonlyMap<string, Flow> => new Map(flows.map((each) => [each.file, each]));
const versions = ({ flows }: FlowChoice): Record<string, string> =>
  Object.fromEntries([...flows].map(([file, { version }]) => [file, version]));

const BEFORE = inUse(flow('a.yaml', 'a', 'a1', '7001'), flow('b.yaml', 'b', 'b1', '7002'));

it('takes what is good and leaves what is bad as it was', () => {
  const choice = chooseFlows(BEFORE, loaded([flow('a.yaml', 'a', 'a2', '7001')], ['b.yaml']), ['a.yaml', 'b.yaml']);
  expect(versions(choice)).toEqual({ 'a.yaml': 'a2', 'b.yaml': 'b1' });
  expect(choice.mistakes).toHaveLength(1);
});

it('has no flow of a new file with mistakes, and none of a file that is gone', () => {
  expect(versions(chooseFlows(BEFORE, loaded([], ['c.yaml', 'a.yaml']), ['a.yaml', 'c.yaml']))).toEqual({
    'a.yaml': 'a1',
  });
});

it('gives no number away that a flow still has because of mistakes in its file', () => {
  const now = loaded([flow('b.yaml', 'b', 'b2', '7002', '7001')], ['a.yaml']);
  const choice = chooseFlows(BEFORE, now, ['a.yaml', 'b.yaml']);
  expect(versions(choice)).toEqual({ 'a.yaml': 'a1', 'b.yaml': 'b1' });
  expect(choice.mistakes.map(({ place, message }) => `${place.file}: ${message}`)).toContain(
    'b.yaml: the number "7001" still belongs to the flow of a.yaml, which stays as it was because of its mistakes',
  );
});

it('goes on until no two flows share a number', () => {
  // c wants what b gave up; b cannot have what a keeps, so b keeps what c wants.
  const now = loaded([flow('b.yaml', 'b', 'b2', '7001'), flow('c.yaml', 'c', 'c1', '7002')], ['a.yaml']);
  const choice = chooseFlows(BEFORE, now, ['a.yaml', 'b.yaml', 'c.yaml']);
  expect(versions(choice)).toEqual({ 'a.yaml': 'a1', 'b.yaml': 'b1' });
  expect(choice.mistakes).toHaveLength(3);
});

it('lets a number move once both files are good', () => {
  const now = loaded([flow('a.yaml', 'a', 'a2', '7003'), flow('b.yaml', 'b', 'b2', '7001', '7002')]);
  expect(versions(chooseFlows(BEFORE, now, ['a.yaml', 'b.yaml']))).toEqual({ 'a.yaml': 'a2', 'b.yaml': 'b2' });
});
