import type { Connector, Operation } from '../../../connector/ast';
import { convert, lookUp } from '../../../connector/input-values';
import { messageOf } from '../../../errors';
import type { CardVault } from '../../../ports/card-vault';
import type { CallEvent } from '../../../ports/call-events';
import type { Connectors, ExchangeRequest, ExchangeResult, Value } from '../../../ports/connectors';
import type { Option, Question } from './moments';
import { sampleAnswer } from './sample-values';

/** One request as it would leave the engine, with nothing sensitive in it. */
export interface SentRequest {
  readonly connector: string;
  readonly operation: string;
  readonly method: string;
  /** Expressions of settings and secrets stand as they are written. */
  readonly url: string;
  /** What the connector's file declares of it. */
  readonly values: Readonly<Record<string, Value>>;
  /** Names of the sensitive fields in it. */
  readonly sealed: readonly string[];
  /** Text of a message, dots for what is sensitive; null for what is no message. */
  readonly message: string | null;
}

/** What was decided about a question: an option, with its values and time. */
export type Answered = Option;

export interface ConnectorWorld {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly vault: CardVault;
  readonly record: (event: CallEvent) => void;
  readonly onSent: (request: SentRequest) => void;
  readonly ask: (question: Question, signal?: AbortSignal) => Promise<Answered>;
}

const DOTS = '••••••';

/** Connectors that ask whoever decides instead of the network. What a request lacks fails as it would fail in production. */
export class SimulatedConnectors implements Connectors {
  constructor(private readonly world: ConnectorWorld) {}

  async exchange(request: ExchangeRequest, signal?: AbortSignal): Promise<ExchangeResult> {
    const connector = this.world.connectors.get(request.connector);
    const operation = connector?.operations.get(request.operation);
    if (connector === undefined || operation === undefined) return this.refused(request, 'there is no such connector');
    const problem = problemOf(operation, request);
    if (problem !== null) return this.refused(request, problem);
    this.world.onSent(sentRequest(connector, operation, request));
    const about = `${request.connector} ${request.operation}`;
    const answered = await this.world.ask(
      { kind: 'connector', about, of: request.connector, options: optionsOf(operation) },
      signal,
    );
    return this.result(request, operation, answered);
  }

  private result(request: ExchangeRequest, operation: Operation, answered: Answered): ExchangeResult {
    const { outcome, takesMs: ms, values } = answered;
    const failed = outcome === 'error' || outcome === 'timeout';
    const sealed = failed ? {} : this.sealedOf(request.owner, operation);
    const reason = outcome === 'timeout' ? 'no whole answer came in time' : '';
    this.recordExchange(request, outcome, ms, reason);
    return { outcome, values, sealed, sent: failed ? 'maybe' : 'yes', status: null, ms, reason };
  }

  private sealedOf(owner: string, { sensitive }: Operation): Record<string, string> {
    const entries = sensitive.flatMap(({ name }): [string, string][] => {
      const { ref } = this.world.vault.put(owner, 'otp', Buffer.alloc(6, '1'));
      return ref === null ? [] : [[name, ref]];
    });
    return Object.fromEntries(entries);
  }

  private refused(request: ExchangeRequest, reason: string): ExchangeResult {
    this.recordExchange(request, 'error', 0, reason);
    return { outcome: 'error', values: {}, sealed: {}, sent: 'no', status: null, ms: 0, reason };
  }

  private recordExchange(request: ExchangeRequest, outcome: string, ms: number, reason: string): void {
    const { connector, operation } = request;
    this.world.record({ type: 'exchanged', connector, operation, outcome, ms, reason });
  }
}

/** Every outcome of the file, and the two that each operation has; each takes as long as it may. */
function optionsOf(operation: Operation): readonly Option[] {
  const names = [...new Set([...operation.outcomes.map(({ outcome }) => outcome), 'error', 'timeout'])];
  return names.map((outcome) => ({
    outcome,
    takesMs: operation.timeLimitMs,
    values: sampleAnswer(operation, outcome),
  }));
}

/** Why the engine could not even send it, or null. */
function problemOf(operation: Operation, { values }: ExchangeRequest): string | null {
  try {
    for (const { name, type, optional } of operation.values) {
      const value = convert(lookUp(values, name), type, name);
      if (value === null && !optional) return `the input ${name} is missing`;
    }
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

function sentRequest(connector: Connector, operation: Operation, request: ExchangeRequest): SentRequest {
  const declared = operation.values.map(({ name }): [string, Value] => [name, lookUp(request.values, name)]);
  return {
    connector: connector.id,
    operation: operation.name,
    method: operation.method,
    url: `${asWritten(connector.baseUrl)}${asWritten(operation.path)}`,
    values: Object.fromEntries(declared.filter(([, value]) => value !== null)),
    sealed: Object.keys(request.sealed),
    message: messageText(connector, request),
  };
}

function asWritten({ parts }: Connector['baseUrl']): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'message') return `{{ message.${part.what} }}`;
      if (part.kind === 'value' || part.kind === 'sealed') return `{{ ${part.name} }}`;
      return `{{ ${part.kind}s.${part.name} }}`;
    })
    .join('');
}

/** A registered message with its variables filled in. */
function messageText(connector: Connector, { values }: ExchangeRequest): string | null {
  const name = values.template;
  const template = typeof name === 'string' ? connector.templates.get(name) : undefined;
  if (template === undefined) return null;
  return template.pieces.reduce((text, piece, index) => {
    const variable = template.variables[index - 1];
    if (variable === undefined) return text + piece;
    const value = variable.sealed === null ? plain(lookUp(values, variable.name)) : DOTS;
    return `${text}${value}${piece}`;
  });
}

function plain(value: Value): string {
  return value === null || typeof value === 'object' ? '' : String(value);
}
