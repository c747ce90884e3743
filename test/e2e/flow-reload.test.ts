import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { PATIENCE_MS } from '../../src/lab/patience';
import { Site } from '../../src/lab/site';
import { callsDuringEdits, DID, Editor, expectOneVersionEach, flowSaying, servedCalls } from './support/changing-flow';
import { countRealCall, PROJECT } from './support/payment-site';

const CALLS = 20;
const CALLS_A_SECOND = 3;
const GOAL_MS = 1_000;

let site: Site;
let editor: Editor;
let dialled = 0;

beforeAll(async () => {
  const flows = { 'changing.yaml': flowSaying('1000') };
  site = await Site.start({ projectDir: PROJECT, bringAsterisk: true, flows });
  editor = new Editor(site);
});

afterAll(async () => {
  await site.stop();
});

/** A caller who keys nothing. Resolves when the flow has begun. */
async function dial() {
  const number = `+91987650${String(1000 + (dialled += 1))}`;
  const since = site.log.lines.length;
  const caller = await site.world.dial({ did: DID, number, recording: `reload-${dialled}` });
  countRealCall();
  const start = await site.log.waitFor(
    'the start of the call',
    ({ event, caller: from }) => event === 'call-started' && from === number,
    { since },
  );
  return { caller, start };
}

async function ask(route: string): Promise<string> {
  return (await fetch(`${site.engine.runtime.http_url}${route}`)).text();
}

it('lets the next call begin with a saved flow within a second', async () => {
  const figures: number[][] = [];
  // A busy machine takes longer now and then; what always takes longer is too slow.
  for (let code = 2001; code <= 2003 || (bestOf(figures) >= GOAL_MS && code <= 2009); code++) {
    const { version, at } = await editor.saved(String(code));
    const inUse = Date.now() - at;
    const { caller, start } = await dial();
    expect(start.version).toBe(version);
    figures.push([inUse, Date.parse(start.time) - at]);
    await caller.hangUp();
  }
  console.log(`reload: ms from the save until it is in use, and until the next call: ${JSON.stringify(figures)}`);
  expect(bestOf(figures)).toBeLessThan(GOAL_MS);
});

/** The shortest time until the next call. */
function bestOf(figures: readonly (readonly number[])[]): number {
  return Math.min(...figures.map(([, call = Number.POSITIVE_INFINITY]) => call));
}

it('changes nothing for a mistake, tells it, and lets a call in progress keep what it began with', async () => {
  const { version } = await editor.saved('2010');
  const { caller, start } = await dial();
  editor.write(flowSaying('2011').replace('failed: bye', 'failed: by'));
  const refused = await site.log.waitFor('the refusal', ({ event }) => event === 'reload-refused');
  expect(refused).toMatchObject({ flow: 'changing', version });
  expect(refused.error).toMatch(/changing\.yaml:7:\d+: unknown-step: .*`by`.*`bye`/);
  expect(await ask('/readyz')).toMatch(/"status":"ready".*changed files have .*changing\.yaml:7:/);
  expect(await ask('/metrics')).toMatch(/^hushtone_definition_mistakes [1-9]/m);
  await editor.saved('2012');
  expect(await ask('/readyz')).toContain('"definitions":"ok"');
  expect(await ask('/metrics')).toMatch(/^hushtone_definition_mistakes 0$/m);
  await site.log.waitFor('the end', ({ event, call }) => event === 'call-ended' && call === start.call);
  await caller.ended;
  const [served] = servedCalls(site.log.lines.filter(({ call }) => call === start.call));
  expect(served).toMatchObject({ version, end: 'engine', failures: [] });
  expect(served?.words).toHaveLength(1);
});

it(`serves ${CALLS} calls in progress while the flow is saved every second, each by one version`, async () => {
  const since = site.log.lines.length;
  const { result, served } = await callsDuringEdits(site, { calls: CALLS, rate: CALLS_A_SECOND }, () => {
    editor.save();
  });
  expect(served).toHaveLength(CALLS);
  // SIPp keys by the clock, whether a busy machine has got as far or not: a field may miss its keys.
  const whole = served.filter(({ collected }) => collected === 3).length;
  expect([result.succeeded, whole].every((calls) => calls > CALLS / 2)).toBe(true);
  expectOneVersionEach(served, editor);
  const versions = new Set(served.map(({ version }) => version)).size;
  const refused = site.log.lines.slice(since).filter(({ event }) => event === 'reload-refused').length;
  console.log(
    `reload: ${CALLS} calls, ${whole} with every field, by ${versions} versions, ${refused} mistakes refused meanwhile`,
  );
  expect(versions).toBeGreaterThan(1);
  expect(refused).toBeGreaterThan(1);
  expect(editor.leavings).toContain('.changing.yaml.swp');
});

it('puts the version before back with one command', async () => {
  const good = await editor.saved('2020');
  await editor.saved('2021');
  const since = site.log.lines.length;
  const { status, stdout } = hushtone('flow', 'rollback', 'changing');
  expect([status, stdout]).toEqual([0, expect.stringContaining(`is version ${good.version} of `)]);
  await site.log.waitFor('it in use', ({ event, version }) => event === 'flow-in-use' && version === good.version, {
    since,
  });
  const { caller, start } = await dial();
  expect(start.version).toBe(good.version);
  await caller.hangUp();
});

it('finds the version of a call again after it was killed, and starts with the last good one beside a broken file', async () => {
  const old = await editor.saved('2030');
  const { caller, start } = await dial();
  await site.log.waitFor('the first words', ({ event, call }) => event === 'said' && call === start.call);
  const last = await editor.saved('2031');
  editor.write(flowSaying('2032').slice(0, 300));
  await site.engine.kill();
  expect(caller.up).toBe(true);
  await site.restartEngine();
  const resumed = await site.log.waitFor('the call', ({ event }) => event === 'call-resumed');
  expect(resumed).toMatchObject({ call: start.call, version: old.version });
  expect(site.log.lines.find(({ event }) => event === 'reload-refused')).toMatchObject({ version: last.version });
  await caller.hangUp();
  const next = await dial();
  expect(next.start.version).toBe(last.version);
  await next.caller.hangUp();
});

function hushtone(...args: readonly string[]) {
  return spawnSync(process.execPath, [path.join(PROJECT, 'dist', 'cli', 'main.js'), ...args], {
    cwd: PROJECT,
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    env: { ...process.env, HUSHTONE_DATA_DIR: site.dataDir, HUSHTONE_FLOWS_DIR: path.join(site.dataDir, 'flows') },
  });
}
