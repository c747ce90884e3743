import { Pool, type Dispatcher } from 'undici';

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
  private readonly headers: Record<string, string>;
  private readonly headersWithBody: Record<string, string>;

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
    this.headers = { authorization: address.authorization };
    this.headersWithBody = { ...this.headers, 'content-type': 'application/json' };
  }

  /**
   * @throws HushtoneError `ari-timeout` after the time limit (waiting for a connection included), `ari-disconnected` when
   *   Asterisk cannot be reached.
   */
  request(wire: WireRequest): Promise<WireAnswer> {
    return new Promise((resolve, reject) => {
      const operation = `${wire.method} ${this.address.origin}`;
      const answer = new Answer(resolve, (error) => {
        reject(new HushtoneError('ari-disconnected', `${operation}: ${codeOf(error)}`));
      });
      const timer = this.clock.after(this.limitMs, () => {
        reject(new HushtoneError('ari-timeout', `${operation}, ${this.limitMs} ms`));
        answer.giveUp();
      });
      answer.onEnd = () => {
        timer.cancel();
      };
      this.pool.dispatch(
        {
          method: wire.method,
          path: `${this.address.path}/${wire.uri}`,
          headers: wire.body === null ? this.headers : this.headersWithBody,
          body: wire.body,
        },
        answer,
      );
    });
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }
}

/**
 * Gathers one answer. Told by the client directly: its `request()` makes a stream and an abort signal of each answer, which
 * costs more than the request itself.
 */
class Answer implements Dispatcher.DispatchHandler {
  /** Called once, when the answer is there or will not come. */
  onEnd: () => void = () => undefined;
  private controller: Dispatcher.DispatchController | null = null;
  private over = false;
  private status = 0;
  private readonly pieces: Buffer[] = [];

  constructor(
    private readonly resolve: (answer: WireAnswer) => void,
    private readonly reject: (error: unknown) => void,
  ) {}

  /** Nobody waits any more: ends the connection, or does not begin. */
  giveUp(): void {
    this.over = true;
    this.controller?.abort(new Error('given up'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.over) controller.abort(new Error('given up'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, piece: Buffer): void {
    this.pieces.push(piece);
  }

  onResponseEnd(): void {
    this.over = true;
    this.onEnd();
    this.resolve({ status: this.status, body: Buffer.concat(this.pieces).toString('utf8') });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.over = true;
    this.onEnd();
    this.reject(error);
  }
}

/** The error's code only: messages of the HTTP client may quote the request. */
function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
