import type { Mistake, Place } from '../flow/ast';
import { suggestion } from '../flow/nearest';
import { RESERVED_NAMES } from '../flow/vocabulary';
import type { Capture, Connector, Operation, Template } from './ast';
import { addressProblem } from './base-address';
import { bodyOf, splitUrl, templateOf, valuesOf } from './interaction-texts';
import type { Piece } from './interaction-texts';
import { pieces } from './interaction-pieces';
import type { ParsedConnector } from './parse-connector';
import { NO_TLS_NEEDS } from './parse-credentials';
import { readXml, XmlFault } from './xml-reader';
import type { Element } from './xml-reader';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Types of a `Field`; the document knows `String` alone. */
const DATA_TYPES = { String: 'text', Integer: 'integer', Decimal: 'decimal', Boolean: 'boolean' } as const;
const OWN_HEADERS = ['host', 'content-length', 'transfer-encoding', 'connection'];
const TIME_LIMIT_MS = 5000;
const FILE_LIMIT = 256 * 1024;

/** Elements by their parent, and which of them must be there. */
const SHAPE: Readonly<Record<string, { readonly required: readonly string[]; readonly optional: readonly string[] }>> =
  {
    ApiInteraction: { required: ['Request'], optional: ['Response'] },
    Request: { required: ['Url', 'Method'], optional: ['Headers', 'Body'] },
    Headers: { required: [], optional: ['Header'] },
    Header: { required: ['Key', 'Value'], optional: [] },
    Response: { required: ['Type'], optional: ['ResponseCodeDestination', 'Fields'] },
    Fields: { required: [], optional: ['Field'] },
    Field: { required: ['Locator', 'Destination'], optional: ['DataType'] },
  };
const REPEATED = ['Header', 'Field'];

/**
 * Reads an `<ApiInteraction>` of Vonage Contact Center's Data Connector as a connector with the one operation `run`. Its name is
 * the file's. `$(Name)` are its inputs, the `Destination`s what it captures, under their own names. A 2xx is `ok`, anything
 * else `error`; the response code is captured either way. Each `~~~REPLACE~~~` is a mistake until it is filled in.
 */
export function parseInteraction(text: string, file: string): ParsedConnector {
  const reading = new Reading(text, file);
  const connector = reading.connector();
  const mistakes = reading.mistakes.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  if (connector === null || mistakes.length > 0) return { connector: null, draft: connector, mistakes };
  return { connector, draft: connector, mistakes: [] };
}

class Reading {
  readonly mistakes: Mistake[] = [];

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {}

  connector(): Connector | null {
    const root = this.root();
    if (root === null) return null;
    const id = this.file.replace(/^.*[/\\]/, '').replace(/\.xml$/, '');
    if (!/^[a-z][a-z0-9-]*$/.test(id))
      this.report('bad-name', `the file must be called with lower-case letters, digits and - alone, not \`${id}\``, 0);
    const request = child(root, 'Request');
    const url = splitUrl(this.piecesOf(child(request, 'Url')), (message, offset) => {
      this.report('bad-address', message, offset);
    });
    const base: Template = templateOf(url.base, this.placeOf(child(request, 'Url')));
    if (isSettled(url.base)) this.reportIf('bad-address', addressProblem(base), child(request, 'Url'), 'Url ');
    return {
      id,
      file: this.file,
      baseUrl: base,
      auth: { kind: 'none' },
      signature: null,
      tls: NO_TLS_NEEDS,
      templates: new Map(),
      operations: new Map([['run', this.operation(request, child(root, 'Response'), url)]]),
    };
  }

