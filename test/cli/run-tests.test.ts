import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTests } from '../../src/cli/run-tests';

const GUARDS = [
  'typescript/bin/tsc',
  'eslint/bin/eslint.js',
  'dependency-cruiser/bin/dependency-cruise.mjs',
  'knip/bin/knip.js',
  'prettier/bin/prettier.cjs',
];

/** Stands in for jest: 3 tests pass each time, and the calls add a byte each to the file that counts them. */
const JEST = `
const { appendFileSync, writeFileSync } = require('node:fs');
const report = process.argv[process.argv.indexOf('--outputFile') + 1];
if (process.argv.includes('test/e2e') && process.argv.includes('--testPathPatterns'))
  appendFileSync(process.env.REAL_CALLS_FILE, '............');
`;
const PASSING = `${JEST} writeFileSync(report, JSON.stringify({ numPassedTests: 3, numFailedTests: 0, numRuntimeErrorTestSuites: 0 }));`;

let project = '';

beforeEach(() => {
  project = mkdtempSync(path.join(tmpdir(), 'hushtone-run-tests-'));
  for (const guard of GUARDS) script(guard, '');
  script('jest/bin/jest.js', PASSING);
});

afterEach(() => {
  rmSync(project, { recursive: true, force: true });
});

function script(name: string, text: string): void {
  const file = path.join(project, 'node_modules', name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

async function run(): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  const code = await runTests(project, (line) => void lines.push(line));
  return { code, said: lines.join('\n') };
}

describe('npm test', () => {
  it('succeeds when every part does, and says how many tests and real calls there were', async () => {
    const { code, said } = await run();
    expect(code).toBe(0);
    expect(said).toMatch(/^real calls: 12$/m);
    expect(said).toMatch(/^14 passed, 0 failed$/m);
  });

  it('tells the time of each part and each guard', async () => {
    const { said } = await run();
    expect(said).toMatch(/^ok +types \d+\.\d s$/m);
    for (const part of ['guards', 'unit and contract', 'real Asterisk', 'real calls'])
      expect(said).toMatch(new RegExp(`^${part} +\\d+ passed, 0 failed +\\d+\\.\\d s$`, 'm'));
  });

  it('fails when one guard does, and runs the others all the same', async () => {
    script('knip/bin/knip.js', 'process.exit(1)');
    const { code, said } = await run();
    expect(code).toBe(1);
    expect(said).toMatch(/^FAIL unused code/m);
    expect(said).toMatch(/^13 passed, 1 failed$/m);
  });

  it('fails when a test does', async () => {
    script(
      'jest/bin/jest.js',
      `${JEST} writeFileSync(report, JSON.stringify({ numPassedTests: 2, numFailedTests: 1, numRuntimeErrorTestSuites: 1 })); process.exitCode = 1;`,
    );
    const { code, said } = await run();
    expect(code).toBe(1);
    expect(said).toMatch(/^11 passed, 6 failed$/m);
  });

  it('fails when jest does although no test failed, as with a worker that died', async () => {
    script('jest/bin/jest.js', `${PASSING} process.exitCode = 1;`);
    expect((await run()).code).toBe(1);
  });

  it('fails when jest leaves no report', async () => {
    script('jest/bin/jest.js', '');
    expect((await run()).code).toBe(1);
  });

  it('fails when fewer than 10 real calls were made, although every test passed', async () => {
    script('jest/bin/jest.js', PASSING.replace('............', '.........'));
    const { code, said } = await run();
    expect(code).toBe(1);
    expect(said).toMatch(/^FAIL fewer than 10 real calls/m);
    expect(said).toMatch(/^14 passed, 1 failed$/m);
  });

  it('fails when a program is missing', async () => {
    rmSync(path.join(project, 'node_modules/eslint'), { recursive: true });
    expect((await run()).code).toBe(1);
  });
});
