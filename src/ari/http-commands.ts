import { Pool } from 'undici';

import { HushtoneError } from '../errors';
import type { Clock } from '../ports/clock';
import type { WireAnswer, WireRequest } from './ari-request';
import type { AriAddress } from './ari-address';

/** Connections at most: well under Asterisk's `sessionlimit` (100 by default), the WebSocket and other clients included. */
const CONNECTIONS = 64;
/** ms an idle connection is kept: well under Asterisk's `session_keep_alive` (15 s by default), so that we close it first. */
const KEEP_ALIVE_MS = 4_000;

/**
 * Commands that wait for the channel's own thread (answer, set a variable, join a bridge). Each has a connection of its
 * own while it waits, so one channel that is playing delays nobody else.
 */
export class HttpCommands {
  private readonly pool: Pool;

  constructor(
    private readonly address: AriAddress,
    private readonly clock: Clock,
    private readonly limitMs: number,
  ) {
    this.pool = new Pool(address.origin, {
      connections: CONNECTIONS,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      connectTimeout: limitMs,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * @throws HushtoneError `ari-timeout` after the time limit (waiting for a connection included), `ari-disconnected` when
   *   Asterisk cannot be reached.
   */
  async request(wire: WireRequest): Promise<WireAnswer> {
    const abort = new AbortController();
    const timer = this.clock.after(this.limitMs, () => {
      abort.abort();
    });
    try {
      const answer = await this.pool.request({
        method: wire.method,
        path: `${this.address.path}/${wire.uri}`,
        headers: {
          authorization: this.address.authorization,
          ...(wire.body === null ? {} : { 'content-type': 'application/json' }),
        },
        body: wire.body,
        signal: abort.signal,
      });
      return { status: answer.statusCode, body: await answer.body.text() };
    } catch (error) {
      const operation = `${wire.method} ${this.address.origin}`;
      if (abort.signal.aborted) throw new HushtoneError('ari-timeout', `${operation}, ${this.limitMs} ms`);
      throw new HushtoneError('ari-disconnected', `${operation}: ${codeOf(error)}`);
    } finally {
      timer.cancel();
    }
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }
}

/** The error's code only: messages of the HTTP client may quote the request. */
function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
