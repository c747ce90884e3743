import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { fileReason, HushtoneError, messageOf } from '../errors';

/** `asterisk-config/trunks.yaml`, and the part of pjsip.conf that follows from it. */

const CODECS = ['ulaw', 'alaw', 'g722', 'opus', 'gsm'] as const;
const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'lower-case letters, digits and dashes');
const host = z.string().regex(/^[A-Za-z0-9.:[\]-]+$/, 'a host name or an address, with a port if need be');
const network = z.string().regex(/^[0-9a-fA-F.:]+(\/\d{1,3})?$/, 'an address (192.0.2.1) or a network (192.0.2.0/24)');
const file = z.string().regex(/^[^;\r\n]+$/, 'the path of a file');

const TRUNK = z
  .strictObject({
    id: name,
    addresses: z.array(network).default([]),
    host: host.optional(),
    transport: z.enum(['udp', 'tcp', 'tls']).default('udp'),
    srtp: z.boolean().default(false),
    codecs: z.array(z.enum(CODECS)).min(1).default(['ulaw', 'alaw', 'g722']),
    registration: z.strictObject({ user: z.string().regex(/^[^;\s]+$/), password_from: z.string() }).optional(),
  })
  .refine(
    (trunk) => !trunk.srtp || trunk.transport === 'tls',
    'srtp needs "transport: tls": its keys travel in the SIP messages',
  )
  .refine((trunk) => trunk.registration === undefined || trunk.host !== undefined, 'a registration needs "host"')
  .refine((trunk) => !['outbound', 'leg', 'agent', 'trunk'].includes(trunk.id), 'this id is used by pjsip.conf itself');

/** A telephone that registers here. */
const AGENT = z.strictObject({ id: name, password_from: z.string() });

const FILE = z
  .strictObject({
    listen: z.ipv4().default('127.0.0.1'),
    external_address: host.optional(),
    local_networks: z.array(network).default([]),
    tls: z.strictObject({ port: z.int().min(1).max(65535).default(5061), certificate: file, key: file }).optional(),
    trunks: z.array(TRUNK).default([]),
    agents: z.array(AGENT).default([]),
  })
  .refine(
    (all) => all.tls !== undefined || all.trunks.every((trunk) => trunk.transport !== 'tls'),
    'a trunk with "transport: tls" needs "tls" with a certificate',
  )
  .refine(
    ({ trunks, agents }) => new Set([...trunks, ...agents].map(({ id }) => id)).size === trunks.length + agents.length,
    'two trunks or agents have the same id',
  );

export type SipTrunks = z.infer<typeof FILE>;
type SipTrunk = SipTrunks['trunks'][number];

/**
 * Reads the text of trunks.yaml.
 *
 * @param source names the file in messages
 * @throws HushtoneError `config-invalid` that lists every mistake
 */
export function parseTrunks(text: string, source: string): SipTrunks {
  let raw: unknown;
  try {
    raw = parse(text) ?? {};
  } catch (error) {
    throw new HushtoneError('config-invalid', `${source}: ${messageOf(error)}`);
  }
  const parsed = FILE.safeParse(raw);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => `${source}: ${issue.path.join('.')}: ${issue.message}`);
  throw new HushtoneError('config-invalid', mistakes.join('\n'));
}

/**
 * What `trunks.yaml` in a configuration folder means for the start of a private Asterisk.
 *
 * @param secret gives a password by its name, or undefined when there is none
 * @throws HushtoneError `config-invalid`
 */
export function readTrunks(
  configDir: string,
  secret: (name: string) => string | undefined,
): { readonly sipHost: string; readonly files: Readonly<Record<string, string>> } {
  const file = path.join(configDir, 'trunks.yaml');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new HushtoneError('config-invalid', `${file} cannot be read: ${fileReason(error)}`);
  }
  const trunks = parseTrunks(text, file);
  return { sipHost: trunks.listen, files: { 'pjsip_trunks.conf': renderTrunks(trunks, secret) } };
}

/**
 * The contents of pjsip_trunks.conf.
 *
 * @param secret gives a password by its name, or undefined when there is none
 * @throws HushtoneError `config-invalid`
 */
