import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** DER: one tag, a length, the contents. */
function der(tag: number, ...contents: Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const { length: size } = body;
  const length = Buffer.from(size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
}

const sequence = (...contents: Buffer[]): Buffer => der(0x30, ...contents);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
const SUBJECT_ALT_NAME = oid('551d11');
const COMMON_NAME = oid('550403');
const BASIC_CONSTRAINTS = oid('551d13');

/** PEM. */
export interface CertifiedKey {
  readonly cert: string;
  readonly key: string;
}

interface Wanted {
  readonly name: string;
  /** Who vouches for it; itself when left out. */
  readonly issuer?: { readonly name: string; readonly key: KeyObject };
  /** May vouch for others. */
  readonly authority?: boolean;
  readonly addresses?: readonly string[];
  readonly hosts?: readonly string[];
}

function nameOf(text: string): Buffer {
  return sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(text)))));
}

function extensionsOf({ authority = false, addresses = [], hosts = [] }: Wanted): Buffer {
  const constraints = sequence(BASIC_CONSTRAINTS, der(0x01, Buffer.from([0xff])), der(0x04, sequence(TRUE)));
  const names = [
    ...hosts.map((host) => der(0x82, Buffer.from(host))),
    ...addresses.map((address) => der(0x87, Buffer.from(address.split('.').map(Number)))),
  ];
  const alternatives = sequence(SUBJECT_ALT_NAME, der(0x04, sequence(...names)));
  return der(0xa3, sequence(...(authority ? [constraints] : []), ...(names.length === 0 ? [] : [alternatives])));
}

const TRUE = der(0x01, Buffer.from([0xff]));

function certificate(wanted: Wanted): CertifiedKey & { readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const validity = sequence(der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z')));
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const serial = der(0x02, Buffer.from([1, ...randomBytes(8)]));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const issuer = nameOf(wanted.issuer?.name ?? wanted.name);
  const extensions = extensionsOf(wanted);
  const body = sequence(version, serial, ECDSA_WITH_SHA256, issuer, validity, nameOf(wanted.name), spki, extensions);
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, wanted.issuer?.key ?? privateKey));
  const lines =
    sequence(body, ECDSA_WITH_SHA256, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKey,
  };
}

/** A certificate for 127.0.0.1 that nobody else trusts, with its key: made anew for each test, so that no key is kept in the project. */
export function selfSignedForLoopback(): CertifiedKey {
  return certificate({ name: 'hushtone test', addresses: ['127.0.0.1'] });
}

/** A certificate authority of one test. */
export interface TestAuthority {
  /** Its own certificate, PEM. */
  readonly cert: string;
  /** For `localhost` and 127.0.0.1 unless told otherwise. */
  issue(name: string, hosts?: readonly string[]): CertifiedKey;
}

export function testAuthority(): TestAuthority {
  const name = 'hushtone test authority';
  const own = certificate({ name, authority: true });
  const issuer = { name, key: own.privateKey };
  return {
    cert: own.cert,
    issue: (subject, hosts = ['localhost']) =>
      certificate({ name: subject, issuer, hosts, addresses: hosts.includes('localhost') ? ['127.0.0.1'] : [] }),
  };
}
