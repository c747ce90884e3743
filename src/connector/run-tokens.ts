import type { Clock } from '../ports/clock';
import { redirectReason } from './answer-head';
import type { ClientCredentials, Connector } from './ast';
import { RenderError } from './input-values';
import { settledText, type Surroundings } from './part-texts';
import { addressOf, basic, PLAIN_JSON } from './render-request';
import type { HttpSender } from './run-http';

/** Time for one token to come. */
const TOKEN_LIMIT_MS = 5_000;
/** A token is not used in its last minute (or the last tenth of a shorter life), so that it does not end on its way. */
const MARGIN_MS = 60_000;
/** Of a token whose answer does not say how long it lives (RFC 6749 leaves that out only where it is known otherwise). */
const DEFAULT_LIFE_S = 300;

interface Token {
  readonly value: string;
  /** On the monotonic clock, ms. */
  readonly usableUntil: number;
}

interface Entry {
  readonly obtaining: Promise<Token>;
  /** Null until it has come. */
  token: Token | null;
}

/**
 * Access tokens by connector. One request for a token serves everybody who waits for it, and goes on when one of them
 * hangs up.
 */
export class AccessTokens {
  private readonly known = new Map<string, Entry>();

  constructor(
    private readonly clock: Clock,
    private readonly surroundings: Surroundings,
    private readonly senderOf: (connector: Connector) => HttpSender,
  ) {}

  /** Null where the connector needs none. @throws RenderError when none can be had: nothing of the request has been sent. */
  async tokenFor(connector: Connector, signal: AbortSignal): Promise<string | null> {
    const { auth, id } = connector;
    if (auth.kind !== 'oauth') return null;
    const known = this.known.get(id);
    const usable = known !== undefined && (known.token === null || this.clock.monotonic() < known.token.usableUntil);
    const { obtaining } = usable ? known : this.begin(connector, auth);
    return (await untilAborted(obtaining, signal)).value;
  }

  /** The other side did not take it: the next request asks for another, unless somebody has already. */
  refuse(connector: Connector, token: string): void {
    if (this.known.get(connector.id)?.token?.value === token) this.known.delete(connector.id);
  }

  private begin(connector: Connector, auth: ClientCredentials): Entry {
    const entry: Entry = { obtaining: this.obtain(connector, auth), token: null };
    this.known.set(connector.id, entry);
    entry.obtaining.then(
      (token) => (entry.token = token),
      () => {
        if (this.known.get(connector.id) === entry) this.known.delete(connector.id);
      },
    );
    return entry;
  }

  private async obtain(connector: Connector, auth: ClientCredentials): Promise<Token> {
    const controller = new AbortController();
    const timer = this.clock.after(TOKEN_LIMIT_MS, () => {
      controller.abort();
    });
    const asked = this.clock.monotonic();
    try {
      const answer = await this.senderOf(connector).send(this.request(auth), controller.signal);
      if (answer.kind === 'fault') throw new RenderError(`no access token: ${answer.reason}`);
      if (answer.pointsTo !== null)
        throw new RenderError(`no access token: the token address ${redirectReason(answer.pointsTo)}`);
      if (answer.status !== 200) throw new RenderError(`no access token: the token address answered ${answer.status}`);
      return read(answer.body, asked);
    } finally {
      timer.cancel();
    }
  }

  private request({ tokenUrl, clientId, clientSecret, scope, sentIn }: ClientCredentials) {
    const text = ({ parts }: ClientCredentials['clientId']): string => settledText(parts, this.surroundings);
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    if (scope !== null) form.set('scope', text(scope));
    if (sentIn === 'body') {
      form.set('client_id', text(clientId));
      form.set('client_secret', text(clientSecret));
    }
    const headers = {
      ...PLAIN_JSON,
      'content-type': 'application/x-www-form-urlencoded',
      // RFC 6749, 2.3.1: both are form-encoded first.
      ...(sentIn === 'basic' ? { authorization: basic(encoded(text(clientId)), encoded(text(clientSecret))) } : {}),
    };
    const url = new URL(addressOf(tokenUrl, 'token-url', this.surroundings));
    return { method: 'POST', url, headers, body: Buffer.from(form.toString(), 'utf8') };
  }
}

function encoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

function read(body: Buffer, asked: number): Token {
  let answer: { access_token?: unknown; expires_in?: unknown; token_type?: unknown } | null;
  try {
    answer = JSON.parse(new TextDecoder().decode(body)) as typeof answer;
  } catch {
    answer = null;
  }
  const value = answer?.access_token;
  if (typeof value !== 'string' || !/^[\x21-\x7e]{1,8192}$/.test(value))
    throw new RenderError('no access token: the answer of the token address holds none');
  const type = answer?.token_type;
  if (typeof type === 'string' && type.toLowerCase() !== 'bearer')
    throw new RenderError('no access token: the one that came is no bearer token');
  const seconds = Number(answer?.expires_in ?? DEFAULT_LIFE_S);
  const lifeMs = (Number.isFinite(seconds) && seconds > 0 ? seconds : 0) * 1000;
  return { value, usableUntil: asked + lifeMs - Math.min(MARGIN_MS, lifeMs / 10) };
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = (): void => {
      reject(new RenderError('given up while an access token was fetched'));
    };
    if (signal.aborted) give();
    signal.addEventListener('abort', give, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', give);
    });
  });
}
