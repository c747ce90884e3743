import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runConnectorCheck } from '../../src/cli/connector-check';

let folder: string;
let out: jest.SpyInstance;
let err: jest.SpyInstance;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'connector-check-'));
  out = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  err = jest.spyOn(console, 'error').mockImplementation(() => undefined);
});

afterEach(() => {
  out.mockRestore();
  err.mockRestore();
  rmSync(folder, { recursive: true });
});

const said = (spy: jest.SpyInstance): string => spy.mock.calls.flat().join('\n');
const write = (name: string, text: string): string => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};
const FLOWS = path.join(__dirname, '../../flows');

test('the shipped connectors pass', async () => {
  expect(await runConnectorCheck([], { HUSHTONE_FLOWS_DIR: FLOWS })).toBe(0);
  expect(said(out)).toBe('6 connectors are well');
});

test('a missing secret fails the check and is named', async () => {
  const secrets = write(
    'secrets.yaml',
    readFileSync(path.join(FLOWS, 'sandbox-secrets.yaml'), 'utf8').replace(/^sms_token.*$/m, ''),
  );
  expect(await runConnectorCheck([], { HUSHTONE_FLOWS_DIR: FLOWS, HUSHTONE_SECRETS_FILE: secrets })).toBe(1);
  expect(said(err)).toMatch(/sms-dlt\.yaml:\d+:\d+: secret-missing: the secret `sms_token` is not in /);
  expect(said(err)).toMatch(/\n1 mistake$/);
});

test('files anywhere can be checked, and one that cannot be read is named', async () => {
  const file = write('shop.yaml', 'connector: shop\n');
  const missing = path.join(folder, 'missing.yaml');
  expect(await runConnectorCheck([file, missing], { HUSHTONE_FLOWS_DIR: FLOWS })).toBe(1);
  expect(said(err)).toContain('shop.yaml:1:1: missing-key: a connector needs `base-url`');
  expect(said(err)).toMatch(/missing\.yaml:1:1: unreadable: cannot be read: .*ENOENT/);
});
