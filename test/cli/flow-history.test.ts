import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runFlowDiff } from '../../src/cli/flow-diff';
import { runFlowRollback } from '../../src/cli/flow-rollback';
import { runFlowVersions } from '../../src/cli/flow-versions';
import { versionOf } from '../../src/flow/parse/parse-flow';
import { SqliteFlowVersions } from '../../src/store/sqlite-flow-versions';

const FLOW = 'transferred-call';
const FIRST = readFileSync('flows/transferred-call.yaml', 'utf8');
const SECOND = FIRST.replace('attempts: 3', 'attempts: 2');
const THIRD = SECOND.replace('declined: declined', 'declined: sorry');
const [ONE, TWO, THREE] = [FIRST, SECOND, THIRD].map((text) => versionOf(text).slice(0, 12)) as [
  string,
  string,
  string,
];
const AT = Date.UTC(2026, 0, 15, 12, 0);

let folder: string;
let file: string;
let env: Record<string, string>;
let printed: string[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hushtone-history-'));
  cpSync('flows', path.join(folder, 'flows'), { recursive: true });
  file = path.join(folder, 'flows', 'transferred-call.yaml');
  env = { HUSHTONE_FLOWS_DIR: path.join(folder, 'flows'), HUSHTONE_DATA_DIR: path.join(folder, 'data') };
  printed = [];
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const print = (line: string): void => {
  printed.push(line.replaceAll(`${folder}/`, ''));
};
const said = (): string => printed.join('\n');
const diff = (...args: string[]): Promise<number> => runFlowDiff(args, env, print);
const versions = (...args: string[]): Promise<number> => runFlowVersions(args, env, print);
const rollback = (...args: string[]): Promise<number> =>
  runFlowRollback(args, { env, now: () => AT + 3_600_000, print });

/** As an engine keeps what it uses, a minute apart. */
function used(...texts: readonly string[]): void {
  const kept = SqliteFlowVersions.open(path.join(folder, 'data'));
  for (const [minute, text] of texts.entries()) {
    const at = AT + minute * 60_000;
    kept.add({ flow: FLOW, version: versionOf(text), file: 'transferred-call.yaml', at, how: 'used', text });
  }
  kept.close();
}

describe('hushtone flow versions', () => {
  it('lists what calls began with, the newest first, and where the file stands', async () => {
    used(FIRST, SECOND);
    expect(await versions(FLOW)).toBe(0);
    expect(printed).toEqual([
      'transferred-call, in transferred-call.yaml',
      `  ${TWO}  2026-01-15 12:01 UTC  in use since then`,
      `  ${ONE}  2026-01-15 12:00 UTC  used from then on (the file as it lies now)`,
    ]);
  });

  it('marks one line only of a version that was used again, and calls none in use when the file is gone', async () => {
    used(FIRST, SECOND, FIRST);
    await versions(FLOW);
    expect(printed.slice(1).map((line) => line.slice(line.indexOf('UTC') + 5))).toEqual([
      'in use since then (the file as it lies now)',
      'used from then on',
      'used from then on',
    ]);
    rmSync(file);
    printed.length = 0;
    await versions(FLOW);
    expect(said()).not.toContain('in use');
    expect(printed.at(-1)).toBe('the file is gone');
  });

  it('says when the file as it lies was never used', async () => {
    used(SECOND);
    writeFileSync(file, 'flow: transferred-call\nhalf');
    await versions(FLOW);
    expect(printed.at(-1)).toBe('the file as it lies now was never used; see: hushtone flow check');
  });

  it('says what is wrong with how it is used', async () => {
    await expect(versions(FLOW)).rejects.toThrow('no version of a flow is kept in');
    used(FIRST);
    await expect(versions('transfered-call')).rejects.toThrow(
      'no flow is called transfered-call; did you mean `transferred-call`?',
    );
    expect(await versions()).toBe(1);
    expect(said()).toBe('usage: hushtone flow versions FLOW');
  });
});

describe('hushtone flow diff', () => {
  it('says what the file does otherwise than what was used before it', async () => {
    used(FIRST, SECOND);
    writeFileSync(file, SECOND);
    expect(await diff(FLOW)).toBe(0);
    expect(printed).toEqual([
      `from version ${ONE} of 2026-01-15 12:00 UTC to the file as it lies now:`,
      '  step card: attempts 3 -> 2',
    ]);
  });

  it('compares any two versions, and any two files', async () => {
    used(FIRST, SECOND, THIRD);
    await diff(FLOW, ONE, THREE.slice(0, 6));
    expect(printed.slice(1)).toEqual([
      '  step card: attempts 3 -> 2',
      '  step pay: after declined the caller now goes to sorry (was: declined)',
    ]);
    printed = [];
    writeFileSync(path.join(folder, 'other.yaml'), `# the same\n${FIRST}`);
    expect(await diff(file, path.join(folder, 'other.yaml'))).toBe(0);
    expect(printed).toEqual([
      'from flows/transferred-call.yaml to other.yaml:',
      '  nothing that a caller, an agent or a service would notice',
    ]);
  });

  it('says what is wrong with a version', async () => {
    used(FIRST, SECOND);
    await expect(diff(FLOW, 'beef')).rejects.toThrow(
      `no version of transferred-call begins with beef; there is ${TWO}, ${ONE}`,
    );
    await expect(diff(FLOW, '')).rejects.toThrow('can mean several versions');
    writeFileSync(file, FIRST.slice(0, 900));
    await expect(diff(FLOW)).rejects.toThrow(
      /the file as it lies now cannot be compared\n.*transferred-call\.yaml:\d+:\d+: /,
    );
    expect(await diff()).toBe(1);
    expect(said()).toContain('usage: hushtone flow diff');
  });
});

describe('hushtone flow rollback', () => {
  it('puts back what was used before, and says what that changes', async () => {
    used(FIRST, SECOND);
    writeFileSync(file, SECOND);
    chmodSync(file, 0o640);
    expect(await rollback(FLOW)).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(FIRST);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(printed).toEqual([
      `flows/transferred-call.yaml is version ${ONE} of 2026-01-15 12:00 UTC again:`,
      '  step card: attempts 2 -> 3',
      'An engine that runs takes it for the next call; calls in progress keep theirs.',
      `What lay there is kept: hushtone flow rollback transferred-call ${TWO}`,
    ]);
    expect(readdirSync(path.dirname(file)).sort()).toEqual(readdirSync('flows').sort());
  });

  it('undoes a broken edit, which is kept and can be had back', async () => {
    used(FIRST, SECOND);
    const broken = SECOND.slice(0, 900);
    writeFileSync(file, broken);
    expect(await rollback(FLOW)).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(SECOND);
    printed = [];
    await versions(FLOW);
    const short = versionOf(broken).slice(0, 12);
    expect(printed[1]).toBe(`  ${short}  2026-01-15 13:00 UTC  replaced by a rollback then`);
    // It is not put back over a good one by itself.
    printed = [];
    expect(await rollback(FLOW, short)).toBe(1);
    expect(said()).toMatch(
      /is not right with .* of today, so nothing was changed:\n {2}flows\/transferred-call\.yaml:\d+:\d+: /,
    );
    expect(readFileSync(file, 'utf8')).toBe(SECOND);
  });

  it('puts back a file that is gone', async () => {
    used(FIRST);
    rmSync(file);
    expect(await rollback(FLOW)).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(FIRST);
    expect(printed).toHaveLength(2);
  });

  it('goes to a version that is named', async () => {
    used(FIRST, SECOND, THIRD);
    writeFileSync(file, THIRD);
    expect(await rollback(FLOW, ONE)).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(FIRST);
  });

  it('refuses a version that is not right with what is there today', async () => {
    used(FIRST, SECOND);
    writeFileSync(
      file,
      SECOND.replaceAll('confirm-payment', 'lookup-transaction').replace(
        'on: { ok: receipt,',
        'on: { ok: receipt, none: receipt,',
      ),
    );
    rmSync(path.join(folder, 'flows', 'connectors', 'confirm-payment.yaml'));
    const before = readFileSync(file, 'utf8');
    expect(await rollback(FLOW, TWO)).toBe(1);
    expect(said()).toContain('there is no connector `confirm-payment`');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('refuses a version whose number another flow has by now', async () => {
    used(FIRST, SECOND);
    writeFileSync(file, SECOND.replace("'7001'", "'7008'"));
    writeFileSync(path.join(folder, 'flows', 'another.yaml'), FIRST.replace('flow: transferred-call', 'flow: another'));
    expect(await rollback(FLOW, TWO)).toBe(1);
    expect(said()).toContain('the number "7001" already belongs to the flow of flows/another.yaml');
  });

  it('writes through a link, which stays', async () => {
    used(FIRST, SECOND);
    const real = path.join(folder, 'kept-elsewhere.yaml');
    writeFileSync(file, SECOND);
    renameSync(file, real);
    symlinkSync(real, file);
    expect(await rollback(FLOW)).toBe(0);
    expect(readFileSync(real, 'utf8')).toBe(FIRST);
  });

  it('says when there is nothing to go back to', async () => {
    used(FIRST);
    expect(await rollback(FLOW)).toBe(1);
    expect(await rollback(FLOW, ONE)).toBe(1);
    expect(await rollback()).toBe(1);
    expect(printed).toEqual([
      'no other version of transferred-call was used yet, so there is none to go back to',
      `flows/transferred-call.yaml is version ${ONE} of 2026-01-15 12:00 UTC already`,
      'usage: hushtone flow rollback FLOW [VERSION]   see: hushtone flow versions FLOW',
    ]);
  });
});
