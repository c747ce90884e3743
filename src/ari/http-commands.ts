import { HushtoneError } from '../errors';
import type { Clock } from '../ports/clock';
import type { AriAddress } from './ari-address';
import type { WireAnswer, WireRequest } from './ari-request';
import { HttpLine, type Exchange } from './http-line';

/** Connections at most: well under Asterisk's `sessionlimit` (100 by default), the WebSocket and other clients included. */
const MOST_LINES = 64;
/** ms an idle connection is kept: well under Asterisk's `session_keep_alive` (15 s by default), so that we close it first. */
const IDLE_MS = 4_000;

/**
 * Commands that wait for the channel's own thread (answer, set a variable, join a bridge). Each has a connection of its
 * own while it waits, so one channel that is playing delays nobody else.
 *
 * Written for what ARI needs: `undici` took a twentieth of all CPU time of a call more.
 */
export class HttpCommands {
  private readonly origin: URL;
  /** Between path and body of each request. */
  private readonly headers: string;
  private readonly lines = new Set<HttpLine>();
  /** Those that carry nothing; the one used last is used next, so that the others can close. */
  private readonly idle: HttpLine[] = [];
  /** Requests for which there is no line yet. */
  private readonly waiting = new Set<Exchange>();
  private closed = false;

  constructor(
    private readonly address: AriAddress,
    private readonly clock: Clock,
    private readonly limitMs: number,
  ) {
    this.origin = new URL(address.origin);
    this.headers = ` HTTP/1.1\r\nhost: ${this.origin.host}\r\nauthorization: ${address.authorization}\r\n`;
  }

  /**
   * @throws HushtoneError `ari-timeout` after the time limit (waiting for a connection included), `ari-disconnected` when
   *   Asterisk cannot be reached.
   */
  request(wire: WireRequest): Promise<WireAnswer> {
    return new Promise((resolve, reject) => {
      const operation = `${wire.method} ${this.address.origin}`;
      const exchange: Exchange = {
        request: this.textOf(wire),
        answered: (answer) => {
          timer.cancel();
          resolve(answer);
        },
        lost: (reason) => {
          timer.cancel();
          reject(new HushtoneError('ari-disconnected', `${operation}: ${reason}`));
        },
      };
      const timer = this.clock.after(this.limitMs, () => {
        reject(new HushtoneError('ari-timeout', `${operation}, ${this.limitMs} ms`));
        this.giveUp(exchange);
      });
      this.begin(exchange);
    });
  }

  /** What is under way is lost. Idempotent. */
  close(): void {
    this.closed = true;
    for (const line of this.lines) line.end('closed');
    for (const exchange of this.waiting) exchange.lost('closed');
    this.waiting.clear();
  }

  private textOf({ method, uri, body }: WireRequest): string {
    const head = `${method} ${this.address.path}/${uri}${this.headers}`;
    // Asterisk would wait for the body of a POST that does not say that it has none.
    if (body === null) return `${head}content-length: 0\r\n\r\n`;
    return `${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  }

  private begin(exchange: Exchange): void {
    if (this.closed) {
      exchange.lost('closed');
      return;
    }
    const line = this.idle.pop() ?? this.newLine();
    if (line === null) this.waiting.add(exchange);
    else if (line.isOpen) line.carry(exchange);
    else this.begin(exchange);
  }

  private newLine(): HttpLine | null {
    if (this.lines.size >= MOST_LINES) return null;
    const line = new HttpLine(this.origin, IDLE_MS, {
      freed: (freed) => {
        if (!this.goOn(freed)) this.idle.push(freed);
      },
      closed: (gone) => {
        this.lines.delete(gone);
        const at = this.idle.indexOf(gone);
        if (at >= 0) this.idle.splice(at, 1);
        this.goOn(null);
      },
    });
    this.lines.add(line);
    return line;
  }

  /** Carries the request that has waited longest. False when none waits. */
  private goOn(line: HttpLine | null): boolean {
    const [next] = this.waiting;
    if (next === undefined) return false;
    this.waiting.delete(next);
    if (line === null) this.begin(next);
    else line.carry(next);
    return true;
  }

  /** Nobody waits for it any more. */
  private giveUp(exchange: Exchange): void {
    this.waiting.delete(exchange);
    for (const line of this.lines) if (line.carries(exchange)) line.end('given up');
  }
}
