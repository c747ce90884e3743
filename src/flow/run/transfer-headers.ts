import { parseSipAddress, writeSipAddress } from '../sip-address';

/** Printable ASCII, one line. */
const PLAIN = /^[\x20-\x7e]+$/;
const HEX = /^(?:[0-9A-Fa-f]{2}){1,128}$/;

/**
 * What a flow reads of a header, by the header's own grammar: of those that name somebody, the address `sip:user@host`, without
 * name, parameters and tags. `X-...` is taken as it stands. Null: malformed.
 */
export function readHeaderValue(header: string, value: string): string | null {
  return (READERS[header.toLowerCase()] ?? ((text: string) => text))(value.trim());
}

const READERS: Readonly<Record<string, (value: string) => string | null>> = {
  'referred-by': addressIn,
  // Of several, the first is the last who diverted (RFC 5806).
  diversion: addressIn,
  // The entry with the index 1, which is written first, is whom the caller dialled (RFC 7044).
  'history-info': addressIn,
  'user-to-user': userToUser,
};

/** The first `<sip:user@host>`, or `sip:user@host` alone (RFC 3892, 3261). */
function addressIn(value: string): string | null {
  const bracket = bracketOutsideQuotes(value);
  const address = parseSipAddress(bracket === null ? value : value.slice(bracket + 1, closing(value, bracket)));
  return address === null ? null : writeSipAddress(address);
}

/** Where the address begins; a display name in quotation marks may hold a `<` of its own. */
function bracketOutsideQuotes(value: string): number | null {
  let quoted = false;
  for (let at = 0; at < value.length; at++) {
    if (quoted && value[at] === '\\') at++;
    else if (value[at] === '"') quoted = !quoted;
    else if (!quoted && value[at] === '<') return at;
  }
  return null;
}

function closing(value: string, from: number): number {
  const end = value.indexOf('>', from);
  return end < 0 ? value.length : end;
}

/** RFC 7433: the data, with `encoding=hex` (also the default) as text where it is text, and without its quotation marks. */
function userToUser(value: string): string | null {
  const [first = '', ...parameters] = value.split(';').map((part) => part.trim());
  const encoding = parameters.find((parameter) => /^encoding=/i.test(parameter))?.slice('encoding='.length) ?? null;
  if (encoding !== null && encoding.toLowerCase() !== 'hex') return null;
  const data = /^"(.*)"$/.exec(first)?.[1] ?? first;
  if (!HEX.test(data)) return encoding === null && PLAIN.test(data) ? data : null;
  const text = Buffer.from(data, 'hex').toString('latin1');
  return encoding !== null && PLAIN.test(text) ? text : data;
}
