import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { PATIENCE_MS } from './patience';

/** One line of the engine's log: an event's name and its fields. */
export interface LogLine {
  readonly time: string;
  readonly event: string;
  readonly call?: string;
  readonly [field: string]: string | number | undefined;
}

/**
 * Follows the log of a running engine. What the robots and the demo know of a call they know from here, as an operator
 * would; nothing reaches into the engine.
 */
export class EngineLog {
  readonly lines: LogLine[] = [];
  private readonly listeners = new Set<(line: LogLine) => void>();

  constructor(output: Readable) {
    createInterface({ input: output }).on('line', (text) => {
      const line = parseLine(text);
      if (line === null) return;
      this.lines.push(line);
      for (const listener of this.listeners) listener(line);
    });
  }

  on(listener: (line: LogLine) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The first line from `since` on (an index into `lines`) that matches, now or within `withinMs`. @throws naming what was awaited. */
  async waitFor(
    what: string,
    matches: (line: LogLine) => boolean,
    { since = 0, withinMs = PATIENCE_MS }: { readonly since?: number; readonly withinMs?: number } = {},
  ): Promise<LogLine> {
    const earlier = this.lines.slice(since).find(matches);
    if (earlier !== undefined) return earlier;
    return new Promise<LogLine>((resolve, reject) => {
      const deadline = setTimeout(() => {
        stop();
        const last = this.lines.slice(-12).map((line) => JSON.stringify(line));
        reject(new Error(`the engine did not log ${what} within ${withinMs} ms; its last lines:\n${last.join('\n')}`));
      }, withinMs);
      const stop = this.on((line) => {
        if (!matches(line)) return;
        clearTimeout(deadline);
        stop();
        resolve(line);
      });
    });
  }
}

function parseLine(text: string): LogLine | null {
  try {
    const line = JSON.parse(text) as Partial<LogLine>;
    return typeof line.event === 'string' ? (line as LogLine) : null;
  } catch {
    return null;
  }
}
