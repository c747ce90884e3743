import { isMap } from 'yaml';
import type { Node } from 'yaml';
import { SIGNED_PARTS } from './ast';
import type { Auth, ClientCredentials, Signature, SignedPart, Template, TlsNeeds } from './ast';
import { addressProblem } from './base-address';
import type { TemplateParser } from './parse-template';
import type { Entry, YamlPlaces } from './yaml-places';

const AUTH_KINDS = ['basic', 'bearer', 'oauth'];
const HEADER_NAME = /^[A-Za-z][A-Za-z0-9-]*$/;
/** Set by the sender and by `auth`. */
const OWN_HEADERS = ['host', 'content-length', 'content-type', 'transfer-encoding', 'connection'];
export const NO_TLS_NEEDS: TlsNeeds = { authority: null, client: null };

/** An address of another server: settings and secrets alone, and https off this machine. */
export function parseAddress(yaml: YamlPlaces, node: Node | null, what: string, templates: TemplateParser): Template {
  const address = templates.template(node, what, 'line');
  const problem = addressProblem(address);
  if (problem !== null) yaml.report('bad-address', `${what} ${problem}`, node);
  return address;
}

export function parseAuth(yaml: YamlPlaces, node: Node | null, templates: TemplateParser): Auth {
  const keys = yaml.keys(node, 'auth', AUTH_KINDS);
  if (isMap(node) && keys.size !== 1)
    yaml.report('wrong-shape', 'auth must be one of `basic`, `bearer` or `oauth`', node);
  const [found] = keys.values();
  switch (found?.key) {
    case 'basic': {
      const { template } = keysOf(yaml, found, templates, ['user', 'password']);
      return { kind: 'basic', user: template('user'), password: template('password') };
    }
    case 'bearer':
      return { kind: 'bearer', token: templates.template(found.value, 'bearer', 'line') };
    case 'oauth':
      return parseOauth(yaml, found, templates);
    case undefined:
    default:
      return { kind: 'none' };
  }
}

function parseOauth(yaml: YamlPlaces, entry: Entry, templates: TemplateParser): ClientCredentials {
  const { keys, template } = keysOf(
    yaml,
    entry,
    templates,
    ['token-url', 'client-id', 'client-secret'],
    ['scope', 'sent-in'],
  );
  const tokenUrl = keys.get('token-url');
  const sentIn = keys.get('sent-in');
  return {
    kind: 'oauth',
    tokenUrl:
      tokenUrl === undefined ? template('token-url') : parseAddress(yaml, tokenUrl.value, 'token-url', templates),
    clientId: template('client-id'),
    clientSecret: template('client-secret'),
    scope: keys.has('scope') ? template('scope') : null,
    sentIn: (sentIn === undefined ? null : yaml.word(sentIn.value, 'sent-in', ['body', 'basic'] as const)) ?? 'body',
  };
}

export function parseSignature(yaml: YamlPlaces, node: Node | null, templates: TemplateParser): Signature {
  const optional = ['algorithm', 'encoding', 'prefix', 'over', 'joined-by', 'timestamp-header'];
  const entry: Entry = { key: 'signature', keyNode: node, value: node };
  const { keys, template } = keysOf(yaml, entry, templates, ['header', 'key'], optional);
  const text = (key: string): string | null => {
    const found = keys.get(key);
    return found === undefined ? null : yaml.text(found.value, key);
  };
  const word = <Word extends string>(key: string, words: readonly [Word, ...Word[]]): Word => {
    const found = keys.get(key);
    return (found === undefined ? null : yaml.word(found.value, key, words)) ?? words[0];
  };
  const timestampHeader = text('timestamp-header');
  const over = parseOver(yaml, keys.get('over'), timestampHeader !== null);
  for (const key of ['header', 'timestamp-header']) {
    const name = text(key);
    if (name === null) continue;
    const at = keys.get(key)?.value ?? null;
    if (!HEADER_NAME.test(name)) yaml.report('bad-name', `\`${name}\` is no header name`, at);
    else if (OWN_HEADERS.includes(name.toLowerCase()))
      yaml.report(
        'bad-name',
        `the header \`${name}\` cannot be set: it follows from the body, \`base-url\` or \`auth\``,
        at,
      );
  }
  const prefix = text('prefix') ?? '';
  const joinedBy = text('joined-by') ?? '.';
  yaml.noTemplate(prefix, 'prefix', keys.get('prefix')?.value ?? null);
  yaml.noTemplate(joinedBy, 'joined-by', keys.get('joined-by')?.value ?? null);
  return {
    header: text('header') ?? '',
    key: template('key'),
    algorithm: word('algorithm', ['sha256', 'sha512']),
    encoding: word('encoding', ['hex', 'base64']),
    prefix,
    over,
    joinedBy,
    timestampHeader,
  };
}

function parseOver(yaml: YamlPlaces, entry: Entry | undefined, hasTime: boolean): readonly SignedPart[] {
  const fallback: readonly SignedPart[] = hasTime ? ['timestamp', 'body'] : ['body'];
  if (entry === undefined) return fallback;
  const parts = yaml.items(entry.value, 'over').flatMap((item) => yaml.word(item, 'a signed part', SIGNED_PARTS) ?? []);
  if (parts.includes('timestamp') && !hasTime)
    yaml.report('missing-key', 'over has `timestamp`, so `timestamp-header` must say where it is told', entry.keyNode);
  return parts;
}

export function parseTls(yaml: YamlPlaces, node: Node | null, templates: TemplateParser): TlsNeeds {
  const entry: Entry = { key: 'tls', keyNode: node, value: node };
  const { keys, template } = keysOf(yaml, entry, templates, [], ['authority', 'certificate', 'key']);
  if (keys.has('certificate') !== keys.has('key'))
    yaml.report('missing-key', '`certificate` and `key` of tls belong together', node);
  const shows = keys.has('certificate') && keys.has('key');
  return {
    authority: keys.has('authority') ? template('authority') : null,
    client: shows ? { certificate: template('certificate'), key: template('key') } : null,
  };
}

/** The keys of an entry, those that must be there missed. */
function keysOf(
  yaml: YamlPlaces,
  entry: Entry,
  templates: TemplateParser,
  required: readonly string[],
  optional: readonly string[] = [],
): { keys: ReadonlyMap<string, Entry>; template: (key: string) => Template } {
  const keys = yaml.keys(entry.value, entry.key, [...required, ...optional]);
  for (const key of required) {
    if (isMap(entry.value) && !keys.has(key))
      yaml.report('missing-key', `${entry.key} needs \`${key}\``, entry.keyNode);
  }
  const none: Template = { parts: [], place: yaml.place(entry.value) };
  const template = (key: string): Template => {
    const found = keys.get(key);
    return found === undefined ? none : templates.template(found.value, key, 'line');
  };
  return { keys, template };
}
