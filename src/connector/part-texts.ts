import type { CardVault } from '../ports/card-vault';
import type { Value } from '../ports/connectors';
import type { Connector, MessageTemplate, Operation, Part } from './ast';
import { convert, lookUp, RenderError } from './input-values';

/** Texts from outside the call. */
export interface Surroundings {
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** What a request is rendered from. */
export interface Inputs extends Surroundings {
  readonly values: Readonly<Record<string, Value>>;
  readonly sealed: Readonly<Record<string, string>>;
  readonly vault: CardVault;
}

/** Characters that a registered message allows in each of its variables. */
const VARIABLE_LIMIT = 30;

/** What the parts of an operation's texts stand for. Everything throws RenderError for what is missing or of the wrong kind. */
export class PartTexts {
  readonly message: MessageTemplate | null;

  constructor(
    private readonly connector: Connector,
    private readonly operation: Operation,
    readonly inputs: Inputs,
  ) {
    this.message = this.chosenMessage();
  }

  /** Null for an optional value that is not there. */
  text(part: Part): string | null {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'value': {
        const value = this.value(part.name);
        return value === null ? null : String(value);
      }
      case 'setting':
      case 'secret':
        return settled(part, this.inputs);
      case 'message':
        return this.message?.id ?? null;
      case 'sealed':
        throw new RenderError(`${part.name} is sensitive and may stand in the body alone`);
    }
  }

  value(name: string): string | number | boolean | null {
    const input = this.operation.values.find((candidate) => candidate.name === name);
    if (input === undefined) throw new RenderError(`the input ${name} is not declared`);
    const value = convert(lookUp(this.inputs.values, name), input.type, name);
    if (value === null && !input.optional) throw new RenderError(`the input ${name} is missing`);
    return value;
  }

  /** What fills a variable of a registered message. */
  variable(name: string): string {
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
}

/** A text of settings, secrets and words alone. */
export function settledText(parts: readonly Part[], surroundings: Surroundings): string {
  return parts.map((part) => settled(part, surroundings)).join('');
}

function settled(part: Part, { settings, secrets }: Surroundings): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'setting':
      return named(settings, part.name, 'the setting');
    case 'secret':
      return named(secrets, part.name, 'secret-missing: the secrets file has no');
    case 'value':
    case 'sealed':
    case 'message':
      throw new RenderError('a value of the call stands where only settings and secrets may');
  }
}

function named(from: Readonly<Record<string, string>>, name: string, what: string): string {
  const value = Object.hasOwn(from, name) ? from[name] : undefined;
  if (value === undefined) throw new RenderError(`${what} ${name}`);
  return value;
}
