import type { IncomingMessage } from 'node:http';
import type { createConnection, NetConnectOpts, Socket } from 'node:net';

import WebSocket from 'ws';

import { HushtoneError } from '../errors';
import type { Clock, Timer } from '../ports/clock';
import type { AriAddress } from './ari-address';
import { SpentChunks } from './spent-chunks';
import { connectWiping } from './wiping-connection';

/** No event of the filter comes near this; GET /channels goes over HTTP. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

export interface SocketHandlers {
  /** One frame. The bytes are only valid during the call: they are wiped later. */
  onFrame(frame: Buffer): void;
  /** Comes once, after the socket has opened and then ended for whatever reason. */
  onClosed(reason: string): void;
}

export interface SocketTimes {
  /** ms to connect and upgrade. */
  readonly openMs: number;
  /** ms between pings; a ping without an answer until the next one ends the socket. */
  readonly pingMs: number;
}

/**
 * One WebSocket to Asterisk, from open to close.
 *
 * Compression is off, since an inflater keeps what it has inflated. Text is delivered as Buffers that are not checked for
 * UTF-8 and not decoded here, so that a key press never becomes a string.
 */
export class EventSocket {
  private readonly spent = new SpentChunks();
  private socket: WebSocket | null = null;
  private pingTimer: Timer | null = null;
  private limitTimer: Timer | null = null;
  private heard = true;

  constructor(
    private readonly address: AriAddress,
    private readonly clock: Clock,
    private readonly times: SocketTimes,
    private readonly handlers: SocketHandlers,
  ) {}

  /** @throws HushtoneError `asterisk-unavailable` with the reason. */
  open(): Promise<void> {
    const socket = new WebSocket(this.address.eventsUrl, {
      headers: { authorization: this.address.authorization },
      createConnection: connector(this.address),
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: MAX_FRAME_BYTES,
    });
    this.socket = socket;
    return new Promise((resolve, reject) => {
      let network: Socket | null = null;
      let isOpen = false;
      let reason = 'closed by Asterisk';
      this.limitTimer = this.clock.after(this.times.openMs, () => {
        reason = `no WebSocket after ${this.times.openMs} ms`;
        socket.terminate();
      });
      socket.once('upgrade', (response: IncomingMessage) => (network = response.socket));
      socket.on('error', (error) => (reason = error.message));
      socket.once('open', () => {
        this.limitTimer?.cancel();
        isOpen = true;
        // Now, not after an await: the first frame may already be in the same packet as the upgrade.
        this.listen(socket, network);
        resolve();
      });
      socket.once('close', () => {
        this.limitTimer?.cancel();
        this.pingTimer?.cancel();
        this.spent.wipe();
        if (isOpen) this.handlers.onClosed(reason);
        else reject(new HushtoneError('asterisk-unavailable', `${this.address.origin}: ${reason}`));
      });
    });
  }

  /** Sends one text frame. A socket that is no longer open drops it; `onClosed` tells. */
  send(text: string): void {
    this.socket?.send(text, ignore);
  }

  /** Ends the socket at once. `onClosed` follows. Idempotent. */
  end(): void {
    this.pingTimer?.cancel();
    this.limitTimer?.cancel();
    this.socket?.terminate();
  }

  private listen(socket: WebSocket, network: Socket | null): void {
    socket.on('message', (data: Buffer) => {
      this.heard = true;
      this.spent.messageRead();
      this.handlers.onFrame(data);
    });
    socket.on('pong', () => (this.heard = true));
    // After the listener of `ws`, so that the chunk has been worked on.
    network?.on('data', (chunk: Buffer) => {
      this.spent.chunkRead(chunk);
    });
    this.schedulePing(socket);
  }

  private schedulePing(socket: WebSocket): void {
    this.pingTimer = this.clock.after(this.times.pingMs, () => {
      if (!this.heard) {
        socket.terminate();
        return;
      }
      this.heard = false;
      socket.ping(ignore);
      this.schedulePing(socket);
    });
  }
}

/** `ws` calls it with the options of the connection only. */
function connector(address: AriAddress): typeof createConnection {
  const secure = address.eventsUrl.startsWith('wss:');
  return ((options: NetConnectOpts) => connectWiping(options, secure)) as typeof createConnection;
}

const ignore = (): void => undefined;
