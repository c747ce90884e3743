import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PATIENCE_MS } from '../../src/lab/patience';

const MAIN = path.resolve(__dirname, '../../src/cli/main.ts');

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The file runs as it is read; its exit code is there when it is done. */
async function hushtone(...args: readonly string[]): Promise<Ran> {
  const said = { out: [] as string[], err: [] as string[] };
  const spies = [
    jest.spyOn(console, 'log').mockImplementation((line: string) => void said.out.push(line)),
    jest.spyOn(console, 'error').mockImplementation((line: string) => void said.err.push(line)),
  ];
  const before = { argv: process.argv, exitCode: process.exitCode };
  process.argv = ['node', 'hushtone', ...args];
  process.exitCode = undefined;
  try {
    jest.isolateModules(() => jest.requireActual(MAIN));
    const code = await exitCode();
    return { code, out: said.out.join('\n'), err: said.err.join('\n') };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.argv = before.argv;
    process.exitCode = before.exitCode;
  }
}

async function exitCode(): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS;
  while (process.exitCode === undefined) {
    if (performance.now() > deadline) throw new Error('the command did not end');
    await new Promise((resolve) => setImmediate(resolve));
  }
  return Number(process.exitCode);
}

describe('hushtone', () => {
  it('does not go on without the settings of a .env that it cannot read', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hushtone-env-'));
    mkdirSync(path.join(folder, '.env'));
    const here = process.cwd();
    process.chdir(folder);
    try {
      expect(await hushtone('doctor')).toEqual({
        code: 1,
        out: '',
        err: 'hushtone: .env cannot be read: it is a folder, not a file',
      });
    } finally {
      process.chdir(here);
      rmSync(folder, { recursive: true });
    }
  });

  it.each([[[]], [['help']], [['--help']], [['-h']]])('prints its usage for %j', async (args: string[]) => {
    const { code, out, err } = await hushtone(...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^usage: hushtone COMMAND/);
  });

  it.each([
    [['frobnicate'], 'there is no command `frobnicate`; `hushtone --help` lists them all'],
    [['flow'], '`flow` needs a second word; there is `flow check`, '],
    [['flow', 'simulat', '4'], 'there is no command `flow simulat`; did you mean `flow simulate`?'],
    [['simulate', '7001'], 'there is no command `simulate`; did you mean `flow simulate`?'],
    [['constructor'], 'there is no command `constructor`; '],
    [['flow', 'check', '--jsn'], '`flow check` has no option --jsn; it has `--help`'],
    [['flow', 'draw', 'x', '--mermiad'], '`flow draw` has no option --mermiad; did you mean `--mermaid`?'],
    [['flow', 'draw', '-o'], '-o needs a value'],
    [['flow', 'simulate', '--kyes=12'], '`flow simulate` has no option --kyes; did you mean `--keys`?'],
    [['flow', 'draw', '7001', '-o', 'x.yaml'], 'x.yaml is where a flow could lie, so no drawing is written there'],
    [['start', 'now'], '`start` takes nothing behind it, and this is `now`'],
  ])('refuses %j in one sentence with the right word', async (args: string[], words) => {
    const { code, out, err } = await hushtone(...args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`hushtone: ${words}`);
    expect(err.split('\n')).toHaveLength(1);
  });

  it.each([
    ['flow check', '--help'],
    ['flow versions', '-h'],
    ['flow diff', '--help'],
    ['flow rollback', '--help'],
    ['flow schema', '--help'],
    ['flow simulate', '--help'],
    ['flow draw', '--help'],
    ['connector check', '--help'],
    ['connector try', '--help'],
    ['prompts build', '--help'],
    ['generate-ari', '--help'],
    ['start', '--help'],
    ['test', '--help'],
    ['soak', '--help'],
    ['bench', '--help'],
    ['demo', '--help'],
    ['doctor', '--help'],
  ])('%s %s says what that command does, and nothing else', async (name, help) => {
    const { code, out, err } = await hushtone(...name.split(' '), help);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`^usage: hushtone[^]*${name}`));
    expect(out).not.toContain('COMMAND');
  });

  it('tells of a group of commands', async () => {
    const { out } = await hushtone('flow', '--help');
    expect(out).toContain('flow check');
    expect(out).not.toContain('connector check');
  });

  it('gives a command of two words the arguments behind them', async () => {
    const { code, err, out } = await hushtone('flow', 'check', '/no/such/flow.yaml');
    expect(code).toBe(1);
    expect(out + err).toContain('/no/such/flow.yaml');
  });

  it('refuses an outcome that the demo does not know, before anything is started', async () => {
    const { code, err } = await hushtone('demo', '--outcome', 'splendid');
    expect(code).toBe(1);
    expect(err).toMatch(/splendid.*approved.*declined.*unknown.*hangup/);
  });
});
