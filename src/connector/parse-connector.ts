import { isMap } from 'yaml';
import type { Node } from 'yaml';
import type { Mistake } from '../flow/ast';
import type { Auth, Connector, MessageTemplate, Template } from './ast';
import { NO_TLS_NEEDS, parseAddress, parseAuth, parseSignature, parseTls } from './parse-credentials';
import { parseOperation } from './parse-operation';
import { NO_INPUTS, TemplateParser } from './parse-template';
import { YamlPlaces } from './yaml-places';
import type { Entry } from './yaml-places';

const KEYS = ['connector', 'base-url', 'auth', 'signature', 'tls', 'templates', 'operations'];
const NAME = /^[a-z][a-z0-9-]*$/;
/** The registered place of a variable in a message. */
const VARIABLE = '{#var#}';

/** A connector that is well, or every mistake of its file. */
export type ParsedConnector =
  | { readonly connector: Connector; readonly draft: Connector; readonly mistakes: readonly [] }
  | {
      readonly connector: null;
      /** As much as could be read, to look for what else is wrong; never to be run. */
      readonly draft: Connector | null;
      readonly mistakes: readonly Mistake[];
    };

/**
 * Reads a connector from YAML. `file` is the name that messages show; a connector must be called like its file.
 * Never throws: every mistake is reported with its place.
 */
export function parseConnector(text: string, file: string): ParsedConnector {
  const yaml = new YamlPlaces(text, file);
  if (yaml.root === null) {
    if (yaml.mistakes.length === 0) yaml.report('wrong-shape', 'the file is empty', null);
    return { connector: null, draft: null, mistakes: yaml.mistakes };
  }
  const connector = parseRoot(yaml, yaml.root);
  if (yaml.mistakes.length === 0) return { connector, draft: connector, mistakes: [] };
  return { connector: null, draft: connector, mistakes: inOrder(yaml.mistakes) };
}

/** From top to bottom, as a person reads the file. */
function inOrder(mistakes: readonly Mistake[]): readonly Mistake[] {
  return mistakes.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
}

function parseRoot(yaml: YamlPlaces, root: Node): Connector {
  const keys = yaml.keys(root, 'a connector', KEYS);
  const node = (key: string): Node | null => keys.get(key)?.value ?? null;
  for (const key of ['connector', 'base-url', 'operations']) {
    if (!keys.has(key)) yaml.report('missing-key', `a connector needs \`${key}\``, root);
  }
  const outside = new TemplateParser(yaml, NO_INPUTS);
  const templates = keys.has('templates')
    ? yaml.entries(node('templates'), 'templates').map((entry) => parseMessage(yaml, entry))
    : [];
  const operations = keys.has('operations') ? yaml.entries(node('operations'), 'operations') : [];
  if (isMap(node('operations')) && operations.length === 0)
    yaml.report('missing-key', 'operations needs at least one, such as `run`', node('operations'));
  for (const { key, keyNode } of operations) {
    if (!NAME.test(key))
      yaml.report('bad-name', `the operation \`${key}\` must be of lower-case letters, digits and -`, keyNode);
  }
  const auth: Auth = keys.has('auth') ? parseAuth(yaml, node('auth'), outside) : { kind: 'none' };
  const signature = keys.has('signature') ? parseSignature(yaml, node('signature'), outside) : null;
  if (auth.kind !== 'none' && signature?.header.toLowerCase() === 'authorization')
    yaml.report('bad-name', 'auth fills `Authorization`: the signature needs a header of its own', node('signature'));
  return {
    id: keys.has('connector') ? parseId(yaml, node('connector')) : '',
    file: yaml.file,
    baseUrl: keys.has('base-url') ? parseAddress(yaml, node('base-url'), 'base-url', outside) : empty(yaml, root),
    auth,
    signature,
    tls: keys.has('tls') ? parseTls(yaml, node('tls'), outside) : NO_TLS_NEEDS,
    templates: new Map(templates.map((template) => [template.name, template])),
    operations: new Map(operations.map((entry) => [entry.key, parseOperation(yaml, entry, templates.length > 0)])),
  };
}

function empty(yaml: YamlPlaces, node: Node): Template {
  return { parts: [], place: yaml.place(node) };
}

function parseId(yaml: YamlPlaces, node: Node | null): string {
  const id = yaml.text(node, 'connector') ?? '';
  const fileName = yaml.file.replace(/^.*[/\\]/, '').replace(/\.ya?ml$/, '');
  if (!NAME.test(id)) yaml.report('bad-name', `\`${id}\` must be of lower-case letters, digits and -`, node);
  else if (id !== fileName)
    yaml.report('bad-name', `the connector is called \`${id}\`, so its file must be \`${id}.yaml\``, node);
  return id;
}

function parseMessage(yaml: YamlPlaces, entry: Entry): MessageTemplate {
  const what = `template \`${entry.key}\``;
  const keys = yaml.keys(entry.value, what, ['id', 'text', 'variables']);
  const node = (key: string): Node | null => keys.get(key)?.value ?? null;
  for (const key of ['id', 'text']) {
    if (!keys.has(key)) yaml.report('missing-key', `${what} needs \`${key}\``, entry.keyNode);
  }
  const text = keys.has('text') ? (yaml.text(node('text'), `text of ${what}`) ?? '') : '';
  const pieces = text.split(VARIABLE);
  const listed = keys.has('variables') ? yaml.items(node('variables'), `variables of ${what}`) : [];
  const variables = listed.map((item) => {
    const name = yaml.text(item, 'a variable') ?? '';
    if (['card_number', 'security_code', 'expiry'].includes(name)) {
      yaml.report(
        'sensitive-place',
        `\`${name}\` must never be in a message; of sensitive values only \`otp\` may`,
        item,
      );
    }
    return { name, sealed: name === 'otp' ? ('otp' as const) : null };
  });
  if (variables.length !== pieces.length - 1) {
    const count = `${pieces.length - 1} \`${VARIABLE}\` in its text but ${variables.length} variables`;
    yaml.report('wrong-count', `${what} has ${count}; they fill them from left to right`, entry.keyNode);
  }
  return {
    name: entry.key,
    id: keys.has('id') ? (yaml.text(node('id'), `id of ${what}`) ?? '') : '',
    pieces,
    variables,
  };
}
