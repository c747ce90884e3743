import { isMap, isScalar, isSeq } from 'yaml';
import type { Node, Scalar } from 'yaml';
import type { Place } from '../flow/ast';
import { nearest, suggestion } from '../flow/nearest';
import { SEALED_FIELDS } from './ast';
import type { BodyNode, Part, SealedName, SealedPart, Template, ValueInput } from './ast';
import type { YamlPlaces } from './yaml-places';

/** What the `{{ names }}` of a template may be. */
export interface Scope {
  readonly values: readonly ValueInput[];
  readonly sealed: readonly SealedName[];
  /** True where the connector has message templates and the operation an input `template`. */
  readonly message: boolean;
}

/** Nothing of a call: settings and secrets alone. */
export const NO_INPUTS: Scope = { values: [], sealed: [], message: false };

/** `body`: a part may be sensitive. `line`: path, query, header or credential, which logs and proxies see. */
export type Position = 'body' | 'line';

const NAME = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/;
const EXPIRY_PARTS: readonly SealedPart[] = ['month', 'year', 'full_year'];

/** Reads texts with `{{ names }}`; every name must be declared. Mistakes go to the file's list. */
export class TemplateParser {
  constructor(
    private readonly yaml: YamlPlaces,
    private readonly scope: Scope,
  ) {}

  /** A template where only text can stand. */
  template(node: Node | null, what: string, position: Position): Template {
    const text = this.yaml.text(node, what);
    const place = this.yaml.place(node);
    return { parts: text === null ? [] : this.parts(text, node, position), place };
  }

  /** The tree of a JSON body. */
  body(node: Node | null): BodyNode {
    if (isMap(node)) {
      const entries = this.yaml.entries(node, 'json');
      for (const { key, keyNode } of entries) this.yaml.noTemplate(key, 'a name of json', keyNode);
      return { kind: 'object', entries: entries.map(({ key, value }) => [key, this.body(value)] as const) };
    }
    if (isSeq(node)) {
      return { kind: 'array', items: this.yaml.items(node as Node, 'json').map((item) => this.body(item)) };
    }
    if (isScalar(node) && typeof node.value === 'string') {
      return { kind: 'template', template: this.template(node, 'json', 'body') };
    }
    return { kind: 'raw', json: isScalar(node) ? this.rawScalar(node) : 'null' };
  }

  private rawScalar(node: Scalar): string {
    if (typeof node.value !== 'number') return JSON.stringify(node.value ?? null);
    // The text as written: 12.40 must not become 12.4 by way of a float.
    if (/^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/.test(node.source ?? '')) return node.source ?? '0';
    this.yaml.report('wrong-shape', 'a number must be written plainly, such as 12 or 12.40', node);
    return '0';
  }

  private parts(text: string, node: Node | null, position: Position): readonly Part[] {
    const parts: Part[] = [];
    let end = 0;
    for (const match of text.matchAll(/\{\{(.*?)\}\}/gs)) {
      if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) });
      const part = this.name((match[1] ?? '').trim(), node, position, this.placeIn(node, match.index));
      if (part !== null) parts.push(part);
      end = match.index + match[0].length;
    }
    const rest = text.slice(end);
    if (rest.includes('{{')) this.yaml.report('bad-template', 'a `{{` has no `}}`', node);
    if (rest !== '' || parts.length === 0) parts.push({ kind: 'text', text: rest });
    return parts;
  }

  private name(name: string, node: Node | null, position: Position, place: Place): Part | null {
    const report = (rule: string, message: string): null => {
      this.yaml.mistakes.push({ rule, message, place });
      return null;
    };
    if (!NAME.test(name)) {
      return report('bad-template', `\`{{ ${name} }}\` is no name: only names of inputs stand here, no expressions`);
    }
    if (name.startsWith('settings.')) return { kind: 'setting', name: name.slice(9), place };
    if (name.startsWith('secrets.')) return { kind: 'secret', name: name.slice(8), place };
    const sealed = this.sealedPart(name);
    if (sealed !== null) {
      if (position === 'body') return sealed;
      return report(
        'sensitive-place',
        `\`${name}\` is sensitive: it may stand in the body alone, because logs and proxies see the rest`,
      );
    }
    const message = /^message\.(text|template_id)$/.exec(name);
    if (message !== null && this.scope.message) return { kind: 'message', what: message[1] as 'text' | 'template_id' };
    if (this.scope.values.some((input) => input.name === name)) return { kind: 'value', name };
    return report('unknown-name', `\`${name}\` is not declared: ${this.meant(name)}`);
  }

  private sealedPart(name: string): Part | null {
    const [field = '', part, more] = name.split('.');
    const declared = this.scope.sealed.find((candidate) => candidate === field);
    if (declared === undefined || more !== undefined) return null;
    if (part === undefined) return { kind: 'sealed', name: declared, part: 'all' };
    const known = EXPIRY_PARTS.find((candidate) => candidate === part);
    return known === undefined || SEALED_FIELDS[declared] !== 'expiration-date'
      ? null
      : { kind: 'sealed', name: declared, part: known };
  }

  /** Inputs are told in full; of settings and secrets only that there are such. */
  private meant(name: string): string {
    const [root = '', ...rest] = name.split('.');
    const near =
      rest.length === 1 && nearest(name, this.names()) === null ? nearest(root, ['settings', 'secrets']) : null;
    return near === null ? suggestion(name, this.names()) : `did you mean \`${near}.${rest.join('.')}\`?`;
  }

  private names(): string[] {
    const expiry = this.scope.sealed.includes('expiry') ? EXPIRY_PARTS.map((part) => `expiry.${part}`) : [];
    const message = this.scope.message ? ['message.text', 'message.template_id'] : [];
    return [...this.scope.values.map((input) => input.name), ...this.scope.sealed, ...expiry, ...message];
  }

  /** Exact where the text stands on one line as it was written; else the start of the text. */
  private placeIn(node: Node | null, offset: number): Place {
    const start = this.yaml.place(node);
    if (!isScalar(node) || typeof node.value !== 'string' || node.value.includes('\n')) return start;
    const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
    return { ...start, column: start.column + offset + (quoted ? 1 : 0) };
  }
}
