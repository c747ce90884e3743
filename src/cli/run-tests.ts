import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, unwatchFile, watchFile } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** One part of `npm test`. */
interface Part {
  readonly name: string;
  /** Programs run one after another, each a check that passes or fails; or test files for jest. */
  readonly run: { readonly checks: readonly Check[] } | { readonly jest: readonly string[] };
}

interface Check {
  readonly name: string;
  /** Script of an npm package and its arguments. */
  readonly script: string;
  readonly args: readonly string[];
}

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** After its report jest has nothing left to do. One that stays longer waits for something that a test left behind. */
const LINGER_MS = 20_000;

/** Fewer than this, and the tests have not tested calls, whatever they say. */
const FEWEST_REAL_CALLS = 10;

/** Tests that start an Asterisk, with or without calls. */
const REAL = ['test/e2e', 'test/.*/real/', 'test/soak'];

const PARTS: readonly Part[] = [
  {
    name: 'guards',
    run: {
      checks: [
        { name: 'types', script: 'typescript/bin/tsc', args: ['-p', 'tsconfig.json', '--noEmit'] },
        { name: 'lint', script: 'eslint/bin/eslint.js', args: ['.', '--max-warnings', '0'] },
        {
          name: 'layers',
          script: 'dependency-cruiser/bin/dependency-cruise.mjs',
          args: ['--config', '.dependency-cruiser.cjs', 'src'],
        },
        { name: 'unused code', script: 'knip/bin/knip.js', args: [] },
        { name: 'format', script: 'prettier/bin/prettier.cjs', args: ['--check', '--log-level', 'warn', '.'] },
      ],
    },
  },
  { name: 'unit and contract', run: { jest: ['--testPathIgnorePatterns', ...REAL, '--maxWorkers', '2'] } },
  { name: 'real Asterisk', run: { jest: ['--testPathPatterns', 'test/.*/real/', '--maxWorkers', '2'] } },
  { name: 'real calls', run: { jest: ['--testPathPatterns', 'test/e2e', '--maxWorkers', '2'] } },
];

/** The long ones: with `SOAK` set, what is random or repeated runs some thirty times as often. */
const LONG_PARTS: readonly Part[] = [
  {
    name: 'kills and faults',
    run: {
      jest: ['--testPathPatterns', 'test/store/killed-engine|test/payment/payments.property', '--maxWorkers', '2'],
    },
  },
  { name: 'many real calls', run: { jest: ['--testPathPatterns', 'test/soak', '--maxWorkers', '1'] } },
];

/** `npm run test:soak`. Resolves with the exit code. */
export async function runLongTests(projectDir: string, print: (line: string) => void): Promise<number> {
  process.env.SOAK = '1';
  return runTests(projectDir, print, LONG_PARTS);
}

/** Runs every part of the tests, prints the time of each and the sum. Resolves with the exit code. */
export async function runTests(
  projectDir: string,
  print: (line: string) => void,
  parts: readonly Part[] = PARTS,
): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'hushtone-test-'));
  const calls = path.join(folder, 'calls');
  const rows: string[] = [];
  let total: Tally = { passed: 0, failed: 0 };
  try {
    for (const part of parts) {
      print(`\n== ${part.name}`);
      const begun = Date.now();
      const tally = await runPart(projectDir, part, folder, calls, print);
      total = { passed: total.passed + tally.passed, failed: total.failed + tally.failed };
      rows.push(
        `${part.name.padEnd(20)} ${tally.passed} passed, ${tally.failed} failed`.padEnd(52) + `${seconds(begun)} s`,
      );
    }
    print(`\n${rows.join('\n')}`);
    const realCalls = existsSync(calls) ? readFileSync(calls).length : 0;
    print(`real calls: ${realCalls}`);
    if (realCalls < FEWEST_REAL_CALLS) {
      print(`FAIL fewer than ${FEWEST_REAL_CALLS} real calls were made`);
      total = { ...total, failed: total.failed + 1 };
    }
    print(`${total.passed} passed, ${total.failed} failed`);
    return total.failed === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function seconds(begun: number): string {
  return ((Date.now() - begun) / 1000).toFixed(1);
}

async function runPart(
  projectDir: string,
  part: Part,
  folder: string,
  calls: string,
  print: (line: string) => void,
): Promise<Tally> {
  if ('jest' in part.run) return runJest(projectDir, part.run.jest, folder, calls);
  const tally = { passed: 0, failed: 0 };
  for (const check of part.run.checks) {
    const begun = Date.now();
    const code = await runScript(projectDir, check.script, check.args, {});
    print(`${code === 0 ? 'ok  ' : 'FAIL'} ${check.name} ${seconds(begun)} s`);
    tally[code === 0 ? 'passed' : 'failed']++;
  }
  return tally;
}

/** `calls`: file to which each real call adds a byte. */
async function runJest(projectDir: string, args: readonly string[], folder: string, calls: string): Promise<Tally> {
  mkdirSync(folder, { recursive: true });
  const report = path.join(folder, 'report.json');
  rmSync(report, { force: true });
  const code = await runScript(
    projectDir,
    'jest/bin/jest.js',
    ['--json', '--outputFile', report, '--silent', ...args],
    { REAL_CALLS_FILE: calls },
    report,
  );
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
    readFileSync(report, 'utf8'),
  ) as Record<string, number>;
  const failed = (numFailedTests ?? 0) + (numRuntimeErrorTestSuites ?? 0);
  // A run that failed without a failed test (a worker that died, a leak at the end) is a failure all the same.
  return { passed: numPassedTests ?? 0, failed: code !== 0 && failed === 0 ? 1 : failed };
}

/** Runs a script of an installed package, and ends it when it lingers after it has written `lastFile`. What it prints on standard error is shown; jest's JSON on standard output is not. */
function runScript(
  projectDir: string,
  script: string,
  args: readonly string[],
  environment: Record<string, string>,
  lastFile?: string,
): Promise<number> {
  const jest = script.startsWith('jest/');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(projectDir, 'node_modules', script), ...args], {
      cwd: projectDir,
      stdio: ['ignore', jest ? 'ignore' : 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
    });
    let linger: NodeJS.Timeout | undefined;
    if (lastFile !== undefined) {
      watchFile(lastFile, { interval: 1_000 }, () => {
        // Also told of once when there is no such file yet.
        if (existsSync(lastFile)) linger ??= setTimeout(() => child.kill('SIGKILL'), LINGER_MS);
      });
    }
    child.once('close', () => {
      if (lastFile !== undefined) unwatchFile(lastFile);
      clearTimeout(linger);
    });
    child.once('error', () => {
      resolve(1);
    });
    child.once('exit', (code) => {
      resolve(code ?? 1);
    });
  });
}