  private operation(request: Element | null, response: Element | null, url: ReturnType<typeof splitUrl>): Operation {
    const place = this.placeOf(request);
    const method = this.method(child(request, 'Method'));
    const headers = childrenOf(child(request, 'Headers'), 'Header').map((header) => this.header(header));
    const contentType = headers.find(({ name }) => name.toLowerCase() === 'content-type')?.value ?? null;
    const bodyPieces = trimmed(this.piecesOf(child(request, 'Body')));
    const hasBody = bodyPieces.length > 0;
    if (method === 'GET' && hasBody)
      this.report('wrong-shape', 'a GET has no body', child(request, 'Body')?.offset ?? 0);
    const body = hasBody
      ? bodyOf(bodyPieces, contentType, (message) => {
          this.report('wrong-shape', message, child(request, 'Body')?.offset ?? 0);
        })
      : null;
    const sent = headers.filter(({ name }) => name.toLowerCase() !== 'content-type');
    const all = [
      ...url.path,
      ...url.query.flatMap(([, value]) => value),
      ...sent.flatMap(({ value }) => value),
      ...bodyPieces,
    ];
    return {
      name: 'run',
      place,
      values: valuesOf(all),
      sealed: [],
      method,
      path: templateOf(url.path, place),
      query: url.query.map(([name, value]) => [name, templateOf(value, place)] as const),
      headers: sent.map(({ name, value }) => [name, templateOf(value, place)] as const),
      body,
      timeLimitMs: TIME_LIMIT_MS,
      settlesWithinMs: TIME_LIMIT_MS,
      retry: method === 'GET' ? 'safe' : 'unsafe',
      sensitive: [],
      captures: this.captures(response),
      outcomes: [{ outcome: 'ok', status: ['2xx'], where: [], when: null, requires: [] }],
    };
  }

  private captures(response: Element | null): readonly Capture[] {
    const type = child(response, 'Type');
    if (type !== null && plain(type).toUpperCase() !== 'JSON')
      this.report('unknown-word', `Type can be JSON alone, not \`${plain(type)}\``, type.offset);
    const code = child(response, 'ResponseCodeDestination');
    const codes: Capture[] =
      code === null || plain(code) === ''
        ? []
        : [{ name: this.destination(code), type: 'integer', from: { kind: 'status' } }];
    const fields = childrenOf(child(response, 'Fields'), 'Field').map((field): Capture => {
      const locator = child(field, 'Locator');
      const path = plain(locator).split('.');
      if (locator !== null && path.includes(''))
        this.report('bad-path', 'Locator must be names with dots between them', locator.offset);
      return {
        name: this.destination(child(field, 'Destination')),
        type: this.dataType(child(field, 'DataType')),
        from: { kind: 'path', path },
      };
    });
    return [...codes, ...fields];
  }

  private destination(element: Element | null): string {
    const name = plain(element);
    const problem = /^[^\s()`{}.][^()`{}.]{0,79}$/.test(name)
      ? null
      : 'must be a name without brackets, dots and backticks';
    if (element !== null) this.reportIf('bad-name', problem, element, `${element.name} `);
    if (element !== null && (RESERVED_NAMES as readonly string[]).includes(name))
      this.report('bad-name', `\`${name}\` is a name of the engine's own: choose another`, element.offset);
    return name;
  }

  private dataType(element: Element | null): Capture['type'] {
    const name = plain(element);
    if (element === null || name === '') return 'text';
    if (Object.hasOwn(DATA_TYPES, name)) return DATA_TYPES[name as keyof typeof DATA_TYPES];
    this.report(
      'unknown-word',
      `DataType cannot be \`${name}\`: ${suggestion(name, Object.keys(DATA_TYPES))}`,
      element.offset,
    );
    return 'text';
  }

  private method(element: Element | null): string {
    const name = plain(element).toUpperCase();
    if (element !== null && !METHODS.includes(name))
      this.report(
        'unknown-word',
        `Method cannot be \`${plain(element)}\`: ${suggestion(name, METHODS)}`,
        element.offset,
      );
    return name;
  }

  private header(header: Element): { readonly name: string; readonly value: readonly Piece[] } {
    const key = child(header, 'Key');
    const name = plain(key);
    if (key !== null && !/^[A-Za-z][A-Za-z0-9-]*$/.test(name))
      this.report('bad-name', `\`${name}\` is no header name`, key.offset);
    if (key !== null && OWN_HEADERS.includes(name.toLowerCase()))
      this.report('bad-name', `the header \`${name}\` cannot be set: it follows from the Url and the Body`, key.offset);
    return { name, value: trimmed(this.piecesOf(child(header, 'Value'))) };
  }

