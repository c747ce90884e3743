import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Sqlite from 'better-sqlite3';
import type { FlowVersion } from '../../src/ports/flow-versions';
import type { LogFields, Logger } from '../../src/ports/logger';
import { SqliteFlowVersions } from '../../src/store/sqlite-flow-versions';
import { ManualClock } from '../support/manual-clock';
import { MemoryFlowVersions } from '../support/memory-flow-versions';
import { silentLogger } from '../support/silent-logger';
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
      /The version of a flow cannot be kept: .*flows\.sqlite: file is not a database; it is damaged/,
    );
    rmSync(path.join(folder, 'flows.sqlite'));
    const newer = new Sqlite(path.join(folder, 'flows.sqlite'));
    newer.pragma('user_version = 99');
    newer.close();
    expect(() => open()).toThrow('a newer Hushtone wrote it');
  });

  it.each<[string, number]>([
    ['from its first page on', 0],
    ['somewhere in it', 4096 * 2],
  ])('is moved aside by an engine when it is damaged %s, which is told', (_where, from) => {
    const file = path.join(folder, 'flows.sqlite');
    const before = open();
    for (let at = 0; at < 20; at++) before.add({ ...ENTRY, version: `v${at}`, at, text: 'x'.repeat(4000) });
    before.close();
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xa5, from));
    const lines: LogFields[] = [];
    const logger: Logger = { ...silentLogger, error: (event, fields) => void lines.push({ ...fields, code: event }) };
    const versions = SqliteFlowVersions.openOrBegin(folder, new ManualClock(), logger);
    opened.push(versions);
    versions.add(ENTRY);
    expect(versions.of('card')).toEqual([ENTRY]);
    const aside = `${file}.damaged-20260115T120000Z`;
    expect(lines).toMatchObject([{ code: 'flow-versions-damaged', file: aside }]);
    expect(readFileSync(aside)).toEqual(bytes);
  });

  it('stays where it is when an engine cannot use it for another reason', () => {
    const newer = new Sqlite(path.join(folder, 'flows.sqlite'));
    newer.pragma('user_version = 99');
    newer.close();
    expect(() => SqliteFlowVersions.openOrBegin(folder, new ManualClock(), silentLogger)).toThrow('a newer Hushtone');
    expect(SqliteFlowVersions.isThere(folder)).toBe(true);
  });

  it('says so when a version cannot be written', () => {
    const versions = open();
    versions.close();
    expect(() => {
      versions.add(ENTRY);
    }).toThrow(/The version of a flow cannot be kept: .*; make it writable/);
  });
});
