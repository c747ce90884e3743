import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkDefinitions } from '../src/definitions';

let base: string;

beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'hushtone-definitions-'));
  cpSync('flows', base, { recursive: true });
});

afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

const inFlows = (...names: readonly string[]): string => path.join(base, ...names);

/** What is said of the folder, and which numbers start a flow all the same. */
async function checked(): Promise<{ readonly mistakes: readonly string[]; readonly numbers: readonly string[] }> {
  const { mistakes, definitions } = await checkDefinitions({ flowsDir: base, soundsDir: 'sounds', secretsFile: null });
  return {
    mistakes: mistakes.map(({ place, rule, message }) => `${path.relative(base, place.file)}: ${rule}: ${message}`),
    numbers: [...definitions.flows.keys()],
  };
}

const WRONG = 'unreadable: cannot be read:';

it.each<[string, (file: string) => void, string]>([
  ['a pipe', (file) => execFileSync('mkfifo', [file]), 'it is a pipe, socket or device, not a file'],
  [
    'a link to a device',
    (file) => {
      symlinkSync('/dev/zero', file);
    },
    'it is a pipe, socket or device, not a file',
  ],
  [
    'a folder',
    (file) => {
      mkdirSync(file);
    },
    'it is a folder, not a file',
  ],
  [
    'a link to nothing',
    (file) => {
      symlinkSync('nowhere', file);
    },
    'it is not there',
  ],
  [
    'a link to itself',
    (file) => {
      symlinkSync(path.basename(file), file);
    },
    'it is a link that leads back to itself',
  ],
  [
    'a dump of something else',
    (file) => {
      writeFileSync(file, 'x'.repeat(1_000_001));
    },
    'it has 1000001 bytes; such a file has at most 1000000',
  ],
])('says of %s in place of a file that it cannot be read, and takes the other files', async (_what, put, why) => {
  put(inFlows('odd.yaml'));
  expect(await checked()).toEqual({ mistakes: [`odd.yaml: ${WRONG} ${why}`], numbers: ['7002', '7001'] });
});

it('reads connectors, targets, accounts and secrets as carefully', async () => {
  execFileSync('mkfifo', [inFlows('connectors', 'odd.yaml')]);
  for (const name of ['targets.yaml', 'accounts.yaml', 'sandbox-secrets.yaml']) {
    rmSync(inFlows(name));
    execFileSync('mkfifo', [inFlows(name)]);
  }
  const { mistakes } = await checked();
  const unreadable = mistakes.filter((each) => each.includes(WRONG)).map((each) => each.split(':')[0]);
  expect(unreadable.sort()).toEqual(['accounts.yaml', 'connectors/odd.yaml', 'sandbox-secrets.yaml', 'targets.yaml']);
  expect(mistakes.some((each) => each.includes('secret-missing'))).toBe(false);
});

it('reads a flow behind a link', async () => {
  mkdirSync(inFlows('elsewhere'));
  renameSync(inFlows('transferred-call.yaml'), inFlows('elsewhere', 'transferred-call.yaml'));
  symlinkSync(path.join('elsewhere', 'transferred-call.yaml'), inFlows('transferred-call.yaml'));
  expect(await checked()).toEqual({ mistakes: [], numbers: ['7002', '7001'] });
});

it('does not ask for secrets of a file that is no YAML, which is the one mistake', async () => {
  writeFileSync(inFlows('sandbox-secrets.yaml'), 'merchant_token: [\n');
  const { mistakes } = await checked();
  expect(mistakes).toEqual([expect.stringMatching(/^sandbox-secrets\.yaml: yaml: /)]);
});
