import type { Value } from '../../ports/connectors';

const LONGEST = 128;

/**
 * A value as it may stand in a header of an INVITE: at most 128 letters, digits, spaces and `._:@+-`. Anything else (a line
 * break, `,`, `&`, `/`, quotation marks) becomes `_`, because it could end the header or change the dial string.
 */
export function headerValue(value: Value): string {
  if (value === null || typeof value === 'object') return '';
  return String(value)
    .slice(0, LONGEST)
    .replaceAll(/[^A-Za-z0-9 ._:@+-]/g, '_')
    .trim();
}
