import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runFlowCheck } from '../../src/cli/flow-check';

let folder: string;
let printed: string[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hushtone-flow-check-'));
  printed = [];
  const keep = (line: string): void => {
    printed.push(line.replaceAll(`${folder}/`, ''));
  };
  jest.spyOn(console, 'log').mockImplementation(keep);
  jest.spyOn(console, 'error').mockImplementation(keep);
});

afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('hushtone flow check', () => {
  test('finds no mistake in what is shipped', async () => {
    expect(await runFlowCheck([], {})).toBe(0);
    expect(printed).toEqual(['2 flows, no mistakes']);
  });

  test('takes a file from anywhere and resolves what it names from the configured folders', async () => {
    const text = readFileSync('flows/transferred-call.yaml', 'utf8');
    expect(await runFlowCheck([write('copy.yaml', text)], {})).toBe(0);
    const misspelt = text
      .replace('connect: confirm-payment', 'connect: confirm-paymnet')
      .replace('say: sending-otp', 'say: sendin-otp');
    expect(await runFlowCheck([write('misspelt.yaml', misspelt)], {})).toBe(1);
    const line = (word: string): number => misspelt.slice(0, misspelt.indexOf(word)).split('\n').length;
    expect(printed.slice(1)).toEqual([
      `misspelt.yaml:${line('sendin-otp')}:19: unknown-prompt: there is no prompt \`sendin-otp\` in \`en\`, \`es\`, \`hi\`; did you mean \`sending-otp\`?`,
      `misspelt.yaml:${line('confirm-paymnet')}:14: unknown-connector: there is no connector \`confirm-paymnet\`; did you mean \`confirm-payment\`?`,
      '1 flow, 2 mistakes',
    ]);
  });

  test('warns of steps that do nothing yet, and finds no mistake in them', async () => {
    const text = readFileSync('flows/transferred-call.yaml', 'utf8');
    const linked = text.replace(
      /pay-later: .*/,
      "pay-later: { send-link: { to: '{{ phone }}' }, on: { ok: back, error: back } }",
    );
    const line = linked.slice(0, linked.indexOf('pay-later: {')).split('\n').length;
    expect(await runFlowCheck([write('linked.yaml', linked)], {})).toBe(0);
    expect(printed).toEqual([
      `linked.yaml:${line}:3: not-yet: step \`pay-later\` does nothing in this version: \`send-link\` takes its \`error\` way at once`,
      '1 flow, no mistakes, 1 warning',
    ]);
  });

  test('says which file cannot be read, and checks the others', async () => {
    const good = write('good.yaml', readFileSync('flows/transferred-call.yaml', 'utf8'));
    expect(await runFlowCheck([path.join(folder, 'missing.yaml'), folder, good], {})).toBe(1);
    expect(printed[1]).toBe('missing.yaml:1:1: unreadable: cannot be read: it is not there');
    expect(printed[0]).toMatch(/:1:1: unreadable: cannot be read: it is a folder, not a file$/);
    expect(printed[2]).toBe('1 flow, 2 mistakes');
  });

  test('says that a folder is missing', async () => {
    expect(await runFlowCheck([], { HUSHTONE_FLOWS_DIR: path.join(folder, 'nothing') })).toBe(1);
    expect(printed[0]).toMatch(/^The flow file cannot be read: nothing: it is not there; set HUSHTONE_FLOWS_DIR/);
  });

  test('checks targets, accounts and connectors of the folder too', async () => {
    const flows = path.join(folder, 'flows');
    cpSync('flows', flows, { recursive: true });
    writeFileSync(
      path.join(flows, 'targets.yaml'),
      'default: support-queue\ntargets: { agent-NNN: "sip:NNN@127.0.0.1" }\n',
    );
    writeFileSync(
      path.join(flows, 'accounts.yaml'),
      'accounts:\n  default: { connector: otp-pya, currency: rupees }\n  other: { connector: sms-dlt, currency: INR }\n',
    );
    writeFileSync(path.join(flows, 'connectors', 'broken.yaml'), 'connector: broken\n');
    expect(await runFlowCheck([], { HUSHTONE_FLOWS_DIR: flows })).toBe(1);
    const rules = printed.map((line) => line.split(': ').slice(0, 2).join(' '));
    expect(rules).toContain('flows/accounts.yaml:2:44 bad-value');
    expect(rules).toContain('flows/accounts.yaml:3:23 unknown-connector');
    expect(rules).toContain('flows/targets.yaml:1:10 unknown-target');
    expect(rules.some((rule) => rule.startsWith('flows/connectors/broken.yaml'))).toBe(true);
    expect(
      rules.some((rule) => rule.startsWith('flows/transferred-call.yaml') && rule.endsWith('unknown-target')),
    ).toBe(true);
  });
});
