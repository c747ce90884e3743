import { HushtoneError } from '../errors';
import type { WireAnswer, WireRequest, Body, Operation, Parameters, Response } from './ari-request';
import { renderRequest } from './ari-request';
import { AriRefused, isGone } from './ari-error';

/** A way to carry a request to Asterisk. */
export interface Carrier {
  request(wire: WireRequest): Promise<WireAnswer>;
}

/** Over which way a request went. */
export type Way = 'websocket' | 'http';

/** Told how long each request took until its answer, ms. */
export type OnAnswered = (way: Way, ms: number) => void;

/** What a request brings back: what it asked for, or nothing but that it was carried out. */
type Answer<K extends Operation> = K extends `GET ${string}` ? Response<K> : undefined;

/** Commands as the adapter gives them: typed, with a status that is not a success as an error. */
export class Commands {
  constructor(
    private readonly webSocket: Carrier,
    private readonly http: Carrier,
    private readonly webSocketIsOpen: () => boolean,
    private readonly onAnswered: OnAnswered = () => undefined,
  ) {}

  /** A command that Asterisk answers at once. Over the WebSocket; over HTTP while that is down. */
  now<K extends Operation>(operation: K, parameters: Parameters<K>, body?: Body<K>): Promise<Answer<K>> {
    return this.run(this.webSocketIsOpen() ? this.webSocket : this.http, operation, parameters, body);
  }

  /** A command that may wait for the channel's own thread. Over HTTP, where it delays nobody else. */
  waiting<K extends Operation>(operation: K, parameters: Parameters<K>, body?: Body<K>): Promise<Answer<K>> {
    return this.run(this.http, operation, parameters, body);
  }

  /** As `now`, for ending something: that it has already gone is success. */
  async nowOrGone<K extends Operation>(operation: K, parameters: Parameters<K>): Promise<void> {
    try {
      await this.now(operation, parameters);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  private async run<K extends Operation>(
    carrier: Carrier,
    operation: K,
    parameters: Parameters<K>,
    body: Body<K> | undefined,
  ): Promise<Answer<K>> {
    const asked = performance.now();
    const { status, body: text } = await carrier.request(renderRequest(operation, parameters, body));
    this.onAnswered(carrier === this.webSocket ? 'websocket' : 'http', performance.now() - asked);
    if (status < 200 || status > 299) throw new AriRefused(operation, status, messageIn(text));
    if (!operation.startsWith('GET ')) return undefined as Answer<K>;
    const answer = parse(text);
    if (typeof answer !== 'object' || answer === null)
      throw new HushtoneError('ari-refused', `${operation} ${NOT_ARI}`);
    return answer as Answer<K>;
  }
}

/** A proxy, or another web server. What it said may be anything, so it is not quoted. */
const NOT_ARI = 'was answered, but not as ARI answers: what else listens at this address?';

/** Text that is no JSON reads as nothing: an error of the parser would quote it. */
function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function messageIn(text: string): string {
  const body = parse(text);
  if (typeof body !== 'object' || body === null || !('message' in body)) return '';
  return typeof body.message === 'string' ? body.message : '';
}