  private root(): Element | null {
    if (this.text.length > FILE_LIMIT) {
      this.report('wrong-shape', 'the file is larger than 256 kB', 0);
      return null;
    }
    try {
      const root = readXml(this.text);
      if (root.name !== 'ApiInteraction') {
        this.report('wrong-shape', `a connector begins with <ApiInteraction>, not <${root.name}>`, root.offset);
        return null;
      }
      this.checkShape(root);
      return root;
    } catch (error) {
      if (!(error instanceof XmlFault)) throw error;
      this.report('xml', error.message, error.offset);
      return null;
    }
  }

  private checkShape(element: Element): void {
    const shape = SHAPE[element.name];
    if (shape === undefined) {
      const [inner] = element.children;
      if (inner !== undefined) this.report('wrong-shape', `<${element.name}> holds a text, no elements`, inner.offset);
      return;
    }
    const known = [...shape.required, ...shape.optional];
    for (const each of element.children) {
      const { name, offset } = each;
      const first = child(element, name);
      if (!known.includes(name))
        this.report('unknown-key', `<${element.name}> has no <${name}>: ${suggestion(name, known)}`, offset);
      else if (first !== null && first !== each && !REPEATED.includes(name)) this.reportTwice(element, first, offset);
    }
    for (const name of shape.required) {
      if (child(element, name) === null)
        this.report('missing-key', `<${element.name}> needs <${name}>`, element.offset);
    }
    if (element.content.text.trim() !== '')
      this.report('wrong-shape', `<${element.name}> holds elements, no text`, element.offset);
    for (const each of element.children) if (known.includes(each.name)) this.checkShape(each);
  }

  private reportTwice({ name }: Element, first: Element, offset: number): void {
    const { line, column } = this.placeOf(first);
    const message = `<${name}> has a <${first.name}> already, at ${line}:${column}: take one of the two out`;
    this.report('wrong-shape', message, offset);
  }

  private piecesOf(element: Element | null): readonly Piece[] {
    if (element === null) return [];
    return pieces(
      element.content,
      (offset) => this.at(offset),
      (rule, message, offset) => {
        this.report(rule, message.replace('HERE', `<${element.name}>`), offset);
      },
    );
  }

  private report(rule: string, message: string, offset: number): void {
    this.mistakes.push({ rule, message, place: this.at(offset) });
  }

  private reportIf(rule: string, problem: string | null, element: Element | null, what: string): void {
    if (problem !== null && element !== null) this.report(rule, what + problem, element.offset);
  }

  private placeOf(element: Element | null): Place {
    return this.at(element?.offset ?? 0);
  }

  private at(offset: number): Place {
    const before = this.text.slice(0, offset).split('\n');
    return { file: this.file, line: before.length, column: (before.at(-1) ?? '').length + 1 };
  }
}

/** Nothing in it is to be filled in or depends on the call. */
function isSettled(pieces: readonly Piece[]): boolean {
  return pieces.every(({ unfilled, part }) => !unfilled && part.kind !== 'value');
}

function child(element: Element | null, name: string): Element | null {
  return element?.children.find((each) => each.name === name) ?? null;
}

function childrenOf(element: Element | null, name: string): readonly Element[] {
  return element?.children.filter((each) => each.name === name) ?? [];
}

function plain(element: Element | null): string {
  return element?.content.text.trim() ?? '';
}

/** Without the space around it. */
function trimmed(all: readonly Piece[]): readonly Piece[] {
  return all
    .map((piece, index): Piece => {
      if (piece.part.kind !== 'text') return piece;
      const start = index === 0 ? piece.part.text.trimStart() : piece.part.text;
      const text = index === all.length - 1 ? start.trimEnd() : start;
      return { ...piece, part: { kind: 'text', text } };
    })
    .filter(({ part }) => part.kind !== 'text' || part.text !== '');
}
