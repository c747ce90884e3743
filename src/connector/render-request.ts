import { messageOf } from '../errors';
import type { CardVault } from '../ports/card-vault';
import type { Value } from '../ports/connectors';
import type { BodyNode, Connector, MessageTemplate, Operation, Part, SealedName, SealedPart, Template } from './ast';
import { BodyBytes } from './body-bytes';
import { convert, lookUp, RenderError } from './input-values';

/** What a request is rendered from. */
export interface Inputs {
  readonly values: Readonly<Record<string, Value>>;
  readonly sealed: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly vault: CardVault;
}

export interface RenderedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Outside the pool; may hold card digits. The sender wipes it. */
  readonly body: Buffer | null;
}

/** Characters that a registered message allows in each of its variables. */
const VARIABLE_LIMIT = 30;

/**
 * Renders one request. Sensitive values go from the vault into `body` as bytes; nothing else holds them.
 *
 * @throws RenderError when an input is missing or of the wrong kind; then no rendered byte is left.
 */
export function renderRequest(connector: Connector, operation: Operation, inputs: Inputs): RenderedRequest {
  const renderer = new Renderer(connector, operation, inputs);
  const url = renderer.url();
  const headers = renderer.headers();
  if (operation.sealed.length > 0 || operation.sensitive.length > 0) refusePlainHttp(url);
  return {
    method: operation.method,
    url,
    headers,
    body: operation.json === null ? null : renderer.body(operation.json),
  };
}

/** Card data leaves this machine over TLS alone (PCI DSS 4.2.1). */
function refusePlainHttp(url: URL): void {
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol !== 'https:' && !loopback)
    throw new RenderError('card data goes over https only, and base-url is not https');
}

class Renderer {
  private readonly message: MessageTemplate | null;

  constructor(
    private readonly connector: Connector,
    private readonly operation: Operation,
    private readonly inputs: Inputs,
  ) {
    this.message = this.chosenMessage();
  }

