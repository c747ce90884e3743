import { HushtoneError } from '../errors';
import type { RecordCallEvent } from '../ports/call-events';
import type { CardVault } from '../ports/card-vault';
import type { Clock } from '../ports/clock';
import type { Connectors, ExchangeRequest, ExchangeResult } from '../ports/connectors';
import type { Connector, Operation } from './ast';
import { RenderError } from './input-values';
import { readAnswer } from './read-answer';
import { renderRequest } from './render-request';
import type { RenderedRequest } from './render-request';
import { createHttpSender } from './run-http';
import type { HttpAnswer } from './run-http';

export interface ConnectorsDependencies {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly vault: CardVault;
  readonly clock: Clock;
  /** Hears of every exchange, under the id of its owner. */
  readonly record: RecordCallEvent;
  /** Further certificate authorities to trust, PEM. */
  readonly ca?: string;
}

export interface RunningConnectors extends Connectors {
  /** Ends every connection. */
  close(): Promise<void>;
}

/**
 * Runs connectors over HTTP. An exchange never rejects: what fails, and whatever is wrong with the connector itself, is the
 * outcome `error` (or `timeout`) with a reason. An aborted exchange is an `error` too.
 */
export function createConnectors(dependencies: ConnectorsDependencies): RunningConnectors {
  const { clock, record } = dependencies;
  const http = createHttpSender(dependencies.ca);

  async function exchange(request: ExchangeRequest, signal?: AbortSignal): Promise<ExchangeResult> {
    const began = clock.monotonic();
    const found = find(dependencies.connectors, request);
    const result = found instanceof HushtoneError ? refused(found.message) : await run(found, request, signal);
    const timed = { ...result, ms: Math.round(clock.monotonic() - began) };
    const { connector, operation, owner } = request;
    const { outcome, ms, status, reason } = timed;
    record(owner, {
      type: 'exchanged',
      connector,
      operation,
      outcome,
      ms,
      reason,
      ...(status === null ? {} : { status }),
    });
    return timed;
  }

  async function run(
    { connector, operation }: Found,
    request: ExchangeRequest,
    signal?: AbortSignal,
  ): Promise<ExchangeResult> {
    let rendered: RenderedRequest;
    try {
      rendered = renderRequest(connector, operation, { ...dependencies, ...request });
    } catch (error) {
      return refused(error instanceof RenderError ? error.message : 'the request cannot be rendered');
    }
    const limit = withLimit(clock, operation.timeLimitMs, signal);
    try {
      const answer = await ask(rendered, operation, limit.signal, request.mayLeave);
      if (answer.kind === 'fault') return faulty(answer, limit.passed());
      return read(answer, operation, request);
    } finally {
      limit.cancel();
      rendered.body?.fill(0);
    }
  }

  async function ask(
    rendered: RenderedRequest,
    operation: Operation,
    signal: AbortSignal,
    mayLeave?: () => boolean,
  ): Promise<HttpAnswer> {
    const answer = await http.send(rendered, signal, mayLeave);
    const again = operation.retry === 'safe' && answer.kind === 'fault' && answer.sent !== 'yes' && !signal.aborted;
    if (!again) return answer;
    const second = await http.send(rendered, signal, mayLeave);
    // That the second try did not leave proves nothing about the first.
    return second.kind === 'fault' && second.sent === 'no' ? answer : second;
  }

  function read(
    answer: HttpAnswer & { kind: 'answer' },
    operation: Operation,
    request: ExchangeRequest,
  ): ExchangeResult {
    const { status, body } = answer;
    try {
      const read = readAnswer(operation, status, body, dependencies.vault, request.owner, request.sealed.card_number);
      return { ...read, sent: 'yes', status, ms: 0 };
    } catch {
      return { ...refused('the answer cannot be read'), sent: 'yes', status };
    } finally {
      body.fill(0);
    }
  }

  return { exchange, close: () => http.close() };
}

interface Found {
  readonly connector: Connector;
  readonly operation: Operation;
}

function find(connectors: ReadonlyMap<string, Connector>, request: ExchangeRequest): Found | HushtoneError {
  const connector = connectors.get(request.connector);
  const operation = connector?.operations.get(request.operation);
  if (connector !== undefined && operation !== undefined) return { connector, operation };
  return new HushtoneError(
    'connector-unknown',
    connector === undefined ? request.connector : `${request.connector}, operation ${request.operation}`,
  );
}

function refused(reason: string): ExchangeResult {
  return { outcome: 'error', values: {}, sealed: {}, sent: 'no', status: null, ms: 0, reason };
}

function faulty(answer: HttpAnswer & { kind: 'fault' }, late: boolean): ExchangeResult {
  const { sent, status } = answer;
  return {
    outcome: late ? 'timeout' : 'error',
    values: {},
    sealed: {},
    sent,
    status,
    ms: 0,
    reason: late ? 'no whole answer came in time' : answer.reason,
  };
}

/** A signal that is aborted when the time is up or the outer one is. */
function withLimit(
  clock: Clock,
  ms: number,
  outer?: AbortSignal,
): { signal: AbortSignal; passed: () => boolean; cancel: () => void } {
  const controller = new AbortController();
  let passed = false;
  const timer = clock.after(ms, () => {
    passed = true;
    controller.abort();
  });
  const abort = (): void => {
    controller.abort();
  };
  if (outer?.aborted === true) abort();
  outer?.addEventListener('abort', abort, { once: true });
  const cancel = (): void => {
    timer.cancel();
    outer?.removeEventListener('abort', abort);
  };
  return { signal: controller.signal, passed: () => passed, cancel };
}
