/** A SIP request or response (RFC 3261, section 7), as far as a telephone on a quiet line needs it. */
export interface SipMessage {
  /** `INVITE sip:7001@127.0.0.1 SIP/2.0`, or `SIP/2.0 200 OK`. */
  readonly start: string;
  /** In order; names as they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

const COMPACT: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
  c: 'content-type',
};

export function writeMessage({ start, headers, body }: SipMessage): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return [start, ...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
}

/** Null for what is no SIP message (such as the empty lines that keep a connection open). */
export function readMessage(text: string): SipMessage | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [start = '', ...lines] = text.slice(0, end).split('\r\n');
  if (!start.includes('SIP/2.0')) return null;
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  return { start, headers, body: text.slice(end + 4) };
}

/** The first header of that name, or ''. */
export function header(message: SipMessage, name: string): string {
  return all(message, name)[0] ?? '';
}

export function all(message: SipMessage, name: string): string[] {
  const wanted = name.toLowerCase();
  return message.headers.flatMap(([key, value]) => {
    const known = key.toLowerCase();
    return (COMPACT[known] ?? known) === wanted ? [value] : [];
  });
}

export function statusOf(message: SipMessage): number | null {
  const status = /^SIP\/2\.0 (\d{3})/.exec(message.start)?.[1];
  return status === undefined ? null : Number(status);
}

export function methodOf(message: SipMessage): string {
  return message.start.split(' ')[0] ?? '';
}

export function tagOf(address: string): string {
  return /;tag=([^;>\s]+)/.exec(address)?.[1] ?? '';
}

/** `sip:1001@10.0.0.5` of `"A" <sip:1001@10.0.0.5>;tag=1`. */
export function uriOf(address: string): string {
  return /<([^>]+)>/.exec(address)?.[1] ?? address.split(';')[0] ?? '';
}

/** The first whole message of a stream, and what follows it; null while it is not all there. */
export function firstOfStream(bytes: Buffer): { readonly text: string; readonly rest: Buffer } | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const length = Number(/^(?:content-length|l)\s*:\s*(\d+)/im.exec(bytes.toString('latin1', 0, end))?.[1] ?? 0);
  const whole = end + 4 + length;
  if (bytes.length < whole) return null;
  return { text: bytes.toString('utf8', 0, whole), rest: bytes.subarray(whole) };
}
