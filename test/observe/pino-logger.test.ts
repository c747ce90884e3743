import { createLogger, type LogLevel } from '../../src/observe/pino-logger';
import type { LogFields, Logger } from '../../src/ports/logger';
import { TEST_CARDS } from '../support/test-cards';

function logTo(level: LogLevel, write: (logger: Logger) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger(level, { write: (line) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

function only(write: (logger: Logger) => void): Record<string, unknown> {
  const lines = logTo('debug', write);
  expect(lines).toHaveLength(1);
  return lines[0] ?? {};
}

/** What a mistake of ours could hand over although the types forbid it. */
const smuggled = (fields: object): LogFields => fields;

describe('the log', () => {
  it('writes one JSON object a line, with time, level and event, and nothing about the machine', () => {
    const line = only((logger) => {
      logger.info('call-started', { call: 'call_1', did: '7001', ms: 5 });
    });
    expect(line).toEqual({
      level: 30,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      event: 'call-started',
      call: 'call_1',
      did: '7001',
      ms: 5,
    });
  });

  it.each([
    ['debug', [20, 30, 40, 50]],
    ['info', [30, 40, 50]],
    ['warn', [40, 50]],
    ['error', [50]],
  ] as const)('at %s writes the levels %j', (level, levels) => {
    const lines = logTo(level, (logger) => {
      logger.debug('a');
      logger.info('b');
      logger.warn('c');
      logger.error('d');
    });
    expect(lines.map((line) => line.level)).toEqual(levels);
  });

  it('masks a card number in any text, the event included', () => {
    const text = JSON.stringify(
      only((logger) => {
        logger.warn(`failed for ${TEST_CARDS.approveVisa}`, {
          error: `gateway said 4111 1111 1111 1111`,
          words: TEST_CARDS.approveAmex,
        });
      }),
    );
    expect(text.replaceAll(/[ -]/g, '')).not.toContain(TEST_CARDS.approveVisa);
    expect(text).not.toContain(TEST_CARDS.approveAmex);
    expect(text).toContain('xxxxxxxxxxxx1111');
  });

  it.each([
    ['a Buffer', Buffer.from(TEST_CARDS.approveVisa)],
    ['an array', Array.from(TEST_CARDS.approveVisa)],
    ['an object', { number: TEST_CARDS.approveVisa }],
    ['an error', new Error(TEST_CARDS.approveVisa)],
    ['null', null],
    ['a function', () => TEST_CARDS.approveVisa],
  ])('refuses %s, and keeps the name of the field alone', (_what, value) => {
    const line = only((logger) => {
      logger.info('odd', smuggled({ reason: value }));
    });
    expect(line.reason).toBe('[refused]');
    expect(JSON.stringify(line)).not.toContain('4111');
  });

  it('leaves out what is undefined', () => {
    const line = only((logger) => {
      logger.info('odd', smuggled({ reason: undefined }));
    });
    expect(line).not.toHaveProperty('reason');
  });
});
