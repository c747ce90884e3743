import { HushtoneError, messageOf } from '../errors';
import type { Clock, Timer } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { AriAddress } from './ari-address';
import { EventSocket, type SocketTimes } from './event-socket';

/** `down`: will be tried again. `replaced`: another engine took our application name, which would fight for every call. */
export type ConnectionState = 'closed' | 'connecting' | 'up' | 'down' | 'replaced';

export interface ConnectionTimes extends SocketTimes {
  /** First and longest pause in ms before another try; it doubles in between. */
  readonly retryMs: number;
  readonly longestRetryMs: number;
}

export interface ConnectionHandlers {
  onFrame(frame: Buffer): void;
  /** The socket is open: sets what has to be set and finds out what was missed. A rejection ends the socket. */
  prepare(): Promise<void>;
  /** The socket is prepared. */
  onUp(): void;
  /** The socket has ended. */
  onDown(): void;
  /** No other socket will be opened. */
  onOver(): void;
}

/** Keeps a WebSocket to Asterisk up: opens it, prepares it, and opens another with back-off whenever it ends. */
export class Connection {
  private current: ConnectionState = 'closed';
  /** The one that is open. */
  private socket: EventSocket | null = null;
  /** The one that was begun last: open, or being opened. */
  private latest: EventSocket | null = null;
  private retryTimer: Timer | null = null;
  private failures = 0;

  constructor(
    private readonly address: AriAddress,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly times: ConnectionTimes,
    private readonly handlers: ConnectionHandlers,
  ) {}

  get state(): ConnectionState {
    return this.current;
  }

  /** True while a socket is open, prepared or not. */
  get isOpen(): boolean {
    return this.socket !== null;
  }

  /** Opens for the first time; nothing is tried again when that fails, since the configuration may be wrong. */
  async open(): Promise<void> {
    this.current = 'connecting';
    try {
      await this.connect();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  send(text: string): void {
    this.socket?.send(text);
  }

  /** Another engine has connected with our application name. */
  replaced(): void {
    this.logger.error('ari-replaced', {
      reason: 'another engine has connected with the same application name; this one takes no more calls',
    });
    this.finish('replaced');
  }

  /** Idempotent. */
  close(): void {
    this.finish('closed');
  }

  private finish(state: 'closed' | 'replaced'): void {
    this.current = state;
    this.retryTimer?.cancel();
    this.latest?.end();
    this.handlers.onOver();
  }

  private async connect(): Promise<void> {
    const socket = new EventSocket(this.address, this.clock, this.times, {
      onFrame: (frame) => {
        this.handlers.onFrame(frame);
      },
      onClosed: (reason) => {
        this.ended(socket, reason);
      },
    });
    this.latest = socket;
    await socket.open();
    if (this.over()) {
      socket.end();
      throw new HushtoneError('ari-disconnected', 'closed while connecting');
    }
    this.socket = socket;
    try {
      await this.handlers.prepare();
    } catch (error) {
      if (this.holds(socket)) this.letGo();
      socket.end();
      throw error;
    }
    // The socket may have ended while it was prepared: then `ended` has arranged the next try.
    if (!this.holds(socket)) throw new HushtoneError('ari-disconnected', 'closed while being prepared');
    this.failures = 0;
    this.current = 'up';
    this.logger.info('ari-up', { url: this.address.origin });
    this.handlers.onUp();
  }

  private ended(socket: EventSocket, reason: string): void {
    if (!this.holds(socket)) return;
    this.letGo();
    if (this.over()) return;
    this.logger.warn('ari-down', { url: this.address.origin, reason });
    const wasUp = this.current === 'up';
    this.current = 'down';
    // While it is being prepared, the one who does so arranges the next try.
    if (wasUp) this.retry();
  }

  private letGo(): void {
    this.socket = null;
    this.handlers.onDown();
  }

  private retry(): void {
    const ms = Math.min(this.times.retryMs * 2 ** this.failures, this.times.longestRetryMs);
    this.failures++;
    this.retryTimer = this.clock.after(ms, () => {
      this.connect().catch((error: unknown) => {
        if (this.over()) return;
        this.logger.warn('ari-retry-failed', {
          url: this.address.origin,
          reason: messageOf(error),
          count: this.failures,
        });
        this.current = 'down';
        this.retry();
      });
    });
  }

  private holds(socket: EventSocket): boolean {
    return this.socket === socket;
  }

  private over(): boolean {
    return this.current === 'closed' || this.current === 'replaced';
  }
}
