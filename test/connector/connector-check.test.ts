import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  expect(said(err)).toMatch(/missing\.yaml:1:1: unreadable: cannot be read: it is not there/);
});

test('a secrets file that is not there is said once, with what to do', async () => {
  const secrets = path.join(folder, 'none.yaml');
  expect(await runConnectorCheck([], { HUSHTONE_FLOWS_DIR: FLOWS, HUSHTONE_SECRETS_FILE: secrets })).toBe(1);
  expect(said(err)).toContain(
    'none.yaml:1:1: unreadable: cannot be read: it is not there; HUSHTONE_SECRETS_FILE says where',
  );
  expect(said(err)).toMatch(/\n1 mistake$/);
});

test('a misspelt `secrets`, a wrong address and a wrong method are reported beside one another', async () => {
  const file = write(
    'shop.yaml',
    "connector: shop\nbase-url: 'http://shop.example'\nauth: { bearer: '{{ secretz.key }}' }\noperations:\n  run: { method: FETCH, path: /x, json: { a: '{{ b }}' }, outcomes: { ok: { status: 200 } } }\n",
  );
  expect(await runConnectorCheck([file], { HUSHTONE_FLOWS_DIR: FLOWS })).toBe(1);
  expect(said(err).replaceAll(`${folder}/`, '').split('\n')).toEqual([
    'shop.yaml:2:11: bad-address: base-url must be https; plain http is for this machine alone (`http://127.0.0.1:8080`)',
    'shop.yaml:3:18: unknown-name: `secretz.key` is not declared: did you mean `secrets.key`?',
    'shop.yaml:5:18: unknown-word: method cannot be `FETCH`: there are `GET`, `POST`, `PUT`, `PATCH`, `DELETE`',
    'shop.yaml:5:47: unknown-name: `b` is not declared: there are none',
    '4 mistakes',
  ]);
});

test('a secrets file that others can read is warned of, and the check still passes', async () => {
  const secrets = write('secrets.yaml', readFileSync(path.join(FLOWS, 'sandbox-secrets.yaml'), 'utf8'));
  chmodSync(secrets, 0o644);
  expect(await runConnectorCheck([], { HUSHTONE_FLOWS_DIR: FLOWS, HUSHTONE_SECRETS_FILE: secrets })).toBe(0);
  expect(said(err)).toContain('warning: other users can read or change the secrets file');
  err.mockClear();
  chmodSync(secrets, 0o600);
  expect(await runConnectorCheck([], { HUSHTONE_FLOWS_DIR: FLOWS, HUSHTONE_SECRETS_FILE: secrets })).toBe(0);
  expect(said(err)).toBe('');
});

test('a connector with a mistake is told its missing secrets at the same time', async () => {
  const file = write(
    'shop.yaml',
    "connector: shop\nbase-url: 'https://shop.example'\nauth: { bearer: '{{ secrets.merchnat_token }}' }\noperations:\n  run: { method: FETCH, path: /x, headers: { X-A: '{{ secrets.typo }}' }, outcomes: { ok: { status: 200 } } }\n",
  );
  expect(await runConnectorCheck([file], { HUSHTONE_FLOWS_DIR: FLOWS })).toBe(1);
  expect(said(err)).toContain('unknown-word: method cannot be `FETCH`');
  expect(said(err)).toContain('shop.yaml:3:18: secret-missing: the secret `merchnat_token`');
  expect(said(err)).toContain('secret-missing: the secret `typo`');
  expect(said(err)).toMatch(/\n3 mistakes$/);
});

test('secrets that no call could use are told, and not repeated', async () => {
  const secrets = write('secrets.yaml', 'address: http://internal.example/hook-7\npem: quiet-pem\n');
  const file = write(
    'shop.yaml',
    "connector: shop\nbase-url: '{{ secrets.address }}'\ntls: { authority: '{{ secrets.pem }}', certificate: 'none', key: '{{ secrets.pem }}' }\noperations:\n  run: { method: GET, path: /x, outcomes: { ok: { status: 200 } } }\n",
  );
  chmodSync(secrets, 0o600);
  expect(await runConnectorCheck([file], { HUSHTONE_FLOWS_DIR: FLOWS, HUSHTONE_SECRETS_FILE: secrets })).toBe(1);
  expect(said(err).replaceAll(`${folder}/`, '').split('\n')).toEqual([
    'shop.yaml:2:11: bad-address: base-url must be https; plain http is for this machine alone (`http://127.0.0.1:8080`)',
    'shop.yaml:3:19: bad-certificate: authority must be PEM: it begins with `-----BEGIN CERTIFICATE-----`',
    'shop.yaml:3:53: bad-certificate: certificate must be PEM: it begins with `-----BEGIN CERTIFICATE-----`',
    'shop.yaml:3:66: bad-certificate: key must be PEM: it begins with `-----BEGIN PRIVATE KEY-----` or the like',
    '4 mistakes',
  ]);
});

test('--help is answered, and an option that is none is not taken for a file', async () => {
  expect(await runConnectorCheck(['--help'], { HUSHTONE_FLOWS_DIR: FLOWS })).toBe(0);
  expect(said(out)).toContain('usage: hushtone connector check [FILE...]');
  expect(await runConnectorCheck(['--json'], { HUSHTONE_FLOWS_DIR: FLOWS })).toBe(1);
  expect(said(err)).toContain('It takes no options');
  expect(said(err)).not.toContain('unreadable');
});
