import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KeptCall } from '../../src/ports/kept-calls';
import { FileKeptCalls } from '../../src/store/file-kept-calls';
import type { LogFields } from '../../src/ports/logger';
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
  releasing: false,
  playback: null,
  flow: { version: 'v1', snapshot: { value: 'card', context: { values: { return_to: 'agent-101' } } } },
};

const FILE = 'calls.jsonl';

let folder: string;
let clock: ManualClock;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hushtone-kept-'));
  clock = new ManualClock();
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function open(logger = silentLogger): FileKeptCalls {
  return FileKeptCalls.open({ file: path.join(folder, FILE), clock, logger });
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

it('is readable by its owner alone, whatever a process that was killed has left', async () => {
  writeFileSync(path.join(folder, `${FILE}.new`), 'half', { mode: 0o644 });
  const kept = open();
  expect(statSync(path.join(folder, FILE)).mode & 0o777).toBe(0o600);
  await kept.close();
});

it('throws a damaged file away, and says so', async () => {
  writeFileSync(path.join(folder, FILE), 'this is no database, but long enough to be taken for one'.repeat(40));
  const said: string[] = [];
  const kept = open({ ...silentLogger, warn: (event) => said.push(event) });
  kept.keep(CALL);
  expect(kept.all()).toEqual([CALL]);
  expect(said).toEqual(['kept-calls-lost']);
  await kept.close();
});

it('reads on behind a line that was cut off, and says so', async () => {
  const dying = open();
  dying.keep(CALL);
  await clock.advance(0);
  appendFileSync(path.join(folder, FILE), '\n{"channel":"caller-2","call":{"chan');
  dying.keep({ ...CALL, channel: 'caller-3', id: 'call_3' });
  await clock.advance(0);
  const said: LogFields[] = [];
  const next = open({ ...silentLogger, warn: (_event, fields = {}) => said.push(fields) });
  expect(next.all().map(({ id }) => id)).toEqual(['call_1', 'call_3']);
  expect(said).toEqual([{ file: path.join(folder, FILE), count: 1 }]);
  await Promise.all([dying.close(), next.close()]);
});

it('is written anew when most of it is about what has passed', async () => {
  const kept = open();
  kept.keep(CALL);
  const wordy = { ...CALL, channel: 'caller-2', flow: { version: 'v1', snapshot: 'x'.repeat(1024 * 1024) } };
  let largest = 0;
  for (let turn = 0; turn < 6; turn++) {
    kept.keep(wordy);
    await clock.advance(0);
    largest = Math.max(largest, statSync(path.join(folder, FILE)).size);
  }
  expect(largest).toBeLessThan(5 * 1024 * 1024);
  kept.forget('caller-2');
  await kept.close();
  const next = open();
  expect(next.all()).toEqual([CALL]);
  expect(readFileSync(path.join(folder, FILE), 'utf8').split('\n')).toHaveLength(2);
  await next.close();
});

it('keeps the others when the flow of one call cannot be written', async () => {
  const said: [string, LogFields][] = [];
  const kept = open({ ...silentLogger, error: (event, fields = {}) => said.push([event, fields]) });
  kept.keep({ ...CALL, channel: 'caller-2', id: 'call_2', flow: { version: 'v1', snapshot: { amount: 1n } } });
  kept.keep(CALL);
  await clock.advance(0);
  expect(said).toMatchObject([['call-not-kept', { call: 'call_2' }]]);
  const next = open();
  expect(next.all()).toEqual([{ ...CALL, channel: 'caller-2', id: 'call_2', flow: null }, CALL]);
  await Promise.all([kept.close(), next.close()]);
});

it('leaves out lines of another shape, and says so', async () => {
  const lines = [{}, { channel: 'a' }, { channel: 'b', call: 7 }, null, { channel: 'c', call: { ...CALL, bridge: 1 } }];
  const text = ['{"hushtone-calls":2}', ...lines.map((line) => JSON.stringify(line))].join('\n');
  writeFileSync(path.join(folder, FILE), `${text}\n${JSON.stringify({ channel: 'caller-1', call: CALL })}`);
  const said: LogFields[] = [];
  const kept = open({ ...silentLogger, warn: (_event, fields = {}) => said.push(fields) });
  expect(kept.all()).toEqual([CALL]);
  expect(said).toEqual([{ file: path.join(folder, FILE), count: lines.length }]);
  await kept.close();
});

describe('when it cannot be written anew', () => {
  const WORDY = { ...CALL, channel: 'caller-2', flow: { version: 'v1', snapshot: 'x'.repeat(1024 * 1024) } };

  it('says so once, and tries again only when it has grown as much again', async () => {
    const said: string[] = [];
    const kept = open({ ...silentLogger, error: (event) => said.push(event) });
    const inTheWay = path.join(folder, `${FILE}.new`);
    mkdirSync(inTheWay);
    const grow = async (turns: number): Promise<void> => {
      for (let turn = 0; turn < turns; turn++) {
        kept.keep(WORDY);
        await clock.advance(0);
      }
    };
    await grow(7);
    expect(said).toEqual(['calls-not-shortened']);
    rmSync(inTheWay, { recursive: true });
    await grow(2);
    expect(statSync(path.join(folder, FILE)).size).toBeLessThan(3 * 1024 * 1024);
    expect(said).toHaveLength(1);
    expect(kept.all()).toEqual([WORDY]);
    await kept.close();
  });

  it('leaves no half of it', async () => {
    const kept = open();
    rmSync(path.join(folder, FILE));
    // A directory cannot be replaced by a file.
    mkdirSync(path.join(folder, FILE, 'in-the-way'), { recursive: true });
    for (let turn = 0; turn < 5; turn++) {
      kept.keep(WORDY);
      await clock.advance(0);
    }
    expect(readdirSync(folder)).toEqual([FILE]);
    expect(kept.all()).toEqual([WORDY]);
    await kept.close();
  });
});
