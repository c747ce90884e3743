import { createHmac } from 'node:crypto';
import { problemOf } from './base-address';
import type { Connector, Operation, Signature, SignedPart, Template } from './ast';
import { RenderError } from './input-values';
import { PartTexts, settledText, type Inputs, type Surroundings } from './part-texts';
import { renderBody } from './render-body';

export interface RenderedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Outside the pool; may hold card digits. The sender wipes it. */
  readonly body: Buffer | null;
}

/** What is added to a request when it is sent. */
export interface Credentials {
  /** An access token that was fetched for it; null for none. */
  readonly token: string | null;
  /** Now, ms since 1970. */
  readonly now: number;
}

/**
 * Renders one request. Sensitive values go from the vault into `body` as bytes; nothing else holds them.
 *
 * @throws RenderError when an input is missing or of the wrong kind; then no rendered byte is left.
 */
export function renderRequest(
  connector: Connector,
  operation: Operation,
  inputs: Inputs,
  credentials: Credentials,
): RenderedRequest {
  const renderer = new Renderer(connector, operation, inputs);
  const url = renderer.url();
  const headers = renderer.headers(credentials.token);
  const body = renderer.body();
  const { method } = operation;
  try {
    const signed =
      connector.signature === null ? {} : sign(connector.signature, { method, url, body }, inputs, credentials.now);
    return { method, url, headers: { ...headers, ...signed }, body };
  } catch (error) {
    body?.fill(0);
    throw error;
  }
}

/** The HMAC is taken of the body's own Buffer, which leaves no copy of it (measured). */
function sign(
  signature: Signature,
  { method, url, body }: Pick<RenderedRequest, 'method' | 'url' | 'body'>,
  inputs: Surroundings,
  now: number,
): Record<string, string> {
  const { header, key, algorithm, encoding, prefix, over, joinedBy, timestampHeader } = signature;
  const timestamp = String(Math.floor(now / 1000));
  const parts: Readonly<Record<SignedPart, string | Buffer>> = {
    method,
    path: url.pathname + url.search,
    timestamp,
    body: body ?? '',
  };
  const hmac = createHmac(algorithm, settledText(key.parts, inputs));
  over.forEach((part, index) => {
    if (index > 0) hmac.update(joinedBy);
    hmac.update(parts[part]);
  });
  return {
    [header.toLowerCase()]: prefix + hmac.digest(encoding),
    ...(timestampHeader === null ? {} : { [timestampHeader.toLowerCase()]: timestamp }),
  };
}

class Renderer {
  private readonly texts: PartTexts;

  constructor(
    private readonly connector: Connector,
    private readonly operation: Operation,
    private readonly inputs: Inputs,
  ) {
    this.texts = new PartTexts(connector, operation, inputs);
  }

  url(): URL {
    const base = addressOf(this.connector.baseUrl, 'base-url', this.inputs);
    const url = new URL(base + this.line(this.operation.path, segment));
    for (const [name, template] of this.operation.query) {
      const value = this.optionalLine(template);
      if (value !== null) url.searchParams.append(name, value);
    }
    return url;
  }

  headers(token: string | null): Record<string, string> {
    const headers: Record<string, string> = { ...PLAIN_JSON };
    for (const [name, template] of this.operation.headers) {
      const value = this.optionalLine(template);
      if (value !== null) headers[name.toLowerCase()] = headerSafe(value, name);
    }
    const { auth } = this.connector;
    if (auth.kind === 'basic') headers.authorization = basic(this.own(auth.user), this.own(auth.password));
    if (auth.kind === 'bearer') headers.authorization = `Bearer ${headerSafe(this.own(auth.token), 'bearer')}`;
    if (token !== null) headers.authorization = `Bearer ${headerSafe(token, 'bearer')}`;
    const { body } = this.operation;
    if (body !== null) headers['content-type'] = CONTENT_TYPES[body.kind === 'text' ? body.type : body.kind];
    return headers;
  }

  body(): Buffer | null {
    return this.operation.body === null ? null : renderBody(this.operation.body, this.texts);
  }

  private own({ parts }: Template): string {
    return settledText(parts, this.inputs);
  }

  private line(template: Template, encode: (text: string) => string): string {
    return template.parts
      .map((part) => {
        const text = this.texts.text(part);
        if (text === null)
          throw new RenderError(`the input ${part.kind === 'value' ? part.name : part.kind} is missing`);
        return part.kind === 'value' ? encode(text) : text;
      })
      .join('');
  }

  /** Null when it holds an optional value that is not there. */
  private optionalLine(template: Template): string | null {
    const texts = template.parts.map((part) => this.texts.text(part));
    return texts.includes(null) ? null : texts.join('');
  }
}

/** What an answer should be: JSON, and not packed, since unpacking would leave copies of card data and OTPs that nobody wipes. */
export const PLAIN_JSON = { accept: 'application/json', 'accept-encoding': 'identity' } as const;

const CONTENT_TYPES = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;

/** An address of settings and secrets, looked at now that they are filled in. @throws RenderError */
export function addressOf(template: Template, what: string, surroundings: Surroundings): string {
  const address = settledText(template.parts, surroundings).replace(/\/+$/, '');
  const problem = problemOf(address);
  if (problem !== null) throw new RenderError(`${what} ${problem}`);
  return address;
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
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
