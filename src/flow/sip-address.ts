/** The part of a SIP address that says who it is: `sip:101@10.0.0.5:5060`, without parameters and headers. */
export interface SipAddress {
  readonly user: string;
  /** In small letters. */
  readonly host: string;
  /** '' when the address has none. */
  readonly port: string;
}

/** Strict on purpose: what reaches a flow, a log line or a comparison is letters, digits and a few marks. */
const ADDRESS = /^sips?:([A-Za-z0-9+*#._-]{1,64})@([A-Za-z0-9.-]{1,128})(?::([0-9]{1,5}))?(?=$|[;?])/i;

/** Reads `sip:user@host:port;parameters?headers`; null for anything else. */
export function parseSipAddress(text: string): SipAddress | null {
  const found = ADDRESS.exec(text);
  if (found === null) return null;
  const [, user = '', host = '', port = ''] = found;
  return { user, host: host.toLowerCase(), port };
}

/** `sip:user@host`, with the port when there is one. */
export function writeSipAddress({ user, host, port }: SipAddress): string {
  return `sip:${user}@${host}${port === '' ? '' : `:${port}`}`;
}

/** Same host, and the same port where both say one. */
export function sameHost(one: SipAddress, other: SipAddress): boolean {
  return one.host === other.host && (one.port === '' || other.port === '' || one.port === other.port);
}
