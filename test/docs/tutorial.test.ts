import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runFlowCheck } from '../../src/cli/flow-check';
import { runFlowDiff } from '../../src/cli/flow-diff';
import { runFlowDraw } from '../../src/cli/flow-draw';
import { runFlowRollback } from '../../src/cli/flow-rollback';
import { runFlowSimulate } from '../../src/cli/flow-simulate';
import { runFlowVersions } from '../../src/cli/flow-versions';
import { versionOf } from '../../src/flow/parse/parse-flow';
import { SqliteFlowVersions } from '../../src/store/sqlite-flow-versions';

const PROJECT = path.resolve(__dirname, '..', '..');
const PAGE = readFileSync(path.join(PROJECT, 'docs/ops/tutorial.md'), 'utf8');
const MEMBERSHIP = 'flows/membership.yaml';

/** What the page has the reader do, in its order. */
const ACTS = [...PAGE.matchAll(/^```(console|diff)\n(.*?)^```$|^<!-- the engine takes the file up -->$/gms)];

let folder: string;
let minutes = 0;
let printed: string[] = [];
const print = (line: string): void => {
  printed.push(...line.split('\n'));
};

const now = (): number => Date.UTC(2026, 0, 15, 12) + minutes * 60_000;

type Command = (args: readonly string[]) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  check: (args) => runFlowCheck(args, env()),
  simulate: (args) => runFlowSimulate(args, env(), now()),
  diff: (args) => runFlowDiff(args, env(), print),
  draw: (args) => runFlowDraw(args, env(), print),
  versions: (args) => runFlowVersions(args, env(), print),
  rollback: (args) => runFlowRollback(args, { env: env(), now, print }),
};

function env(): Record<string, string> {
  return {
    HUSHTONE_SOUNDS_DIR: path.join(PROJECT, 'sounds'),
    HUSHTONE_DATA_DIR: path.join(folder, 'data'),
  };
}

async function run(line: string): Promise<void> {
  const words = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
  if (words[0] === 'cp') {
    execFileSync('cp', words.slice(1));
    return;
  }
  const [npx, hushtone, flow, name = '', ...args] = words;
  expect([npx, hushtone, flow]).toEqual(['npx', 'hushtone', 'flow']);
  await COMMANDS[name]?.(args);
}

/** Changes the file as the lines with `-` and `+` say; a `-` must be there, and once. */
function edit(diff: string): void {
  const [head, ...lines] = diff.trimEnd().split('\n');
  expect(head).toBe(`+++ ${MEMBERSHIP}`);
  const changes = lines.join('\n').split(/\n(?=-)(?<=\n?\+[^\n]*\n)/);
  for (const change of changes) {
    const part = (sign: string): string =>
      change
        .split('\n')
        .filter((line) => line.startsWith(sign))
        .map((line) => `${line.slice(1)}\n`)
        .join('');
    const text = readFileSync(MEMBERSHIP, 'utf8');
    expect(text.split(part('-'))).toHaveLength(2);
    writeFileSync(MEMBERSHIP, text.replace(part('-'), part('+')));
  }
}

/** As an engine does that finds a changed file. */
function takeUp(): void {
  const text = readFileSync(MEMBERSHIP, 'utf8');
  const kept = SqliteFlowVersions.open(path.join(folder, 'data'));
  kept.add({ flow: 'membership', version: versionOf(text), file: 'membership.yaml', at: now(), how: 'used', text });
  kept.close();
  minutes += 1;
}

/** What differs from one run to the next, or with every change of the shipped flow: times, versions, lines, numbers of paths. */
function steady(line: string): string {
  return line
    .trimEnd()
    .replace(/^ \d+:\d\d\.\d /, ' T ')
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'VERSION')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, 'TIME')
    .replaceAll(/(\.yaml):\d+/g, '$1:N')
    .replaceAll(/\d+ paths(, \d+ of \d+)?/g, 'N paths')
    .replace(/(paths.*), [\d.]+ s$/, '$1, N s')
    .replace(/and \d+ other ways/, 'and N other ways');
}

/** Lines as the page shows them, `...` standing for any number of others, are those printed. */
function expectShown(shown: readonly string[]): void {
  const real = printed.map(steady);
  if (!shown.includes('...')) {
    expect(real).toEqual(shown.map(steady));
    return;
  }
  let from = 0;
  for (const [index, line] of shown.map(steady).entries()) {
    if (line === '...') continue;
    const at = real.indexOf(line, from);
    expect({ line, at: at >= from && (shown[index - 1] === '...' || at === from) }).toEqual({ line, at: true });
    from = at + 1;
  }
  expect(from).toBe(real.length);
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hushtone-tutorial-'));
  cpSync(path.join(PROJECT, 'flows'), path.join(folder, 'flows'), { recursive: true });
  process.chdir(folder);
  jest.spyOn(console, 'log').mockImplementation(print);
  jest.spyOn(console, 'error').mockImplementation(print);
});

afterAll(() => {
  process.chdir(PROJECT);
  rmSync(folder, { recursive: true });
});

test('the tutorial, command by command, prints what it shows', async () => {
  expect(ACTS.length).toBeGreaterThan(15);
  for (const [, kind, text = ''] of ACTS) {
    if (kind === undefined) takeUp();
    else if (kind === 'diff') edit(text);
    else await play(text);
  }
  expect(readFileSync(MEMBERSHIP, 'utf8')).toContain('attempts: 2');
  expect(readFileSync('membership.svg', 'utf8')).toContain('<svg');
});

/** One block: commands behind `$`, each with what it prints. */
async function play(block: string): Promise<void> {
  for (const part of block.trimEnd().split(/^\$ /m).slice(1)) {
    const [command = '', ...shown] = part.trimEnd().split('\n');
    printed = [];
    await run(command);
    expectShown(shown);
  }
}
