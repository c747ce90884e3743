import { HushtoneError } from '../errors';

/** Where an Asterisk's ARI is, and how to log in. The password goes into a header, never into a URL. */
export interface AriAddress {
  /** `http://127.0.0.1:8088` */
  readonly origin: string;
  /** `/ari`, or with a prefix before it. */
  readonly path: string;
  readonly authorization: string;
  /** URL of the WebSocket for `app`. */
  readonly eventsUrl: string;
}

/**
 * Reads the address of ARI, with or without `/ari` at its end.
 * @throws HushtoneError `config-invalid` when it is no http or https URL.
 */
export function readAriAddress(url: string, user: string, password: string, app: string): AriAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new HushtoneError('config-invalid', 'the URL of ARI is not an http or https URL (HUSHTONE_ARI_URL)');
  if (!/^[A-Za-z0-9_-]+$/.test(app))
    throw new HushtoneError('config-invalid', `"${app}" is no name for an ARI application: letters, digits, - and _`);
  const prefix = parsed.pathname.replace(/\/+$/, '');
  const path = prefix.endsWith('/ari') ? prefix : `${prefix}/ari`;
  const login = Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
  const webSocketOrigin = parsed.origin.replace(/^http/, 'ws');
  return {
    origin: parsed.origin,
    path,
    authorization: `Basic ${login}`,
    eventsUrl: `${webSocketOrigin}${path}/events?app=${app}&subscribeAll=false`,
  };
}
