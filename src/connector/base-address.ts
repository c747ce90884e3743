import { z } from 'zod';
import type { Template } from './ast';

const ADDRESS = /^(https?):\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(\/[^?#]*)?$/;

/** True for the names and addresses of this machine itself. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.[0-9]{1,3}){3}$/.test(host);
}

/**
 * What is wrong with an address, or null. Credentials and card data go over TLS alone (PCI DSS 4.2.1), so plain HTTP is for
 * this machine itself.
 */
export function problemOf(address: string): string | null {
  const match = ADDRESS.exec(address);
  if (match === null || !URL.canParse(address))
    return 'must be an address such as `https://api.example.com/v1`, without user, `?` or `#`';
  const host = match[2] ?? '';
  if (isOddIPv4(host, address)) return 'must have a name, or an IPv4 address as four numbers from 0 to 255';
  if (match[1] === 'http' && !isLoopbackHost(host))
    return 'must be https; plain http is for this machine alone (`http://127.0.0.1:8080`)';
  return null;
}

/** True for `0x7f.1`, `2130706433` and the like: they are addresses, of this machine perhaps, and do not look it. */
function isOddIPv4(host: string, address: string): boolean {
  const { hostname } = new URL(address);
  return hostname !== host && z.ipv4().safeParse(hostname).success;
}

/** The same as far as a file shows it: settings and secrets are filled in later, and looked at then. */
export function addressProblem({ parts }: Template): string | null {
  if (parts.length === 0) return null;
  if (parts.some((part) => part.kind !== 'text' && part.kind !== 'setting' && part.kind !== 'secret'))
    return 'may hold settings and secrets alone';
  const filled = parts.map((part) => (part.kind === 'text' ? part.text : null));
  if (!filled.includes(null)) return problemOf(filled.join(''));
  const [first] = filled;
  return typeof first === 'string' && !/^https?:\/\//.test(first) ? 'must begin with `https://`' : null;
}
