import { isMap, isScalar } from 'yaml';
import type { Node } from 'yaml';
import { RETRY_CLASSES, SEALED_FIELDS } from './ast';
import type {
  AnswerPath,
  Body,
  Capture,
  CaptureSource,
  InputType,
  Operation,
  SealedName,
  Template,
  ValueInput,
} from './ast';
import { answerExpression, parseOutcomes } from './parse-outcomes';
import { TemplateParser } from './parse-template';
import type { Entry, YamlPlaces } from './yaml-places';

const KEYS = [
  'values',
  'sealed',
  'method',
  'path',
  'query',
  'headers',
  'json',
  'form',
  'time-limit',
  'settles-within',
  'retry',
  'sensitive',
  'capture',
  'outcomes',
];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const INPUT_TYPES: readonly InputType[] = ['text', 'integer', 'decimal', 'boolean'];
const SEALED_NAMES = Object.keys(SEALED_FIELDS) as SealedName[];
const INPUT_NAME = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/;
const HEADER_NAME = /^[A-Za-z][A-Za-z0-9-]*$/;
/** Set by the sender, from the body and the base address. */
const OWN_HEADERS = ['host', 'content-length', 'content-type', 'transfer-encoding', 'connection', 'authorization'];
const DEFAULT_LIMIT_MS = 5000;

/** Reads one operation. `hasTemplates`: the connector has message templates. */
export function parseOperation(yaml: YamlPlaces, entry: Entry, hasTemplates: boolean): Operation {
  const keys = yaml.keys(entry.value, `operation \`${entry.key}\``, KEYS);
  for (const key of ['method', 'path', 'outcomes']) {
    if (!keys.has(key)) yaml.report('missing-key', `operation \`${entry.key}\` needs \`${key}\``, entry.keyNode);
  }
  /** What a key holds, read by `parse`; `fallback` when the key is not there. */
  const read = <Read>(key: string, parse: (node: Node | null) => Read | null, fallback: Read): Read => {
    const found = keys.get(key);
    return found === undefined ? fallback : (parse(found.value) ?? fallback);
  };
  const values = read('values', (node) => parseValues(yaml, node), []);
  const sealed = read('sealed', (node) => parseSealed(yaml, node), []);
  const message = hasTemplates && values.some((input) => input.name === 'template');
  const templates = new TemplateParser(yaml, { values, sealed, message });
  const sensitive = read('sensitive', (node) => parseSensitive(yaml, node), []);
  const captures = read('capture', (node) => parseCaptures(yaml, node), []);
  const captured = [...captures, ...sensitive].map(({ name }) => name);
  const place = yaml.place(entry.keyNode);
  const timeLimitMs = read('time-limit', (node) => yaml.duration(node, 'time-limit', 100, 60_000), DEFAULT_LIMIT_MS);
  const operation: Operation = {
    name: entry.key,
    place,
    values,
    sealed,
    method: read('method', (node) => yaml.word(node, 'method', METHODS), 'GET'),
    path: read('path', (node) => parsePath(yaml, node, templates), { parts: [], place }),
    query: read('query', (node) => lines(yaml, node, 'query', templates), []),
    headers: read('headers', (node) => parseHeaders(yaml, node, templates), []),
    body: read<Body | null>(
      'json',
      (node) => ({ kind: 'json', root: templates.body(node) }),
      read<Body | null>('form', (node) => ({ kind: 'form', fields: parseForm(yaml, node, templates) }), null),
    ),
    timeLimitMs,
    settlesWithinMs: read(
      'settles-within',
      (node) => yaml.duration(node, 'settles-within', 1000, 600_000),
      timeLimitMs,
    ),
    retry: read('retry', (node) => yaml.word(node, 'retry', RETRY_CLASSES), 'unsafe'),
    sensitive,
    captures,
    outcomes: read('outcomes', (node) => parseOutcomes(yaml, node, captured), []),
  };
  reportContradictions(yaml, keys, operation);
  return operation;
}

function reportContradictions(yaml: YamlPlaces, keys: ReadonlyMap<string, Entry>, operation: Operation): void {
  const at = (key: string): Node | null => keys.get(key)?.keyNode ?? null;
  const method = keys.get('method')?.value;
  const isGet = isScalar(method) && method.value === 'GET';
  if (isGet && operation.body !== null) yaml.report('wrong-shape', 'a GET has no body', at('json') ?? at('form'));
  if (keys.has('json') && keys.has('form'))
    yaml.report('wrong-shape', 'a request has one body: either `json` or `form`', at('form'));
  if (operation.sealed.length > 0 && operation.retry !== 'unsafe')
    yaml.report('unsafe-retry', 'what carries card data is never sent twice: retry must be `unsafe`', at('retry'));
}

/** Entries whose names are sent as they are written. */
function names(yaml: YamlPlaces, node: Node | null, what: string): readonly Entry[] {
  const entries = yaml.entries(node, what);
  for (const { key, keyNode } of entries) yaml.noTemplate(key, `a name of ${what}`, keyNode);
  return entries;
}

/** `name: template` pairs of one line each: query parameters and headers. */
function lines(
  yaml: YamlPlaces,
  node: Node | null,
  what: string,
  templates: TemplateParser,
): (readonly [string, Template])[] {
  return names(yaml, node, what).map(
    ({ key, value }) => [key, templates.template(value, `${what} \`${key}\``, 'line')] as const,
  );
}

