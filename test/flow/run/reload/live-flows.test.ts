import { HushtoneError } from '../../../../src/errors';
import { versionOf } from '../../../../src/flow/parse/parse-flow';
import { LiveFlowsWorld } from '../../../support/live-flows-world';
import { testWorld } from '../../support/flow-world';

const flow = (id: string, did: string, prompt: string): string =>
  `flow: ${id}\ndids: ['${did}']\nlanguages: [en]\nstart: bye\nsteps:\n  bye: { say: ${prompt}, end: true }\n`;
const A = flow('a', '7001', 'goodbye');
const A2 = flow('a', '7001', 'welcome');
const B = flow('b', '7002', 'goodbye');
const BROKEN = 'flow: a\ndids: ["7001"]\nlanguages: [en]\nstart: bye\nsteps:\n  bye: { sa';
const USES_STOCK = `flow: a\ndids: ['7001']\nlanguages: [en]\nstart: ask\nsteps:
  ask: { connect: stock, with: { order_id: "1" }, on: { ok: bye, sold-out: bye, error: bye } }
  bye: { say: goodbye, end: true }\n`;

let world: LiveFlowsWorld;

async function started(files: Record<string, string>, versions = new LiveFlowsWorld({}).versions): Promise<void> {
  world = new LiveFlowsWorld(files, versions);
  await world.start();
}

afterEach(() => {
  world.close();
});

const versionFor = (did: string): string | undefined => world.flows.find(did)?.compiled.flow.version;
const words = (): readonly string[] => world.last?.mistakes.map((mistake) => mistake.words) ?? [];

describe('a saved flow', () => {
  it('is what the next call begins with, while the call before has what it began with', async () => {
    await started({ 'a.yaml': A, 'b.yaml': B });
    const call = world.flows.find('7001');
    const other = world.flows.find('7002');
    world.write('a.yaml', A2);
    await world.wait();
    expect(versionFor('7001')).toBe(versionOf(A2));
    expect(call?.compiled.flow.version).toBe(versionOf(A));
    expect(world.flows.find('7002')).toBe(other);
    expect(world.last).toMatchObject({ taken: [{ flow: 'a', version: versionOf(A2), file: 'a.yaml' }], mistakes: [] });
  });

  it('is kept before it is used, once, and again when it is used again', async () => {
    await started({ 'a.yaml': A });
    for (const text of [A2, A, `${A} `]) {
      world.write('a.yaml', text);
      await world.wait();
    }
    world.writeAround({});
    await world.wait();
    const kept = world.versions.of('a').map(({ text, how, file }) => [text, how, file]);
    expect(kept.reverse()).toEqual([A, A2, A, `${A} `].map((text) => [text, 'used', 'a.yaml']));
  });

  it('is not used when it cannot be kept', async () => {
    await started({ 'a.yaml': A });
    world.versions.full = new HushtoneError('flow-not-kept', 'flows.sqlite: disk is full');
    world.write('a.yaml', A2);
    await world.wait();
    expect(versionFor('7001')).toBe(versionOf(A));
    expect(words()).toEqual(['The version of a flow cannot be kept: flows.sqlite: disk is full']);
    world.versions.full = null;
    world.write('a.yaml', A2);
    await world.wait();
    expect(versionFor('7001')).toBe(versionOf(A2));
  });

  it('may be new, or go', async () => {
    await started({ 'a.yaml': A });
    world.write('b.yaml', B);
    await world.wait();
    expect(versionFor('7002')).toBe(versionOf(B));
    world.remove('a.yaml');
    await world.wait();
    expect(versionFor('7001')).toBeUndefined();
    expect(world.last?.gone).toEqual([{ flow: 'a', version: versionOf(A), file: 'a.yaml' }]);
  });
});

it('a flow whose file has another name now is not gone', async () => {
  await started({ 'a.yaml': A });
  world.remove('a.yaml');
  world.write('renamed.yaml', A);
  await world.wait();
  expect(world.last).toMatchObject({ taken: [{ flow: 'a', file: 'renamed.yaml' }], gone: [] });
  expect(versionFor('7001')).toBe(versionOf(A));
});

