import type { Body, BodyNode, Connector, Operation, Part, Template } from '../connector/ast';
import { RenderError } from '../connector/input-values';
import type { Inputs } from '../connector/part-texts';
import { renderRequest } from '../connector/render-request';
import { maskDigitRuns } from '../observe/redaction';

/** Stands for every secret. */
const MASK = '***';
const LONGEST_SHOWN = 4000;

/** A request as text, with names in place of sensitive values and a mask in place of secrets. */
export function showRequest(connector: Connector, operation: Operation, inputs: Omit<Inputs, 'sealed'>): string {
  const inAddress = new Set(connector.baseUrl.parts.flatMap((part) => (part.kind === 'secret' ? [part.name] : [])));
  const secrets = Object.fromEntries(
    Object.entries(inputs.secrets).map(([name, value]) => [name, inAddress.has(name) ? value : MASK]),
  );
  const shown = { ...operation, body: operation.body === null ? null : withNames(operation.body) };
  const token = connector.auth.kind === 'oauth' ? MASK : null;
  try {
    const { method, url, headers, body } = renderRequest(
      connector,
      shown,
      { ...inputs, secrets, sealed: {} },
      { token, now: 0 },
    );
    const hidden = [connector.signature?.header.toLowerCase(), connector.signature?.timestampHeader?.toLowerCase()];
    const lines = Object.entries(headers).map(([name, value]) => {
      if (name === 'authorization') return `${name}: ${value.split(' ')[0] ?? ''} ${MASK}`;
      return `${name}: ${hidden.includes(name) ? MASK : value}`;
    });
    const text = body === null ? [] : ['', body.toString('utf8')];
    return maskDigitRuns([`${method} ${url.href}`, ...lines, ...text].join('\n'));
  } catch (error) {
    if (error instanceof RenderError) return `the request cannot be rendered: ${error.message}`;
    throw error;
  }
}

/** An answer as text. Digits of one that is no JSON are hidden where it may hold sensitive ones: nobody knows what they are. */
export function showAnswer(
  status: number,
  body: Buffer,
  { sealed, sensitive }: Operation,
  secrets: readonly string[],
): string {
  const text = body.toString('utf8').slice(0, LONGEST_SHOWN);
  const cut = body.length > LONGEST_SHOWN ? `\n... (${body.length} bytes)` : '';
  const careful = !isJson(body) && sealed.length + sensitive.length > 0;
  return `\n${status}\n${careful ? text.replace(/[0-9]/g, 'x') : hideSecrets(text, secrets)}${cut}`;
}

/** Fields of JSON that are called tokens or secrets, whoever made them. */
const SECRET_FIELD = /("[^"]*(?:token|secret|password)[^"]*"\s*:\s*")(?:[^"\\]|\\.)*"/gi;

/** A text without our secrets, without tokens that it brings, and without card numbers. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const without = secrets
    .filter((secret) => secret.length > 3)
    .reduce((left, secret) => left.replaceAll(secret, MASK), text);
  return maskDigitRuns(without.replace(SECRET_FIELD, `$1${MASK}"`));
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** The body with `[card_number]` and the like where sensitive values stand. */
function withNames(body: Body): Body {
  switch (body.kind) {
    case 'json':
      return { kind: 'json', root: nodeWithNames(body.root) };
    case 'form':
      return { kind: 'form', fields: body.fields.map(([name, value]) => [name, templateWithNames(value)] as const) };
    case 'text':
      return body;
  }
}

function nodeWithNames(node: BodyNode): BodyNode {
  switch (node.kind) {
    case 'raw':
      return node;
    case 'template':
      return { kind: 'template', template: templateWithNames(node.template) };
    case 'array':
      return { kind: 'array', items: node.items.map(nodeWithNames) };
    case 'object':
      return { kind: 'object', entries: node.entries.map(([name, value]) => [name, nodeWithNames(value)] as const) };
  }
}

function templateWithNames({ parts, place }: Template): Template {
  const named = parts.map((part): Part => {
    if (part.kind !== 'sealed') return part;
    return { kind: 'text', text: `[${part.name}${part.part === 'all' ? '' : `.${part.part}`}]` };
  });
  return { parts: named, place };
}
