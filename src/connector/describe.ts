import type { Connector, InputType } from './ast';

/** What the flow checker needs to know of an operation. */
export interface OperationDescription {
  readonly name: string;
  /** Inputs by name; one with dots is a path into the flow's context (`payment.reference`). */
  readonly inputs: readonly { readonly name: string; readonly type: InputType; readonly required: boolean }[];
  readonly sealed: readonly string[];
  /** The file's own outcomes, and `error` and `timeout`, which every operation has. */
  readonly outcomes: readonly string[];
  readonly captures: readonly string[];
  /** Sensitive fields of the answer, captured as vault references. */
  readonly sealedCaptures: readonly string[];
  /** How long the other side may still be at it after the request was sent, ms. */
  readonly settlesWithinMs: number;
}

interface MessageDescription {
  readonly name: string;
  /** Values that fill the message; `otp` is a vault reference. */
  readonly variables: readonly string[];
  readonly sealed: readonly string[];
}

export interface ConnectorDescription {
  readonly id: string;
  readonly operations: ReadonlyMap<string, OperationDescription>;
  /** Message templates; empty for what is no sender of messages. */
  readonly templates: ReadonlyMap<string, MessageDescription>;
}

/** What flows may ask of a connector. */
export function describeConnector(connector: Connector): ConnectorDescription {
  const operations = [...connector.operations.values()].map((operation): OperationDescription => ({
    name: operation.name,
    inputs: operation.values.map(({ name, type, optional }) => ({ name, type, required: !optional })),
    sealed: operation.sealed,
    outcomes: [...new Set([...operation.outcomes.map(({ outcome }) => outcome), 'error', 'timeout'])],
    captures: operation.captures.map(({ name }) => name),
    sealedCaptures: operation.sensitive.map(({ name }) => name),
    settlesWithinMs: operation.settlesWithinMs,
  }));
  const templates = [...connector.templates.values()].map(({ name, variables }): MessageDescription => ({
    name,
    variables: variables.filter(({ sealed }) => sealed === null).map((variable) => variable.name),
    sealed: variables.flatMap(({ sealed }) => sealed ?? []),
  }));
  return {
    id: connector.id,
    operations: new Map(operations.map((operation) => [operation.name, operation])),
    templates: new Map(templates.map((template) => [template.name, template])),
  };
}
