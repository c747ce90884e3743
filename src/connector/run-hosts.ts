import { lookup as resolve } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { isLoopbackHost } from './base-address';
import { networkOf } from './listed-hosts';

/** Why a host may not be reached; nothing has been sent. */
export class HostRefused extends Error {
  readonly code = 'HOST_REFUSED';
}

/**
 * Addresses that no public service has: private, loopback, link-local, shared, documentation, benchmark, multicast, reserved
 * (IANA special-purpose address registries), and the IPv6 forms that carry an IPv4 address.
 */
const SPECIAL: readonly (readonly [net: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 96, 'ipv6'],
  ['::ffff:0:0', 96, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['100::', 64, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['3fff::', 20, 'ipv6'],
  ['5f00::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

/**
 * Where connectors may reach. `HUSHTONE_CONNECTOR_HOSTS` lists names (`api.example.com`, `*.example.com`) and networks
 * (`10.2.0.0/16`, `10.2.3.4`). With a name in the list, no other name is reached, and no address outside its networks;
 * without any, everything is that is public. An address that is not public must be in a listed network; this machine itself is
 * reached where a connector says so in its address (`127.0.0.1`, `localhost`).
 */
export class HostRules {
  private readonly names: readonly string[];
  private readonly networks = new BlockList();
  /** One list per family: a list with both takes every IPv4 address for a mapped IPv6 one. */
  private readonly special = { ipv4: new BlockList(), ipv6: new BlockList() };

  /** @param listed entries that `listedProblem` has nothing against */
  constructor(listed: readonly string[] = []) {
    for (const [net, prefix, family] of SPECIAL) this.special[family].addSubnet(net, prefix, family);
    this.names = listed.filter((entry) => networkOf(entry) === null).map((entry) => entry.toLowerCase());
    for (const entry of listed) {
      const network = networkOf(entry);
      if (network !== null) this.networks.addSubnet(network.address, network.prefix, network.family);
    }
  }

  /** @throws HostRefused when this host may not be reached whatever its addresses are. */
  checkHost(url: URL): void {
    const host = url.hostname.toLowerCase();
    if (isLoopbackHost(host)) return;
    const literal = host.replace(/^\[|\]$/g, '');
    const isAddress = isIP(literal) !== 0;
    if (isAddress) this.checkAddress(literal, host);
    const isListed = isAddress ? this.isInNetwork(literal) : this.names.some((name) => matches(name, host));
    if (this.names.length > 0 && !isListed) throw new HostRefused(`${host} is not listed in HUSHTONE_CONNECTOR_HOSTS`);
  }

  /** @throws HostRefused */
  checkAddress(address: string, host: string): void {
    if (this.isInNetwork(address)) return;
    if (isLoopbackHost(host) && (address === '::1' || address.startsWith('127.'))) return;
    const family = familyOf(address);
    if (this.special[family].check(address, family))
      throw new HostRefused(`${host} is at an address that is not public and not listed in HUSHTONE_CONNECTOR_HOSTS`);
  }

  private isInNetwork(address: string): boolean {
    return this.networks.check(address, familyOf(address));
  }

  /**
   * Resolves a name once. What is checked here is what is connected to, so a name that changes its address meanwhile gains
   * nothing. One bad address spoils the name.
   */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      try {
        if (error !== null) throw error;
        for (const { address } of addresses) this.checkAddress(address, hostname);
      } catch (refused) {
        callback(refused as NodeJS.ErrnoException, '', 0);
        return;
      }
      const [first] = addresses;
      if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function matches(name: string, host: string): boolean {
  return name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name;
}