describe('a flow with mistakes', () => {
  it('changes nothing, is told with its place, and costs the other files nothing', async () => {
    await started({ 'a.yaml': A, 'b.yaml': B });
    world.write('a.yaml', BROKEN);
    world.write('b.yaml', B.replace('goodbye', 'welcome'));
    await world.wait();
    expect(versionFor('7001')).toBe(versionOf(A));
    expect(versionFor('7002')).toBe(versionOf(B.replace('goodbye', 'welcome')));
    expect(words().length).toBeGreaterThan(0);
    expect(words().every((each) => /^a\.yaml:\d+:\d+: /.test(each))).toBe(true);
    world.write('a.yaml', A2);
    await world.wait();
    expect(versionFor('7001')).toBe(versionOf(A2));
    expect(words()).toEqual([]);
  });

  it('may be one that nobody can read, which is told of it alone', async () => {
    await started({ 'a.yaml': A, 'b.yaml': B });
    world.unreadable.add('a.yaml');
    world.write('a.yaml', '');
    world.write('b.yaml', B.replace('goodbye', 'welcome'));
    await world.wait();
    expect(versionFor('7001')).toBe(versionOf(A));
    expect(versionFor('7002')).toBe(versionOf(B.replace('goodbye', 'welcome')));
    expect(words()).toEqual(['a.yaml:1:1: unreadable: it is a pipe']);
    world.unreadable.clear();
    world.write('a.yaml', '');
    await world.wait();
    expect(words()[0]).toMatch(/^a\.yaml:1:1: wrong-type/);
    world.write('a.yaml', A2);
    await world.wait();
    expect(versionFor('7001')).toBe(versionOf(A2));
    expect(words()).toEqual([]);
  });

  it('is a copy with the number and id of a flow in use, whose own edits go on being used', async () => {
    await started({ 'b.yaml': A });
    world = new LiveFlowsWorld({ 'a.yaml': A, 'b.yaml': A }, world.versions);
    await world.start();
    expect(world.flows.find('7001')?.compiled.flow.file).toBe('b.yaml');
    world.write('b.yaml', A2);
    await world.wait();
    expect(versionFor('7001')).toBe(versionOf(A2));
    expect(words()).toEqual([
      'a.yaml:1:7: duplicate: the id `a` already belongs to the flow of b.yaml',
      'a.yaml:2:7: duplicate: the number "7001" already belongs to the flow of b.yaml',
    ]);
  });

  it('leaves all as it was when every file goes with the folder', async () => {
    await started({ 'a.yaml': A });
    world.remove('a.yaml');
    await world.wait();
    expect(versionFor('7001')).toBe(versionOf(A));
    expect(words()).toEqual(['The flow file cannot be read: there is none']);
  });
});

describe('what stands beside flows', () => {
  it('goes with the flows that were checked against it', async () => {
    await started({ 'a.yaml': A });
    const call = world.flows.find('7001');
    world.writeAround({ world: testWorld() });
    await world.wait();
    expect(call?.surroundings.made).toBe(1);
    expect(world.flows.find('7001')).toMatchObject({ surroundings: { made: 2 } });
    expect(world.last).toMatchObject({ surroundings: true, taken: [], mistakes: [] });
  });

  it('is not used with mistakes, but a good flow is, checked against what is in use', async () => {
    await started({ 'a.yaml': A });
    world.writeAround({ wrong: 'not a mapping' });
    world.write('a.yaml', A2);
    await world.wait();
    expect(world.flows.find('7001')).toMatchObject({ surroundings: { made: 1 } });
    expect(versionFor('7001')).toBe(versionOf(A2));
    expect(words()).toEqual(['targets.yaml:1:1: yaml: not a mapping']);
    // Still wrong, and told again when something else is saved.
    world.wrongAround = 'not a mapping';
    world.write('a.yaml', A);
    await world.wait();
    expect(words()).toEqual(['targets.yaml:1:1: yaml: not a mapping']);
  });

  it('stays as it was for a flow that needs what is gone', async () => {
    await started({ 'a.yaml': USES_STOCK, 'b.yaml': B });
    world.writeAround({ world: testWorld({ connectors: new Map() }) });
    await world.wait();
    expect(world.flows.find('7001')).toMatchObject({ surroundings: { made: 1 } });
    expect(world.flows.find('7002')).toMatchObject({ surroundings: { made: 2 } });
    expect(words().some((each) => each.startsWith('a.yaml:') && each.includes('stock'))).toBe(true);
    expect(world.flows.inUse.size).toBe(2);
  });
});

