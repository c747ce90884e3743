import type { Body, BodyNode, Connector, MessageTemplate, Operation, Part, Template } from '../connector/ast';
import { findFields } from '../connector/find-fields';
import { RenderError } from '../connector/input-values';
import { settledText, type Inputs } from '../connector/part-texts';
import { renderRequest } from '../connector/render-request';
import { maskDigitRuns } from '../observe/redaction';
import { MASK, type Hide } from './connector-hide';

const LONGEST_SHOWN = 4000;
/** Takes the place of an address with secrets in it while a request is rendered; no such host can be (RFC 2606). */
const STAND_IN = 'https://address.invalid';

/** A request as text, with names in place of sensitive values and a mask in place of secrets. */
export function showRequest(connector: Connector, operation: Operation, inputs: Omit<Inputs, 'sealed'>): string {
  const secrets = Object.fromEntries(Object.keys(inputs.secrets).map((name) => [name, MASK]));
  const isSecret = connector.baseUrl.parts.some(({ kind }) => kind === 'secret');
  const shownConnector = {
    ...connector,
    baseUrl: isSecret ? standIn(connector.baseUrl) : connector.baseUrl,
    templates: new Map([...connector.templates].map(([name, message]) => [name, messageWithNames(message)])),
  };
  const shown = { ...operation, body: operation.body === null ? null : withNames(operation.body) };
  const token = connector.auth.kind === 'oauth' ? MASK : null;
  try {
    const { method, url, headers, body } = renderRequest(
      shownConnector,
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
    const address = isSecret
      ? settledText(connector.baseUrl.parts, { ...inputs, secrets }).replace(/\/+$/, '') +
        url.href.slice(STAND_IN.length)
      : url.href;
    return maskDigitRuns([`${method} ${address}`, ...lines, ...text].join('\n'));
  } catch (error) {
    if (error instanceof RenderError) return `the request cannot be rendered: ${error.message}`;
    throw error;
  }
}

/**
 * An answer as text. Digits of one that the engine would not read are hidden where it may hold sensitive ones: nobody knows
 * what they are.
 */
export function showAnswer(status: number, body: Buffer, { sealed, sensitive }: Operation, hide: Hide): string {
  const careful = findFields(body, []) === null && sealed.length + sensitive.length > 0;
  const text = hide(body.toString('utf8'));
  const shown = (careful ? text.replace(/[0-9]/g, 'x') : text).slice(0, LONGEST_SHOWN);
  const cut = text.length > LONGEST_SHOWN ? `\n... (${body.length} bytes)` : '';
  return `\n${status}\n${shown}${cut}`;
}

function standIn({ place }: Template): Template {
  return { parts: [{ kind: 'text', text: STAND_IN }], place };
}

/** The message with `[otp]` where its sensitive variable stands. */
function messageWithNames(message: MessageTemplate): MessageTemplate {
  const [first = '', ...rest] = message.pieces;
  const pieces = [first];
  rest.forEach((piece, index) => {
    const sealed = message.variables[index]?.sealed ?? null;
    if (sealed === null) pieces.push(piece);
    else pieces.push(`${pieces.pop() ?? ''}[${sealed}]${piece}`);
  });
  return { ...message, pieces, variables: message.variables.filter((variable) => variable.sealed === null) };
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
