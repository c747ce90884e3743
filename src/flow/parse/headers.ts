import type { Node } from 'yaml';
import type { Place } from '../ast';
import { quoted } from '../nearest';
import { TRANSFER_HEADERS, X_HEADER } from '../vocabulary';
import { placeOf, readText } from './scalars';
import type { Source } from './source';

const OWN = new RegExp(`^${X_HEADER}$`);

/** Headers that a flow may write: `X-...` and `User-to-User`; the others belong to SIP itself. */
export function isHeaderName(name: string): boolean {
  return OWN.test(name) || name.toLowerCase() === 'user-to-user';
}

/** The name of a header that a flow may read, or null (reported). */
export function readHeaderName(source: Source, node: Node | null, at: Place, what: string): string | null {
  const header = readText(source, node, at, what);
  if (header === null || isReadable(header)) return header;
  const message = `\`${header}\` is no header that a flow may read; write ${quoted(TRANSFER_HEADERS)} or a name that starts with \`X-\``;
  source.report('bad-header', placeOf(source, node, at), message);
  return null;
}

function isReadable(header: string): boolean {
  return isHeaderName(header) || TRANSFER_HEADERS.some((name) => name.toLowerCase() === header.toLowerCase());
}