export function renderTrunks(trunks: SipTrunks, secret: (name: string) => string | undefined): string {
  const sections = [
    ['; Written from trunks.yaml; see there for what can be set.'],
    ...(trunks.tls === undefined ? [] : [tlsTransport(trunks, trunks.tls)]),
    ...(trunks.external_address === undefined ? [] : natSettings(trunks)),
    ...trunks.trunks.flatMap((trunk) => trunkSections(trunk, secret)),
    ...trunks.agents.flatMap((agent) => agentSections(agent, secret)),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function tlsTransport(trunks: SipTrunks, tls: NonNullable<SipTrunks['tls']>): string[] {
  return [
    '[transport-tls]',
    'type = transport',
    'protocol = tls',
    `bind = ${trunks.listen}:${String(tls.port)}`,
    `cert_file = ${tls.certificate}`,
    `priv_key_file = ${tls.key}`,
    'method = tlsv1_2',
    'verify_server = yes',
  ];
}

/** Settings added to the transports that pjsip.conf has opened already. */
function natSettings(trunks: SipTrunks): string[][] {
  const names = ['transport-udp', 'transport-tcp', ...(trunks.tls === undefined ? [] : ['transport-tls'])];
  return names.map((transport) => [
    `[${transport}](+)`,
    `external_media_address = ${trunks.external_address ?? ''}`,
    `external_signaling_address = ${trunks.external_address ?? ''}`,
    ...trunks.local_networks.map((local) => `local_net = ${local}`),
  ]);
}

function trunkSections(trunk: SipTrunk, secret: (name: string) => string | undefined): string[][] {
  const server = `sip:${trunk.host ?? ''}${trunk.transport === 'udp' ? '' : `\\;transport=${trunk.transport}`}`;
  const sections = [
    [
      `[${trunk.id}](trunk)`,
      `transport = transport-${trunk.transport}`,
      'disallow = all',
      `allow = ${trunk.codecs.join(',')}`,
      ...(trunk.srtp ? ['media_encryption = sdes'] : []),
      ...(trunk.host === undefined ? [] : [`aors = ${trunk.id}`]),
      ...(trunk.registration === undefined ? [] : [`outbound_auth = ${trunk.id}`]),
    ],
  ];
  if (trunk.host !== undefined) sections.push([`[${trunk.id}]`, 'type = aor', `contact = ${server}`]);
  if (trunk.addresses.length > 0) {
    const matches = trunk.addresses.map((address) => `match = ${address}`);
    sections.push([`[${trunk.id}-addresses]`, 'type = identify', `endpoint = ${trunk.id}`, ...matches]);
  }
  if (trunk.registration !== undefined)
    sections.push(...registrationSections(trunk, trunk.registration, server, secret));
  return sections;
}

function registrationSections(
  trunk: SipTrunk,
  registration: NonNullable<SipTrunk['registration']>,
  server: string,
  secret: (name: string) => string | undefined,
): string[][] {
  const password = passwordOf(`the registration of trunk "${trunk.id}"`, registration.password_from, secret);
  return [
    [`[${trunk.id}]`, 'type = auth', 'auth_type = digest', `username = ${registration.user}`, `password = ${password}`],
    [
      `[${trunk.id}-registration]`,
      'type = registration',
      `transport = transport-${trunk.transport}`,
      `outbound_auth = ${trunk.id}`,
      `server_uri = ${server}`,
      `client_uri = sip:${registration.user}@${trunk.host ?? ''}`,
      'retry_interval = 30',
    ],
  ];
}

function agentSections(
  { id, password_from }: SipTrunks['agents'][number],
  secret: (name: string) => string | undefined,
): string[][] {
  const password = passwordOf(`agent "${id}"`, password_from, secret);
  return [
    [`[${id}](agent)`, `auth = ${id}`, `aors = ${id}`],
    [`[${id}]`, 'type = auth', 'auth_type = digest', `username = ${id}`, `password = ${password}`],
    [`[${id}]`, 'type = aor', 'max_contacts = 1', 'remove_existing = yes', 'qualify_frequency = 30'],
  ];
}

function passwordOf(whose: string, from: string, secret: (name: string) => string | undefined): string {
  const password = secret(from);
  if (password !== undefined && !/[;\r\n]/.test(password)) return password;
  const wanted = `the environment variable ${from}, a password without ";"`;
  throw new HushtoneError('config-invalid', `trunks.yaml: ${whose} needs ${wanted}`);
}
