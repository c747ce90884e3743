import { z } from 'zod';

interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** What is wrong with one entry of the list, or null. */
export function listedProblem(entry: string): string | null {
  if (networkOf(entry) !== null) return null;
  if (/^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z][a-z0-9-]*$/i.test(entry)) return null;
  return `"${entry}" is neither a host such as api.example.com or *.example.com, nor a network such as 10.2.0.0/16`;
}

/** An address counts as a network of its own. Null for what is no network. */
export function networkOf(entry: string): Network | null {
  const [address = '', prefix, more] = entry.split('/');
  const version = z.ipv4().safeParse(address).success ? 4 : z.ipv6().safeParse(address).success ? 6 : 0;
  const bits = version === 6 ? 128 : 32;
  const length = prefix === undefined ? bits : Number(prefix);
  const isPrefix = prefix === undefined || /^[0-9]{1,3}$/.test(prefix);
  if (version === 0 || more !== undefined || !isPrefix || length > bits) return null;
  return { address, prefix: length, family: version === 6 ? 'ipv6' : 'ipv4' };
}