  url(): URL {
    const base = this.line(this.connector.baseUrl, (text) => text).replace(/\/+$/, '');
    if (!/^https?:\/\/[^/?#@]+(\/[^?#]*)?$/.test(base) || !URL.canParse(base))
      throw new RenderError('base-url is no http or https address');
    const path = this.line(this.operation.path, segment);
    const url = new URL(base + path);
    for (const [name, template] of this.operation.query) {
      const value = this.optionalLine(template);
      if (value !== null) url.searchParams.append(name, value);
    }
    return url;
  }

  headers(): Record<string, string> {
    const headers: Record<string, string> = { accept: 'application/json' };
    for (const [name, template] of this.operation.headers) {
      const value = this.optionalLine(template);
      if (value !== null) headers[name.toLowerCase()] = headerSafe(value, name);
    }
    const { auth } = this.connector;
    if (auth.kind === 'basic') {
      const pair = `${this.line(auth.user, (text) => text)}:${this.line(auth.password, (text) => text)}`;
      headers.authorization = `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
    }
    if (auth.kind === 'bearer')
      headers.authorization = `Bearer ${headerSafe(
        this.line(auth.token, (text) => text),
        'bearer',
      )}`;
    if (this.operation.json !== null) headers['content-type'] = 'application/json';
    return headers;
  }

  body(root: BodyNode): Buffer {
    const bytes = new BodyBytes();
    if (!this.node(root, bytes)) bytes.text('null');
    try {
      return bytes.build(this.inputs.vault);
    } catch (error) {
      throw new RenderError(messageOf(error));
    }
  }

  /** Writes a node; false when it stands for an optional value that is not there. */
  private node(node: BodyNode, bytes: BodyBytes): boolean {
    switch (node.kind) {
      case 'raw':
        bytes.text(node.json);
        return true;
      case 'array':
        bytes.text('[');
        this.separated(node.items, bytes, (item) => this.node(item, bytes));
        bytes.text(']');
        return true;
      case 'object':
        bytes.text('{');
        this.separated(node.entries, bytes, ([name, child]) => {
          if (this.isLeftOut(child)) return false;
          bytes.text(`${JSON.stringify(name)}:`);
          return this.node(child, bytes);
        });
        bytes.text('}');
        return true;
      case 'template':
        return this.jsonTemplate(node.template, bytes);
    }
  }

  private separated<Item>(items: readonly Item[], bytes: BodyBytes, write: (item: Item) => boolean): void {
    let written = 0;
    for (const item of items) {
      if (written > 0) bytes.text(',');
      if (write(item)) written++;
      else if (written > 0) bytes.dropLast();
    }
  }

  private isLeftOut(node: BodyNode): boolean {
    if (node.kind !== 'template') return false;
    const [only, ...more] = node.template.parts;
    return only?.kind === 'value' && more.length === 0 && this.value(only.name) === null;
  }

  private jsonTemplate(template: Template, bytes: BodyBytes): boolean {
    const [only, ...more] = template.parts;
    if (only?.kind === 'value' && more.length === 0) {
      const value = this.value(only.name);
      if (value === null) return false;
      bytes.text(JSON.stringify(value));
      return true;
    }
    bytes.text('"');
    for (const part of template.parts) this.jsonPart(part, bytes);
    bytes.text('"');
    return true;
  }

  private jsonPart(part: Part, bytes: BodyBytes): void {
    if (part.kind === 'sealed') {
      this.sealed(part.name, part.part, bytes);
      return;
    }
    if (part.kind === 'message' && part.what === 'text') {
      this.messageText(bytes);
      return;
    }
    bytes.text(JSON.stringify(this.text(part) ?? '').slice(1, -1));
  }

  private sealed(name: SealedName, part: SealedPart, bytes: BodyBytes): void {
    const ref = this.inputs.sealed[name];
    if (ref === undefined) throw new RenderError(`the sensitive input ${name} is missing`);
    bytes.sealed(ref, part);
  }

  private messageText(bytes: BodyBytes): void {
    const message = this.message;
    if (message === null) throw new RenderError('no message template was chosen');
    message.pieces.forEach((piece, index) => {
      bytes.text(JSON.stringify(piece).slice(1, -1));
      const variable = message.variables[index];
      if (variable === undefined) return;
      if (variable.sealed !== null) {
        this.sealed(variable.sealed, 'all', bytes);
        return;
      }
      bytes.text(JSON.stringify(this.variable(variable.name)).slice(1, -1));
    });
  }

  private variable(name: string): string {
    const value = convert(lookUp(this.inputs.values, name), 'text', name);
    if (value === null || value === '') throw new RenderError(`the message needs ${name}, which is missing`);
    const text = String(value);
    if (text.length > VARIABLE_LIMIT)
      throw new RenderError(`${name} is longer than the ${VARIABLE_LIMIT} characters that a message allows`);
    return text;
  }

  private chosenMessage(): MessageTemplate | null {
    if (this.connector.templates.size === 0 || !this.operation.values.some(({ name }) => name === 'template'))
      return null;
    const name = this.value('template');
    const message = this.connector.templates.get(String(name));
    if (message === undefined) throw new RenderError(`there is no message template ${String(name)}`);
    return message;
  }

  private line(template: Template, encode: (text: string) => string): string {
    return template.parts
      .map((part) => {
        const text = this.text(part);
        if (text === null)
          throw new RenderError(`the input ${part.kind === 'value' ? part.name : part.kind} is missing`);
        return part.kind === 'value' ? encode(text) : text;
      })
      .join('');
  }

  /** Null when it holds an optional value that is not there. */
  private optionalLine(template: Template): string | null {
    const texts = template.parts.map((part) => this.text(part));
    return texts.includes(null) ? null : texts.join('');
  }

  private text(part: Part): string | null {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'value': {
        const value = this.value(part.name);
        return value === null ? null : String(value);
      }
      case 'setting':
        return named(this.inputs.settings, part.name, 'the setting');
      case 'secret':
        return named(this.inputs.secrets, part.name, 'secret-missing: the secrets file has no');
      case 'message':
        return this.message?.id ?? null;
      case 'sealed':
        throw new RenderError(`${part.name} is sensitive and may stand in the body alone`);
    }
  }

  private value(name: string): string | number | boolean | null {
    const input = this.operation.values.find((candidate) => candidate.name === name);
    if (input === undefined) throw new RenderError(`the input ${name} is not declared`);
    const value = convert(lookUp(this.inputs.values, name), input.type, name);
    if (value === null && !input.optional) throw new RenderError(`the input ${name} is missing`);
    return value;
  }
}

function named(from: Readonly<Record<string, string>>, name: string, what: string): string {
  const value = Object.hasOwn(from, name) ? from[name] : undefined;
  if (value === undefined) throw new RenderError(`${what} ${name}`);
  return value;
}

/** A value inside the path stays one segment of it. */
function segment(text: string): string {
  if (text === '' || text === '.' || text === '..') throw new RenderError('a value of the path is empty or only dots');
  try {
    return encodeURIComponent(text);
  } catch {
    throw new RenderError('a value of the path is no valid text');
  }
}

function headerSafe(value: string, name: string): string {
  if (!/^[\x20-\x7e]*$/.test(value))
    throw new RenderError(`the header ${name} would hold characters that headers cannot`);
  return value;
}
