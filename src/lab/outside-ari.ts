import { EventEmitter } from 'node:events';
import { WebSocket } from 'ws';
import { PATIENCE_MS } from './patience';

/** The few ARI facts that the robots use. */
export interface OutsideEvent {
  readonly type: string;
  readonly application?: string;
  readonly args?: readonly string[];
  readonly channel?: {
    readonly id: string;
    readonly name: string;
    readonly state: string;
    readonly caller: { readonly number: string };
    readonly dialplan: { readonly exten: string };
  };
  readonly playback?: { readonly id: string };
  readonly recording?: { readonly name: string; readonly state: string };
  readonly digit?: string;
  readonly cause?: number;
}

type Query = Readonly<Record<string, string | number>>;

/**
 * A plain ARI client for the outside world (the carrier and the agents' PBX), which holds no secrets: everything is
 * parsed, everything goes over HTTP. The engine has its own client in ari/.
 */
export class OutsideAri {
  private readonly events = new EventEmitter();

  private constructor(
    private readonly url: string,
    private readonly authorization: string,
    private readonly socket: WebSocket,
  ) {
    this.events.setMaxListeners(0);
    socket.on('message', (data: Buffer) => {
      this.events.emit('event', JSON.parse(data.toString('utf8')) as OutsideEvent);
    });
    socket.on('error', () => undefined);
  }

  static async connect(access: { ariUrl: string; user: string; password: string }, app: string): Promise<OutsideAri> {
    const authorization = `Basic ${Buffer.from(`${access.user}:${access.password}`).toString('base64')}`;
    const socket = new WebSocket(`${access.ariUrl.replace(/^http/, 'ws')}/ari/events?app=${app}&subscribeAll=false`, {
      headers: { authorization },
      perMessageDeflate: false,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new OutsideAri(access.ariUrl, authorization, socket);
  }

  /** Sends a command. @throws with Asterisk's own words when it refuses; 404 is an answer like any other. */
  async command(method: 'GET' | 'POST' | 'DELETE', path: string, query: Query = {}, body?: object): Promise<unknown> {
    const search = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const response = await fetch(`${this.url}/ari${path}?${search.toString()}`, {
      method,
      headers: {
        authorization: this.authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok && response.status !== 404) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' || response.status === 404 ? null : (JSON.parse(text) as unknown);
  }

  on(listener: (event: OutsideEvent) => void): () => void {
    this.events.on('event', listener);
    return () => this.events.off('event', listener);
  }

  /** Waits for an event. @throws after `withinMs`, naming what was awaited. */
  async waitFor(
    what: string,
    matches: (event: OutsideEvent) => boolean,
    withinMs = PATIENCE_MS,
  ): Promise<OutsideEvent> {
    return new Promise<OutsideEvent>((resolve, reject) => {
      const deadline = setTimeout(() => {
        stop();
        reject(new Error(`${what} did not happen within ${withinMs} ms`));
      }, withinMs);
      // A robot's ears may wait for minutes; nobody else is to wait for them.
      deadline.unref();
      const stop = this.on((event) => {
        if (!matches(event)) return;
        clearTimeout(deadline);
        stop();
        resolve(event);
      });
    });
  }

  close(): void {
    this.socket.close();
  }
}
