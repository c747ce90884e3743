import type { Node } from 'yaml';
import type { Place } from '../ast';
import { quoted } from '../nearest';
import { TRANSFER_HEADERS } from '../vocabulary';
import { placeOf, readText } from './scalars';
import type { Source } from './source';

/** Headers that a flow may write: `X-...` and `User-to-User`; the others belong to SIP itself. */
export function isHeaderName(name: string): boolean {
  return /^X-[A-Za-z0-9][A-Za-z0-9-]{0,60}$/i.test(name) || name.toLowerCase() === 'user-to-user';
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