function parseHeaders(yaml: YamlPlaces, node: Node | null, templates: TemplateParser): (readonly [string, Template])[] {
  for (const { key, keyNode } of yaml.entries(node, 'headers')) {
    if (!HEADER_NAME.test(key)) yaml.report('bad-name', `\`${key}\` is no header name`, keyNode);
    if (OWN_HEADERS.includes(key.toLowerCase())) {
      yaml.report(
        'bad-name',
        `the header \`${key}\` cannot be set: it follows from the body, \`base-url\` or \`auth\``,
        keyNode,
      );
    }
  }
  const headers = isMap(node) ? lines(yaml, node, 'headers', templates) : [];
  for (const [name, { parts, place }] of headers) {
    // Characters that no header can hold (RFC 9110, 5.5); a request with one would never leave.
    if (parts.some((part) => part.kind === 'text' && !/^[\x20-\x7e]*$/.test(part.text)))
      yaml.mistakes.push({
        rule: 'bad-header',
        message: `the header \`${name}\` holds characters that headers cannot`,
        place,
      });
  }
  return headers;
}

/** Fields as they are encoded: a key such as `card[number]` is one name. */
function parseForm(yaml: YamlPlaces, node: Node | null, templates: TemplateParser): (readonly [string, Template])[] {
  return names(yaml, node, 'form').map(
    ({ key, value }) => [key, templates.template(value, `form \`${key}\``, 'body')] as const,
  );
}

function parsePath(yaml: YamlPlaces, node: Node | null, templates: TemplateParser): Template {
  const path = templates.template(node, 'path', 'line');
  const [first] = path.parts;
  if (first !== undefined && !(first.kind === 'text' && /^\/(?!\/)[^?#]*$/.test(first.text))) {
    yaml.report(
      'bad-path',
      'path must begin with a single `/` and hold no `?` or `#` (`query` is a key of its own)',
      node,
    );
  }
  return path;
}

function parseValues(yaml: YamlPlaces, node: Node | null): ValueInput[] {
  return yaml.entries(node, 'values').map(({ key, keyNode, value }) => {
    if (!INPUT_NAME.test(key))
      yaml.report(
        'bad-name',
        `\`${key}\` must be of lower-case letters, digits and _, with dots between names`,
        keyNode,
      );
    if (key in SEALED_FIELDS)
      yaml.report('sensitive-place', `\`${key}\` is sensitive: list it under \`sealed\``, keyNode);
    if (!isMap(value)) {
      return { name: key, type: yaml.word(value, `the type of \`${key}\``, INPUT_TYPES) ?? 'text', optional: false };
    }
    const keys = yaml.keys(value, `\`${key}\``, ['type', 'optional']);
    const type = keys.get('type');
    const optional = keys.get('optional');
    return {
      name: key,
      type: type === undefined ? 'text' : (yaml.word(type.value, `the type of \`${key}\``, INPUT_TYPES) ?? 'text'),
      optional: optional === undefined ? false : (yaml.boolean(optional.value, 'optional') ?? false),
    };
  });
}

function parseSealed(yaml: YamlPlaces, node: Node | null): SealedName[] {
  return yaml.items(node, 'sealed').flatMap((item) => yaml.word(item, 'a sensitive input', SEALED_NAMES) ?? []);
}

function parseSensitive(yaml: YamlPlaces, node: Node | null): { name: SealedName; from: AnswerPath }[] {
  return yaml.entries(node, 'sensitive').flatMap(({ key, keyNode, value }) => {
    const name = SEALED_NAMES.find((candidate) => candidate === key);
    if (name === undefined)
      yaml.report('unknown-name', `sensitive fields are ${SEALED_NAMES.join(', ')}, not \`${key}\``, keyNode);
    const from = answerPath(yaml, value, `sensitive \`${key}\``);
    return name === undefined ? [] : [{ name, from }];
  });
}

function parseCaptures(yaml: YamlPlaces, node: Node | null): Capture[] {
  return yaml.entries(node, 'capture').map(({ key, keyNode, value }) => {
    if (!/^[a-z][a-z0-9_]*$/.test(key))
      yaml.report('bad-name', `\`${key}\` must be of lower-case letters, digits and _`, keyNode);
    if (!isMap(value))
      return { name: key, from: captureSource(yaml, value, `capture \`${key}\``), type: 'any' as const };
    const keys = yaml.keys(value, `capture \`${key}\``, ['from', 'type']);
    const type = keys.get('type');
    return {
      name: key,
      from: captureSource(yaml, keys.get('from')?.value ?? null, `from of \`${key}\``),
      type: type === undefined ? 'any' : (yaml.word(type.value, 'type', INPUT_TYPES) ?? 'any'),
    };
  });
}

/** A path, or an expression in `{{ }}`. */
function captureSource(yaml: YamlPlaces, node: Node | null, what: string): CaptureSource {
  const isExpression = isScalar(node) && typeof node.value === 'string' && node.value.startsWith('{{');
  if (isExpression) return { kind: 'expression', text: answerExpression(yaml, node, what) ?? 'status' };
  return { kind: 'path', path: answerPath(yaml, node, what) };
}

/** `transaction.order_id`, `items.0.id` */
function answerPath(yaml: YamlPlaces, node: Node | null, what: string): AnswerPath {
  const text = yaml.text(node, what) ?? '';
  if (text !== '' && text.split('.').includes(''))
    yaml.report('bad-path', `${what} must be names with dots between them`, node);
  return text.split('.');
}