describe('a start', () => {
  it('lists every mistake, and starts nothing, where no flow is good or something beside them is wrong', async () => {
    world = new LiveFlowsWorld({ 'a.yaml': BROKEN, 'b.yaml': B });
    world.wrongAround = 'not a mapping';
    await expect(world.start()).rejects.toThrow(
      /correct these \d+ and start again\n {2}targets\.yaml:1:1.*\n {2}a\.yaml:6:/s,
    );
    world = new LiveFlowsWorld({ 'a.yaml': BROKEN });
    await expect(world.start()).rejects.toThrow(/a\.yaml:6:/);
  });

  it('leaves out a file with mistakes that no call ever began with, and says so', async () => {
    world = new LiveFlowsWorld({ 'a.yaml': BROKEN, 'b.yaml': B });
    const first = await world.start();
    expect([...world.flows.numbers.keys()]).toEqual(['7002']);
    expect(first.mistakes.length).toBeGreaterThan(0);
    expect(first.mistakes.every(({ file }) => file === 'a.yaml')).toBe(true);
    world.write('a.yaml', A);
    await world.wait();
    expect(versionFor('7001')).toBe(versionOf(A));
  });

  it('leaves a number to the flow that had it last, whatever the files are called', async () => {
    await started({ 'a.yaml': A });
    const { versions, clock } = world;
    await clock.advance(1);
    world.write('b.yaml', A.replace('flow: a', 'flow: b'));
    world.remove('a.yaml');
    await world.wait();
    world.close();
    world = new LiveFlowsWorld({ 'a.yaml': BROKEN, 'b.yaml': A.replace('flow: a', 'flow: b') }, versions);
    await world.start();
    expect(world.flows.find('7001')?.compiled.flow.id).toBe('b');
    world.close();
    world = new LiveFlowsWorld(
      { '0.yaml': A2.replace('flow: a', 'flow: c'), 'b.yaml': `${A} `.replace('flow: a', 'flow: b') },
      versions,
    );
    const first = await world.start();
    expect(world.flows.find('7001')?.compiled.flow.id).toBe('b');
    expect(first.mistakes.map(({ words: said }) => said)).toEqual([
      '0.yaml:2:7: duplicate: the number "7001" already belongs to the flow of b.yaml',
    ]);
  });

  it('begins with the last good version of a file that has mistakes by now', async () => {
    await started({ 'a.yaml': A, 'b.yaml': B });
    const { versions } = world;
    world.close();
    world = new LiveFlowsWorld({ 'a.yaml': BROKEN, 'b.yaml': B }, versions);
    const first = await world.start();
    expect(versionFor('7001')).toBe(versionOf(A));
    expect(first.mistakes.every(({ file }) => file === 'a.yaml')).toBe(true);
    expect(first.inUse).toHaveLength(2);
    expect(versions.of('a')).toHaveLength(1);
    world.write('a.yaml', A2);
    await world.wait();
    expect(versionFor('7001')).toBe(versionOf(A2));
  });

  it('refuses when the last good version is not right any more either', async () => {
    await started({ 'a.yaml': USES_STOCK });
    const { versions } = world;
    world.close();
    world = new LiveFlowsWorld({ 'a.yaml': BROKEN }, versions);
    world.world = testWorld({ connectors: new Map() });
    await expect(world.start()).rejects.toThrow(/a\.yaml:6:/);
  });
});

describe('the version of a call that an earlier process began', () => {
  it('is found again, once for all its calls, though the file is another by now', async () => {
    await started({ 'a.yaml': A });
    world.write('a.yaml', A2);
    await world.wait();
    const found = world.flows.version(versionOf(A));
    expect(found?.compiled.flow.version).toBe(versionOf(A));
    expect(world.flows.version(versionOf(A))).toBe(found);
    expect(world.flows.version(versionOf(A2))).toBe(world.flows.find('7001'));
  });

  it('is none where it was never kept, or is not right any more', async () => {
    await started({ 'a.yaml': USES_STOCK });
    expect(world.flows.version('00')).toBeNull();
    world.writeAround({ world: testWorld({ connectors: new Map() }) });
    world.write('a.yaml', A);
    await world.wait();
    expect(world.flows.version(versionOf(USES_STOCK))).toBeNull();
  });
});

it('takes nothing over from files that were changed while they were read', async () => {
  await started({ 'a.yaml': A });
  expect(await world.flows.reload(true, () => Promise.resolve(false))).toBeNull();
  expect(world.flows.find('7001')).toMatchObject({ surroundings: { made: 1 } });
});
