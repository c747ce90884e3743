import type { Operations } from './generated/ari-types';

/** An operation of ARI: its method and path as the api-docs write them. */
export type Operation = keyof Operations;
/** Path and query parameters of an operation, together: no operation uses a name for both. */
export type Parameters<K extends Operation> = Operations[K]['path'] & Operations[K]['query'];
export type Body<K extends Operation> = Operations[K]['body'];
export type Response<K extends Operation> = Operations[K]['response'];

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** Without leading slash, with the query. */
  readonly uri: string;
  /** JSON, or null. */
  readonly body: string | null;
}

/** Asterisk's answer. The body may echo what was sent, so it never goes into an error or a log. */
export interface WireAnswer {
  readonly status: number;
  readonly body: string;
}

interface Template {
  readonly method: string;
  readonly path: string;
  readonly names: readonly string[];
}

const TEMPLATES = new Map<Operation, Template>();

/** Fills an operation's path and query. Every value is percent-encoded; lists are joined with commas, as ARI wants. */
export function renderRequest<K extends Operation>(
  operation: K,
  parameters: Parameters<K>,
  body?: Body<K>,
): WireRequest {
  const template = templateOf(operation);
  const values = new Map<string, unknown>(Object.entries(parameters));
  let uri = template.path;
  for (const name of template.names) {
    uri = uri.replace(`{${name}}`, () => encode(values.get(name)));
    values.delete(name);
  }
  let separator = '?';
  for (const [name, value] of values) {
    if (value === undefined) continue;
    uri += `${separator}${name}=${encode(value)}`;
    separator = '&';
  }
  return { method: template.method, uri, body: body === undefined ? null : JSON.stringify(body) };
}

function templateOf(operation: Operation): Template {
  let template = TEMPLATES.get(operation);
  if (template === undefined) {
    const space = operation.indexOf(' ');
    const path = operation.slice(space + 2);
    const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
    template = { method: operation.slice(0, space), path, names };
    TEMPLATES.set(operation, template);
  }
  return template;
}

function encode(value: unknown): string {
  if (Array.isArray(value)) return value.map(encode).join(',');
  return encodeURIComponent(String(value));
}
