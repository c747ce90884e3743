import { messageOf } from '../errors';
import type { Body, BodyNode, Escape, Part, SealedName, SealedPart, Template, TextPiece } from './ast';
import { BodyBytes } from './body-bytes';
import { RenderError } from './input-values';
import type { PartTexts } from './part-texts';

/**
 * Renders a body into a Buffer outside the pool, sensitive values straight out of the vault. The sender wipes it.
 *
 * @throws RenderError when an input is missing or of the wrong kind; then no rendered byte is left.
 */
export function renderBody(body: Body, texts: PartTexts): Buffer {
  const bytes = new BodyBytes();
  const writer = new BodyWriter(texts, bytes);
  if (body.kind === 'form') writer.form(body.fields);
  else if (body.kind === 'text') writer.pieces(body.pieces);
  else writer.json(body.root);
  try {
    return bytes.build(texts.inputs.vault);
  } catch (error) {
    throw new RenderError(messageOf(error));
  }
}

/** A number, true, false or null as JSON writes them. */
const JSON_WORD = /^(-?(0|[1-9][0-9]*)(\.[0-9]+)?|true|false|null)$/;

class BodyWriter {
  constructor(
    private readonly texts: PartTexts,
    private readonly bytes: BodyBytes,
  ) {}

  json(root: BodyNode): void {
    if (!this.node(root)) this.bytes.text('null');
  }

  /** `application/x-www-form-urlencoded`; a field whose optional value is not there is left out. */
  form(fields: readonly (readonly [name: string, value: Template])[]): void {
    let written = 0;
    for (const [name, { parts }] of fields) {
      if (this.isMissing(parts)) continue;
      this.bytes.text(`${written++ > 0 ? '&' : ''}${encode(name)}=`);
      for (const part of parts) this.part(part, 'form');
    }
  }

  pieces(pieces: readonly TextPiece[]): void {
    for (const { part, as } of pieces) {
      if (part.kind === 'text') this.bytes.text(part.text);
      else this.part(part, as);
    }
  }

  /** Writes a node; false when it stands for an optional value that is not there. */
  private node(node: BodyNode): boolean {
    switch (node.kind) {
      case 'raw':
        this.bytes.text(node.json);
        return true;
      case 'array':
        this.bytes.text('[');
        this.separated(node.items, (item) => this.node(item));
        this.bytes.text(']');
        return true;
      case 'object':
        this.bytes.text('{');
        this.separated(node.entries, ([name, child]) => {
          if (this.isLeftOut(child)) return false;
          this.bytes.text(`${JSON.stringify(name)}:`);
          return this.node(child);
        });
        this.bytes.text('}');
        return true;
      case 'template':
        return this.jsonTemplate(node.template);
    }
  }

  private separated<Item>(items: readonly Item[], write: (item: Item) => boolean): void {
    let written = 0;
    for (const item of items) {
      if (written > 0) this.bytes.text(',');
      if (write(item)) written++;
      else if (written > 0) this.bytes.dropLast();
    }
  }

  private isLeftOut(node: BodyNode): boolean {
    return node.kind === 'template' && this.isMissing(node.template.parts);
  }

  /** A value that stands alone, is optional, and is not there. */
  private isMissing([only, ...more]: readonly Part[]): boolean {
    return only?.kind === 'value' && more.length === 0 && this.texts.value(only.name) === null;
  }

  private jsonTemplate(template: Template): boolean {
    const [only, ...more] = template.parts;
    if (only?.kind === 'value' && more.length === 0) {
      const value = this.texts.value(only.name);
      if (value === null) return false;
      this.bytes.text(JSON.stringify(value));
      return true;
    }
    this.bytes.text('"');
    for (const part of template.parts) this.part(part, 'json-text');
    this.bytes.text('"');
    return true;
  }

  private part(part: Part, as: Escape): void {
    if (part.kind === 'sealed') {
      this.sealed(part.name, part.part);
      return;
    }
    if (part.kind === 'message' && part.what === 'text') {
      this.messageText(as);
      return;
    }
    this.bytes.text(escaped(this.texts.text(part) ?? '', as));
  }

  private sealed(name: SealedName, part: SealedPart): void {
    const ref = this.texts.inputs.sealed[name];
    if (ref === undefined) throw new RenderError(`the sensitive input ${name} is missing`);
    this.bytes.sealed(ref, part);
  }

  private messageText(as: Escape): void {
    const { message } = this.texts;
    if (message === null) throw new RenderError('no message template was chosen');
    message.pieces.forEach((piece, index) => {
      this.bytes.text(escaped(piece, as));
      const variable = message.variables[index];
      if (variable === undefined) return;
      if (variable.sealed !== null) {
        this.sealed(variable.sealed, 'all');
        return;
      }
      this.bytes.text(escaped(this.texts.variable(variable.name), as));
    });
  }
}

function escaped(text: string, as: Escape): string {
  switch (as) {
    case 'json-text':
      return JSON.stringify(text).slice(1, -1);
    case 'json-value':
      return JSON_WORD.test(text) ? text : JSON.stringify(text);
    case 'form':
      return encode(text);
  }
}

/** As HTML forms write it (URL Standard, "application/x-www-form-urlencoded serializing"). */
function encode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
