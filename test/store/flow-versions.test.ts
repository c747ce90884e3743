import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Sqlite from 'better-sqlite3';
import type { FlowVersion } from '../../src/ports/flow-versions';
import { SqliteFlowVersions } from '../../src/store/sqlite-flow-versions';
import { MemoryFlowVersions } from '../support/memory-flow-versions';
import { flowVersionsContract } from './flow-versions.contract';

const ENTRY: FlowVersion = { flow: 'card', version: 'aa', file: 'card.yaml', at: 1, how: 'used', text: 'flow: card\n' };

let folder: string;
const opened: SqliteFlowVersions[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hushtone-versions-'));
});

afterEach(() => {
  for (const each of opened.splice(0)) each.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(): SqliteFlowVersions {
  const versions = SqliteFlowVersions.open(folder);
  opened.push(versions);
  return versions;
}

describe('in memory', () => {
  flowVersionsContract(() => new MemoryFlowVersions());
});

describe('in SQLite', () => {
  flowVersionsContract(open);

  it('keeps them for the next process, and for a command beside the engine', () => {
    const engine = open();
    engine.add(ENTRY);
    const command = open();
    command.add({ ...ENTRY, version: 'bb', at: 2, how: 'replaced' });
    expect(engine.of('card').map(({ version }) => version)).toEqual(['bb', 'aa']);
    engine.close();
    expect(open().find('aa')).toEqual(ENTRY);
  });

  it('is for its owner alone, and made only by who writes', () => {
    expect(SqliteFlowVersions.isThere(folder)).toBe(false);
    open();
    expect(SqliteFlowVersions.isThere(folder)).toBe(true);
    expect(statSync(path.join(folder, 'flows.sqlite')).mode & 0o777).toBe(0o600);
  });

  it('refuses a file that is none, or of a newer Hushtone, and leaves it as it is', () => {
    writeFileSync(path.join(folder, 'flows.sqlite'), 'not a database, but somebody else may need it');
    expect(() => open()).toThrow(
      /The version of a flow cannot be kept: .*flows\.sqlite: file is not a database; make it/,
    );
    rmSync(path.join(folder, 'flows.sqlite'));
    const newer = new Sqlite(path.join(folder, 'flows.sqlite'));
    newer.pragma('user_version = 99');
    newer.close();
    expect(() => open()).toThrow('a newer Hushtone wrote it');
  });

  it('says so when a version cannot be written', () => {
    const versions = open();
    versions.close();
    expect(() => {
      versions.add(ENTRY);
    }).toThrow(/The version of a flow cannot be kept: .*; make it writable/);
  });
});
