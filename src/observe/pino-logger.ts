import { pino, type DestinationStream } from 'pino';
import type { LogFields, Logger } from '../ports/logger';
import { maskDigitRuns } from './redaction';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What is said within this time, ms, or up to this many bytes, is written together. */
const TOGETHER_MS = 20;
const TOGETHER_BYTES = 8 * 1024;

/**
 * JSON lines, one event a line, to `destination` (standard output when none is given). Fields are an allow-list by type;
 * every text still passes the digit net, so that a number that slipped into a message does not reach a disk.
 */
export function createLogger(level: LogLevel, destination: DestinationStream = standardOutput()): Logger {
  const options = { level, base: null, messageKey: 'event', timestamp: () => `,"time":"${new Date().toISOString()}"` };
  const sink = pino(options, destination);
  const write =
    (method: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      sink[method](clean(fields), maskDigitRuns(event));
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/**
 * Standard output, some lines at a time: a write of its own for each line was a twentieth of what a call costs. What waits is written
 * when the process ends, too; only one that is killed takes the lines of its last moment with it.
 */
function standardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true, minLength: TOGETHER_BYTES });
  let due = false;
  const flush = (): void => {
    due = false;
    output.flush();
  };
  process.once('exit', flush);
  return {
    write: (line) => {
      output.write(line);
      if (due) return;
      due = true;
      setTimeout(flush, TOGETHER_MS);
    },
  };
}

/** JSON leaves these as they are, and some readers of logs take them for the end of a line. */
const ENDS_LINE = /[\u007f-\u009f\u2028\u2029]/g;

function clean(fields: LogFields): Record<string, string | number> {
  const safe: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (typeof value === 'string') safe[name] = maskDigitRuns(value.replace(ENDS_LINE, '?'));
    else if (typeof value === 'number') safe[name] = value;
    // Anything else, a Buffer above all, has no business in a log: its name alone is kept.
    else if (value !== undefined) safe[name] = '[refused]';
  }
  return safe;
}
