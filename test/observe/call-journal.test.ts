import { recordInAll, recordInLog } from '../../src/observe/call-journal';
import type { CallEvent } from '../../src/ports/call-events';
import type { LogFields, Logger } from '../../src/ports/logger';
import { silentLogger } from '../support/silent-logger';

type Line = readonly [level: string, event: string, fields: LogFields | undefined];

function story(...events: readonly CallEvent[]): readonly Line[] {
  const { lines, logger } = keepingLogger();
  const record = recordInLog(logger);
  for (const event of events) record('call_1', event);
  return lines;
}

function keepingLogger(): { lines: Line[]; logger: Logger } {
  const lines: Line[] = [];
  const write =
    (level: string) =>
    (event: string, fields?: LogFields): void =>
      void lines.push([level, event, fields]);
  return { lines, logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } };
}

describe('the story of a call in the log', () => {
  it('has no line for a key, since the times of keys tell how somebody types', () => {
    const lines = story(
      { type: 'field-opened', field: 'card-number', attempt: 1 },
      { type: 'key-pressed', field: 'card-number', count: 1 },
      { type: 'key-pressed', field: 'card-number', count: 2 },
      { type: 'field-closed', field: 'card-number', outcome: 'collected', masked: 'xxxxxxxxxxxx1111', brand: 'visa' },
    );
    expect(lines.map(([, event]) => event)).toEqual(['field-opened', 'field-closed']);
    expect(lines[1]?.[2]).toEqual({
      call: 'call_1',
      field: 'card-number',
      outcome: 'collected',
      masked: 'xxxxxxxxxxxx1111',
      brand: 'visa',
    });
  });

  it('joins every line by the id of the call', () => {
    const lines = story(
      {
        type: 'call-started',
        caller: '+919876500000',
        did: '7001',
        flow: 'transferred-call',
        version: 'c0ffee'.repeat(8),
      },
      { type: 'said', words: 'Please wait.' },
      { type: 'call-ended', reason: 'caller' },
    );
    expect(lines.map(([, , fields]) => fields?.call)).toEqual(['call_1', 'call_1', 'call_1']);
  });

  it('says where the details of the order came from', () => {
    const [line] = story({ type: 'context-loaded', from: 'headers', amount: '1.00', currency: 'INR', order: 'ORD-1' });
    expect(line).toEqual([
      'info',
      'context-loaded',
      { call: 'call_1', reason: 'headers', amount: '1.00', currency: 'INR', order: 'ORD-1' },
    ]);
  });

  it('warns of a failure and keeps steps for those who look closely', () => {
    const lines = story(
      { type: 'failed', code: 'playback-failed', reason: 'welcome' },
      { type: 'step-entered', step: 'welcome' },
      { type: 'returned', target: 'agent-101', outcome: 'answered' },
    );
    expect(lines.map(([level]) => level)).toEqual(['warn', 'debug', 'info']);
    expect(lines[0]?.[2]).toEqual({ call: 'call_1', code: 'playback-failed', reason: 'welcome' });
  });
});

describe('several observers of a call', () => {
  it('all hear of it although one of them throws, and that one is reported', () => {
    const { lines, logger } = keepingLogger();
    const heard: string[] = [];
    const listen = (_call: string, event: CallEvent): void => void heard.push(event.type);
    const broken = (): void => {
      throw new Error('no');
    };
    recordInAll([listen, broken, listen], logger)('call_1', { type: 'call-ended', reason: 'caller' });
    expect(heard).toEqual(['call-ended', 'call-ended']);
    expect(lines).toEqual([['error', 'observer-failed', { call: 'call_1', reason: 'call-ended' }]]);
  });

  it('may be none', () => {
    expect(() => {
      recordInAll([], silentLogger)('call_1', { type: 'said', words: '' });
    }).not.toThrow();
  });
});
