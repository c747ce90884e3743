import { Metrics } from '../../src/observe/metrics';
import { ReloadLog } from '../../src/observe/reload-log';
import type { FlowReload } from '../../src/ports/flow-reload';
import type { LogFields, Logger } from '../../src/ports/logger';

const [OLD, NEW] = ['a'.repeat(64), 'b'.repeat(64)];
const version = (hash: string): FlowReload['inUse'][number] => ({ flow: 'card', version: hash, file: 'f/card.yaml' });
const reload = (parts: Partial<FlowReload> = {}): FlowReload => ({
  at: 1_700_000_000_000,
  ms: 12,
  inUse: [version(OLD)],
  taken: [],
  gone: [],
  surroundings: false,
  mistakes: [],
  warnings: [],
  ...parts,
});
const wrong = (line: number): FlowReload['mistakes'][number] => ({
  file: 'f/card.yaml',
  open: `f/card.yaml:${line}:1: yaml`,
  words: `f/card.yaml:${line}:1: yaml: half`,
});

describe('the log', () => {
  let lines: (readonly [level: string, event: string, fields: LogFields | undefined])[];
  let log: ReloadLog;

  beforeEach(() => {
    lines = [];
    const write =
      (level: string) =>
      (event: string, fields?: LogFields): void => {
        lines.push([level, event, fields]);
      };
    const logger: Logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
    log = new ReloadLog(logger);
  });

  it('says what is in use from now on, and what is gone', () => {
    log.record(reload({ taken: [version(NEW)], gone: [version(OLD)], surroundings: true }));
    expect(lines.map(([level, event, fields]) => [level, event, fields?.version])).toEqual([
      ['info', 'flow-in-use', 'bbbbbbbbbbbb'],
      ['warn', 'flow-gone', 'aaaaaaaaaaaa'],
      ['info', 'definitions-in-use', undefined],
    ]);
  });

  it('tells each mistake with its place and with what stays in use, once, and when all is well again', () => {
    log.record(reload({ mistakes: [wrong(3)] }));
    log.record(reload({ mistakes: [wrong(3), wrong(7)] }));
    log.record(reload());
    log.record(reload());
    expect(lines).toEqual([
      [
        'error',
        'reload-refused',
        { file: 'f/card.yaml', error: 'f/card.yaml:3:1: yaml: half', flow: 'card', version: 'aaaaaaaaaaaa' },
      ],
      ['error', 'reload-refused', expect.objectContaining({ error: 'f/card.yaml:7:1: yaml: half' })],
      ['info', 'definitions-well', undefined],
    ]);
  });

  it('does not drown in mistakes', () => {
    log.record(reload({ mistakes: Array.from({ length: 500 }, (_unused, line) => wrong(line)) }));
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)?.[2]).toEqual({ count: 500, reason: 'hushtone flow check lists them all' });
  });
});

it('counts readings, and names the versions that are in use and no others', async () => {
  const metrics = new Metrics({
    load: () => ({ calls: 0, vault_slots: 0, timers: 0 }),
    unsettled: () => Promise.resolve(0),
    checks: () => Promise.resolve([]),
  });
  metrics.reloaded(reload());
  metrics.reloaded(reload({ at: 1_700_000_060_000, mistakes: [wrong(3)] }));
  metrics.reloaded(reload({ inUse: [version(NEW)], at: 1_700_000_120_000 }));
  const text = await metrics.text();
  metrics.close();
  const found = text.split('\n').filter((line) => /^hushtone_(reloads|last_reload|definition|flow_version)/.test(line));
  expect(found).toEqual([
    'hushtone_reloads_total{result="used"} 2',
    'hushtone_reloads_total{result="refused"} 1',
    'hushtone_last_reload_timestamp_seconds{result="used"} 1700000120',
    'hushtone_last_reload_timestamp_seconds{result="refused"} 1700000060',
    'hushtone_definition_mistakes 0',
    'hushtone_flow_version{flow="card",version="bbbbbbbbbbbb"} 1',
  ]);
});
