import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

import { WebSocketServer, type WebSocket } from 'ws';

export interface FakeRequest {
  readonly carrier: 'websocket' | 'http';
  readonly method: string;
  /** Without leading slash, with the query. */
  readonly uri: string;
  readonly body: string;
}

export interface FakeAnswer {
  readonly status: number;
  readonly body?: unknown;
}

/** Decides an answer; undefined means the default one, a promise is a command that waits. */
type Decide = (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer> | undefined;

export const USER = 'engine';
export const PASSWORD = 'pass word';

/** The wire of ARI without an Asterisk behind it: answers, events, and everything that can go wrong with a connection. */
export class FakeAri {
  readonly requests: FakeRequest[] = [];
  /** Sockets that are open now. */
  readonly sockets: WebSocket[] = [];
  connections = 0;
  channels: unknown[] = [];
  bridges: unknown[] = [];
  decide: Decide = () => undefined;
  answersPings = true;
  private readonly waiting: { readonly met: () => boolean; readonly resolve: () => void }[] = [];
  private readonly network = new Set<Socket>();
  private readonly upgraded = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** With a certificate: over https and wss. */
  static async start(tls?: { readonly cert: string; readonly key: string }): Promise<FakeAri> {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const fake = new FakeAri(
      server,
      `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    );
    fake.serve();
    return fake;
  }

  async close(): Promise<void> {
    for (const socket of this.network) socket.destroy();
    await new Promise<void>((resolve) =>
      this.server.close(() => {
        resolve();
      }),
    );
  }

  /** Resolves as soon as `met` holds; checked whenever a request comes or a socket opens or closes. */
  until(met: () => boolean): Promise<void> {
    if (met()) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ met, resolve }));
  }

  /** Waits for the first request whose method and path begin so. */
  async requested(start: string): Promise<FakeRequest> {
    for (let seen = 0; ; seen = this.requests.length) {
      const found = this.requests.find((one) => `${one.method} ${one.uri}`.startsWith(start));
      if (found !== undefined) return found;
      await this.until(() => this.requests.length > seen);
    }
  }

  emit(event: Record<string, unknown>): void {
    for (const socket of this.sockets) socket.send(JSON.stringify(event));
  }

  /** Bytes as they are, past the framing of `ws`. */
  emitRaw(bytes: Buffer): void {
    for (const socket of this.upgraded) socket.write(bytes);
  }

  /** Ends every WebSocket without a goodbye. */
  async cut(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await this.until(() => this.sockets.length === 0);
  }

  /** Ends every connection that carries commands over HTTP, answered or not. */
  loseRequests(): void {
    for (const socket of this.network) if (!this.upgraded.has(socket)) socket.destroy();
  }

  private serve(): void {
    const acceptor = new WebSocketServer({ noServer: true, autoPong: false });
    this.server.on('connection', (socket) => {
      this.network.add(socket);
      socket.on('close', () => this.network.delete(socket));
    });
    this.server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        void this.answer(
          'http',
          request.method ?? '',
          request.url ?? '',
          Buffer.concat(chunks).toString(),
          request,
        ).then(({ status, body }) => {
          response.writeHead(status, { 'content-type': 'application/json' });
          response.end(body === undefined ? '' : JSON.stringify(body));
        });
      });
    });
    this.server.on('upgrade', (request: IncomingMessage, socket: Socket, head) => {
      if (!isLoggedIn(request)) {
        socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
        return;
      }
      this.upgraded.add(socket);
      socket.on('close', () => this.upgraded.delete(socket));
      acceptor.handleUpgrade(request, socket, head, (webSocket) => {
        this.opened(webSocket);
      });
    });
  }

  private opened(socket: WebSocket): void {
    this.connections++;
    this.sockets.push(socket);
    socket.on('ping', () => {
      if (this.answersPings) socket.pong();
    });
    socket.on('close', () => {
      this.sockets.splice(this.sockets.indexOf(socket), 1);
      this.check();
    });
    socket.on('message', (data: Buffer) => {
      const asked = JSON.parse(data.toString()) as Record<string, string>;
      void this.answer('websocket', asked.method ?? '', `/ari/${asked.uri}`, asked.message_body ?? '').then(
        ({ status, body }) => {
          const text = body === undefined ? {} : { message_body: JSON.stringify(body) };
          socket.send(
            JSON.stringify({
              type: 'RESTResponse',
              request_id: asked.request_id,
              transaction_id: asked.transaction_id,
              status_code: status,
              reason_phrase: '',
              uri: asked.uri,
              ...text,
            }),
          );
        },
      );
    });
    this.check();
  }

  private async answer(
    carrier: FakeRequest['carrier'],
    method: string,
    url: string,
    body: string,
    http?: IncomingMessage,
  ): Promise<FakeAnswer> {
    if (http !== undefined && !isLoggedIn(http)) return { status: 401, body: { message: 'Authentication required' } };
    if (!url.startsWith('/ari/')) return { status: 404 };
    const request = { carrier, method, uri: url.slice('/ari/'.length), body };
    this.requests.push(request);
    this.check();
    return (await this.decide(request)) ?? this.byDefault(request);
  }

  private byDefault({ method, uri }: FakeRequest): FakeAnswer {
    if (method !== 'GET') return { status: 204 };
    if (uri.startsWith('asterisk/info')) return { status: 200, body: { system: { version: '22.10.1' } } };
    if (uri === 'channels') return { status: 200, body: this.channels };
    if (uri === 'bridges') return { status: 200, body: this.bridges };
    if (uri.startsWith('applications/')) return { status: 200, body: { name: 'hushtone', channel_ids: [] } };
    if (uri.startsWith('channels/')) return { status: 200, body: { value: '' } };
    return { status: 200, body: [] };
  }

  private check(): void {
    for (const one of [...this.waiting]) {
      if (!one.met()) continue;
      this.waiting.splice(this.waiting.indexOf(one), 1);
      one.resolve();
    }
  }
}

function isLoggedIn(request: IncomingMessage): boolean {
  const login = Buffer.from(`${USER}:${PASSWORD}`).toString('base64');
  return request.headers.authorization === `Basic ${login}`;
}

/** A channel as Asterisk describes one that is in `Stasis(app)`. */
export function stasisChannel(id: string, app = 'hushtone', args = ''): Record<string, unknown> {
  return {
    id,
    name: `PJSIP/trunk-${id}`,
    state: 'Ring',
    caller: { name: '', number: '+15550100' },
    connected: { name: '', number: '' },
    dialplan: { context: 'engine', exten: '7001', priority: 2, app_name: 'Stasis', app_data: `${app},${args}` },
    creationtime: '2026-11-21T09:09:54.517+0000',
    language: 'en',
  };
}

/** A key event as Asterisk writes one. */
export function keyEvent(channel: string, digit: string): Record<string, unknown> {
  return {
    type: 'ChannelDtmfReceived',
    timestamp: '2026-11-21T09:09:56.030+0000',
    digit,
    duration_ms: 100,
    channel: stasisChannel(channel),
    asterisk_id: '02:fc:00:00:00:01',
    application: 'hushtone',
  };
}

/** A WebSocket text frame as a server sends it. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const length = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from([0x81, ...length]), payload]);
}
