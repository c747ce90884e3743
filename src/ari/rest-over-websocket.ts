import { HushtoneError } from '../errors';
import type { Clock, Timer } from '../ports/clock';
import type { WireAnswer, WireRequest } from './ari-request';
import type { RESTResponse } from './generated/ari-types';

interface Pending {
  readonly resolve: (answer: WireAnswer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
}

/**
 * Requests and answers over the event WebSocket, matched by number. Asterisk works on them one after the other, so only
 * commands that return at once may come here: a waiting one would freeze every call.
 */
export class RestOverWebsocket {
  private readonly pending = new Map<string, Pending>();
  private count = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limitMs: number,
    private readonly send: (text: string) => void,
  ) {}

  /** @throws HushtoneError `ari-timeout` after the time limit; `ari-disconnected` when the socket ends first. */
  request(wire: WireRequest): Promise<WireAnswer> {
    const id = String(++this.count);
    return new Promise((resolve, reject) => {
      const timer = this.clock.after(this.limitMs, () => {
        this.pending.delete(id);
        reject(new HushtoneError('ari-timeout', `${wire.method} over the WebSocket, ${this.limitMs} ms`));
      });
      this.pending.set(id, { resolve, reject, timer });
      const body = wire.body === null ? {} : { content_type: 'application/json', message_body: wire.body };
      this.send(
        JSON.stringify({
          type: 'RESTRequest',
          transaction_id: id,
          request_id: id,
          method: wire.method,
          uri: wire.uri,
          ...body,
        }),
      );
    });
  }

  /** An answer that nobody waits for any more is dropped. */
  answered(response: RESTResponse): void {
    const waiting = this.take(response.request_id);
    waiting?.resolve({ status: response.status_code, body: response.message_body ?? '' });
  }

  /** The socket has ended: whether the commands under way were carried out is unknown. */
  disconnected(): void {
    for (const id of [...this.pending.keys()]) this.take(id)?.reject(new HushtoneError('ari-disconnected'));
  }

  private take(id: string): Pending | undefined {
    const waiting = this.pending.get(id);
    waiting?.timer.cancel();
    this.pending.delete(id);
    return waiting;
  }
}
