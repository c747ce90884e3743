import path from 'node:path';

const MAIN = path.resolve(__dirname, '../../src/cli/main.ts');
const DEADLINE_MS = 20_000;

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
  const deadline = performance.now() + DEADLINE_MS;
  while (process.exitCode === undefined) {
    if (performance.now() > deadline) throw new Error('the command did not end');
    await new Promise((resolve) => setImmediate(resolve));
  }
  return Number(process.exitCode);
}

describe('hushtone', () => {
  it.each([[[]], [['help']], [['--help']], [['-h']]])('prints its usage for %j', async (args: string[]) => {
    const { code, out, err } = await hushtone(...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^usage: hushtone COMMAND/);
  });

  it.each([[['frobnicate']], [['flow']], [['flow', 'chek']]])(
    'says that there is no command %j',
    async (args: string[]) => {
      const { code, out, err } = await hushtone(...args);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toContain(`there is no command "${args.join(' ')}"`);
      expect(err).toContain('usage: hushtone COMMAND');
    },
  );

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
