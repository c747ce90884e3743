import type { Socket } from 'node:net';
import type { WireAnswer } from './ari-request';
import { AnswerReader } from './http-answer';
import { connectWiping } from './wiping-connection';

/** Most answers have some 300 bytes; only the lists that are asked for at the start come in several pieces. */
const READ_BYTES = 16 * 1024;

/** A request on its way. One of the two is called, once. */
export interface Exchange {
  /** As it goes over the wire. */
  readonly request: string;
  answered(answer: WireAnswer): void;
  /** Whether it was carried out is unknown. `reason` quotes neither request nor answer. */
  lost(reason: string): void;
}

/** Who has use for a line. */
export interface LineOwner {
  /** It takes another request. */
  freed(line: HttpLine): void;
  closed(line: HttpLine): void;
}

/** One connection that carries one request at a time. It opens with the first, and closes when it has been idle for long. */
export class HttpLine {
  private readonly socket: Socket;
  private readonly answers = new AnswerReader();
  private exchange: Exchange | null = null;
  private reason = 'closed by the other side';

  /** @param idleMs A line that has carried nothing for so long is closed. */
  constructor(
    origin: URL,
    private readonly idleMs: number,
    owner: LineOwner,
  ) {
    const secure = origin.protocol === 'https:';
    const host = origin.hostname.replace(/^\[|\]$/g, '');
    const port = Number(origin.port) || (secure ? 443 : 80);
    this.socket = connectWiping({ host, port }, secure, READ_BYTES, (bytes) => {
      this.read(bytes, owner);
      return true;
    });
    this.socket.on('timeout', () => this.socket.destroy());
    // Its end is the end of the line: no answer can follow.
    this.socket.once('end', () => this.socket.destroy());
    this.socket.on('error', (error: NodeJS.ErrnoException) => (this.reason = error.code ?? error.name));
    this.socket.once('close', () => {
      owner.closed(this);
      this.end(this.reason);
    });
  }

  /** False while it closes. */
  get isOpen(): boolean {
    return !this.socket.destroyed;
  }

  carries(exchange: Exchange): boolean {
    return this.exchange === exchange;
  }

  carry(exchange: Exchange): void {
    this.exchange = exchange;
    // How long the answer may take is up to whoever asks.
    this.socket.setTimeout(0);
    this.socket.write(exchange.request);
  }

  /** Ends it at once; what it carries is lost. */
  end(reason: string): void {
    const { exchange } = this;
    this.exchange = null;
    this.socket.destroy();
    exchange?.lost(reason);
  }

  private read(bytes: Buffer, owner: LineOwner): void {
    const { exchange } = this;
    try {
      const answer = this.answers.read(bytes);
      if (answer === null) return;
      if (exchange === null) throw new Error('an answer that nobody asked for');
      this.exchange = null;
      this.socket.setTimeout(this.idleMs);
      if (answer.keepsOpen) owner.freed(this);
      else this.socket.destroy();
      exchange.answered(answer);
    } catch (error) {
      this.end(error instanceof Error ? error.message : 'unreadable');
    }
  }
}
