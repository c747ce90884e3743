import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KeptCall } from '../../src/ports/kept-calls';
import { SqliteKeptCalls } from '../../src/store/sqlite-kept-calls';
import { ManualClock } from '../support/manual-clock';
import { silentLogger } from '../support/silent-logger';

const CALL: KeptCall = {
  channel: 'caller-1',
  id: 'call_1',
  caller: '+15550100',
  did: '7001',
  answered: true,
  bridge: 'br_1',
  leg: null,
  joined: false,
  playback: null,
  flow: { version: 'v1', snapshot: { value: 'card', context: { values: { return_to: 'agent-101' } } } },
};

let folder: string;
let clock: ManualClock;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hushtone-kept-'));
  clock = new ManualClock();
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function open(logger = silentLogger): SqliteKeptCalls {
  return SqliteKeptCalls.open({ file: path.join(folder, 'calls.sqlite'), clock, logger });
}

it('keeps each call as it stood last, for a process that comes after one that was not closed', async () => {
  const dying = open();
  dying.keep(CALL);
  dying.keep({ ...CALL, channel: 'caller-2', id: 'call_2' });
  dying.keep({ ...CALL, playback: 'pb_1' });
  await clock.advance(0);
  expect(clock.running).toBe(0);
  const next = open();
  expect(next.all()).toEqual([
    { ...CALL, playback: 'pb_1' },
    { ...CALL, channel: 'caller-2', id: 'call_2' },
  ]);
  next.forget('caller-1');
  expect(next.all().map(({ id }) => id)).toEqual(['call_2']);
  await Promise.all([dying.close(), next.close()]);
});

it('writes what is left when it is closed, and nothing afterwards', async () => {
  const kept = open();
  kept.keep(CALL);
  await kept.close();
  kept.forget('caller-1');
  const next = open();
  expect(next.all()).toEqual([CALL]);
  await next.close();
});

it('is readable by its owner alone', async () => {
  const kept = open();
  expect(statSync(path.join(folder, 'calls.sqlite')).mode & 0o777).toBe(0o600);
  await kept.close();
});

it('throws a damaged file away, and says so', async () => {
  writeFileSync(
    path.join(folder, 'calls.sqlite'),
    'this is no database, but long enough to be taken for one'.repeat(40),
  );
  const said: string[] = [];
  const kept = open({ ...silentLogger, warn: (event) => said.push(event) });
  kept.keep(CALL);
  expect(kept.all()).toEqual([CALL]);
  expect(said).toEqual(['kept-calls-lost']);
  await kept.close();
});
