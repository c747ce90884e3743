import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runFlowSimulate } from '../../src/cli/flow-simulate';
import { masked, TerminalDecider } from '../../src/cli/simulate/terminal';
import type { Moment, Question } from '../../src/flow/run/simulate/moments';
import { VISA } from '../support/scripted-flow-world';

const NOW = Date.UTC(2026, 0, 15, 12);
let out: string[];
let folder: string;

beforeEach(() => {
  out = [];
  folder = mkdtempSync(path.join(tmpdir(), 'simulate-'));
  jest.spyOn(console, 'log').mockImplementation((line: string) => void out.push(line));
  jest.spyOn(console, 'error').mockImplementation((line: string) => void out.push(line));
});

afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const KEYS = ['--keys', `${VISA}# 1229 731 123456`];

test('tells a call as a person reads it, with no digit of the card', async () => {
  expect(await runFlowSimulate(['7001', ...KEYS], {}, NOW)).toBe(0);
  const told = out.join('\n');
  expect(told).toContain('0:00.0  call     +919800000100 dials 7001: flow transferred-call');
  expect(told).toContain('keys     •••••••••••••••• -> collected xxxxxxxxxxxx1111, visa');
  expect(told).toMatch(/payment {2}approved, reference SIM-2041/);
  expect(told).toContain('End: returned to support-queue.');
  expect(told).not.toContain(VISA.slice(0, 8));
});

test('with --json prints one object per line', async () => {
  expect(await runFlowSimulate(['transferred-call', '--json', '--header', 'X-Amount=99.00', ...KEYS], {}, NOW)).toBe(0);
  const events = out.map((line) => JSON.parse(line) as { type: string; amount?: string });
  expect(events.find(({ type }) => type === 'charged')).toMatchObject({ amount: '99.00', currency: 'INR' });
});

test('a script with a difference says where, and exits 1', async () => {
  const file = path.join(folder, 'call.yaml');
  writeFileSync(file, 'flow: transferred-call\ndate: 2026-01-15\nsteps:\n  - hears: Welcome\n  - hears: Goodbye\n');
  expect(await runFlowSimulate(['--script', file], {}, NOW)).toBe(1);
  expect(out.at(-1)).toContain(`${file}:5: expected to hear "Goodbye", but step card waits for card-number`);
});

test('--all reports a planted silence with its place and its way, and exits 1', async () => {
  const file = path.join(folder, 'slow.yaml');
  writeFileSync(
    file,
    `flow: slow
dids: ['7098']
languages: [en]
start: first
steps:
  first: { connect: lookup-transaction, with: { caller: '1' }, on: { ok: second, none: second, error: second } }
  second: { connect: lookup-transaction, with: { caller: '1' }, on: { ok: bye, none: bye, error: bye } }
  bye: { say: goodbye, end: true }
`,
  );
  expect(await runFlowSimulate(['--all', file], {}, NOW)).toBe(1);
  const told = out.join('\n');
  expect(told).toContain(':6:3: silence: the caller may hear nothing for 10.0 s: `first`, `second`, `bye`');
  expect(told).toContain('    first: lookup-transaction run: ok');
  expect(told).toMatch(/1 flow, \d+ paths, 1 finding, \d+\.\d s/);
});

test.each([
  [['nothing-such'], 'there is no flow, number or file "nothing-such"'],
  [['transferred-call', '--language', 'fr'], 'transferred-call does not speak "fr"'],
  [['transferred-call', '--frist'], 'has no option --frist'],
  [['transferred-call', '--keys', '12x9'], /^--keys are 0-9/],
  [['--all', '--keys', '1'], '--all goes every way by itself: leave out --keys'],
  [['--all', '--script', 'nowhere.yaml'], 'leave out --script'],
  [['--script', 'nowhere.yaml', '--outcome', 'busy'], 'leave out --outcome'],
  [['--script', 'nowhere.yaml'], 'nowhere.yaml cannot be read: it is not there'],
  [['transferred-call', '--did', '9999'], 'transferred-call is not what 9999 starts; its numbers: `7001`'],
  [
    ['transferred-call', '--outcome', 'pay=nonsense'],
    '`pay` cannot come to `nonsense`; there are `approved`, `declined`',
  ],
  [
    ['transferred-call', '--outcome', 'pay'],
    'say what it comes to, as in --outcome pay=NAME; NAME is one of `approved`',
  ],
  [['transferred-call', '--outcome', 'pya=approved'], 'is called `pya`; did you mean `pay`?'],
  [['transferred-call', '--outcome', 'support-queue=buzy'], 'did you mean `busy`?'],
  [[], 'which flow?'],
])('%j is refused with a reason', async (argv, reason) => {
  await expect(runFlowSimulate(argv, {}, NOW)).rejects.toThrow(reason);
});

describe('at a terminal', () => {
  const question: Question = {
    kind: 'payment',
    about: 'the gateway',
    of: 'sandbox',
    options: ['approved', 'declined'].map((outcome) => ({ outcome, takesMs: 10, values: {} })),
  };
  const asked: Moment = { kind: 'question', step: 'pay', question };

  function terminal(...lines: string[]) {
    const input = new PassThrough();
    const output = new PassThrough();
    const decider = new TerminalDecider({ input, output, isTerminal: false }, () => undefined);
    input.end(lines.map((line) => `${line}\n`).join(''));
    return { decider, written: () => String(output.read()) };
  }

  test('takes a number, a name, or the first', async () => {
    const { decider } = terminal('2', 'declined', '', 'nothing', '1');
    const outcomes: unknown[] = [];
    for (let turn = 0; turn < 4; turn++) outcomes.push(await decider.decide(asked));
    expect(outcomes).toMatchObject(['declined', 'declined', 'approved', 'approved'].map((outcome) => ({ outcome })));
  });

  test('keeps silent when nothing more comes, and hangs up when told to', async () => {
    const { decider } = terminal('hangup');
    expect(await decider.decide(asked)).toEqual({ act: 'hang-up' });
    expect(await decider.decide(asked)).toMatchObject({ outcome: 'approved' });
  });

  test('Ctrl-C ends it at once, wherever the call stands', async () => {
    const input = new PassThrough();
    const decider = new TerminalDecider({ input, output: new PassThrough(), isTerminal: true }, () => undefined);
    const asking = decider.decide(asked);
    input.write('\u0003');
    expect(await asking).toEqual({ act: 'abandon' });
    expect(decider.interrupted).toBe(true);
    expect(await decider.decide({ kind: 'said', step: 'bye', words: 'Goodbye' })).toEqual({ act: 'abandon' });
  });

  test('a corrected line keeps its prompt', async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    const decider = new TerminalDecider({ input, output, isTerminal: true }, () => undefined);
    const asking = decider.decide(asked);
    input.write('12\u007f\u007f2\r');
    expect(await asking).toMatchObject({ outcome: 'declined' });
    const prompts = String(output.read()).match(/\S*> /g) ?? [];
    expect(new Set(prompts.map((each) => each.replace(/.*?([a-z]+> )$/, '$1')))).toEqual(new Set(['outcome> ']));
  });

  test('shows dots for digits, and leaves what moves the cursor alone', () => {
    expect(masked(`\u001b[1G${VISA}#`)).toBe(`\u001b[1G${'•'.repeat(16)}#`);
  });
});
