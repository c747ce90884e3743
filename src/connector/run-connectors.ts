import { HushtoneError } from '../errors';
import type { RecordCallEvent } from '../ports/call-events';
import type { CardVault } from '../ports/card-vault';
import type { Clock } from '../ports/clock';
import type { Connectors, ExchangeRequest, ExchangeResult } from '../ports/connectors';
import type { Connector, Operation, RetryClass } from './ast';
import { RenderError } from './input-values';
import { readAnswer } from './read-answer';
import { renderRequest } from './render-request';
import type { RenderedRequest } from './render-request';
import { HostRules } from './run-hosts';
import type { HttpAnswer, HttpSender } from './run-http';
import { Senders } from './run-senders';
import { AccessTokens } from './run-tokens';

export interface ConnectorsDependencies {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly vault: CardVault;
  readonly clock: Clock;
  /** Hears of every exchange, under the id of its owner. */
  readonly record: RecordCallEvent;
  /** Shown every answer once sensitive values are blanked in it: for people who try a connector. Wiped right afterwards. */
  readonly onAnswer?: (status: number, body: Buffer) => void;
  /** Shown the headers of every request before it is sent, credentials and all: for those who must know what to hide. */
  readonly onRequest?: (headers: Readonly<Record<string, string>>) => void;
  /** Where connectors may reach; without it, wherever addresses are public. */
  readonly hosts?: HostRules;
  /** A further certificate authority to trust, PEM. */
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
  const senders = new Senders(dependencies, dependencies.hosts ?? new HostRules(), dependencies.ca);
  const tokens = new AccessTokens(clock, dependencies, (connector) => senders.of(connector));

  async function exchange(request: ExchangeRequest, signal?: AbortSignal): Promise<ExchangeResult> {
    const began = clock.monotonic();
    const found = find(dependencies.connectors, request);
    const result = found instanceof HushtoneError ? refused(found.message) : await run(found, request, signal);
    const timed = { ...result, ms: Math.round(clock.monotonic() - began) };
    recordExchange(record, request, timed);
    return timed;
  }

  /** At most two tries, within one time limit. */
  async function run(found: Found, request: ExchangeRequest, signal?: AbortSignal): Promise<ExchangeResult> {
    const limit = withLimit(clock, found.operation.timeLimitMs, signal);
    try {
      const first = await attempt(found, request, limit);
      if (!first.mayRepeat || limit.signal.aborted) return first.result;
      const second = await attempt(found, request, limit);
      // That the second try did not leave proves nothing about the first.
      if (second.result.sent === 'no') return first.result;
      for (const ref of Object.values(first.result.sealed)) dependencies.vault.wipe(ref);
      return second.result;
    } finally {
      limit.cancel();
    }
  }

  async function attempt(found: Found, request: ExchangeRequest, limit: Limit): Promise<Attempt> {
    const { connector, operation } = found;
    let ready: Ready;
    try {
      ready = await prepare(found, request, limit.signal);
    } catch (error) {
      const reason = error instanceof RenderError ? error.message : 'the request cannot be rendered';
      return { result: { ...refused(reason), ...(limit.passed() ? { outcome: 'timeout' } : {}) }, mayRepeat: false };
    }
    const { sender, rendered, token } = ready;
    try {
      dependencies.onRequest?.(rendered.headers);
      const answer = await sender.send(rendered, limit.signal, request.mayLeave);
      if (answer.kind === 'answer' && answer.status === UNAUTHORIZED && token !== null) tokens.refuse(connector, token);
      const mayRepeat = isRepeatable(operation.retry, answer, token !== null);
      if (answer.kind === 'fault') return { result: faulty(answer, limit.passed()), mayRepeat };
      return { result: await read(answer, operation, request), mayRepeat };
    } finally {
      rendered.body?.fill(0);
    }
  }

  async function prepare(
    { connector, operation }: Found,
    request: ExchangeRequest,
    signal: AbortSignal,
  ): Promise<Ready> {
    const sender = senders.of(connector);
    const token = await tokens.tokenFor(connector, signal);
    const rendered = renderRequest(connector, operation, { ...dependencies, ...request }, { token, now: clock.now() });
    return { sender, token, rendered };
  }

  async function read(
    answer: HttpAnswer & { kind: 'answer' },
    operation: Operation,
    request: ExchangeRequest,
  ): Promise<ExchangeResult> {
    const { status, body } = answer;
    try {
      const read = await readAnswer(operation, answer, body, dependencies.vault, request.owner, request.sealed);
      dependencies.onAnswer?.(status, body);
      return { ...read, sent: 'yes', status, ms: 0 };
    } catch {
      return { ...refused('the answer cannot be read'), sent: 'yes', status };
    } finally {
      body.fill(0);
    }
  }

  return { exchange, close: () => senders.close() };
}

function recordExchange(
  record: RecordCallEvent,
  { connector, operation, owner }: ExchangeRequest,
  { outcome, ms, status, reason }: ExchangeResult,
): void {
  const answered = status === null ? {} : { status };
  record(owner, { type: 'exchanged', connector, operation, outcome, ms, reason, ...answered });
}

const UNAUTHORIZED = 401;
/** Whoever answers these has not done what was asked (RFC 9110, 15.6), or nobody knows; so only what is safe is asked again. */
const TRY_AGAIN = new Set([502, 503, 504]);

/** `unsafe` is never sent twice, not even when its token was refused: the next request has a new one. */
function isRepeatable(retry: RetryClass, answer: HttpAnswer, hasToken: boolean): boolean {
  if (retry === 'unsafe') return false;
  if (answer.kind === 'fault') return retry === 'safe' ? answer.sent !== 'yes' : answer.sent === 'no';
  return (answer.status === UNAUTHORIZED && hasToken) || (retry === 'safe' && TRY_AGAIN.has(answer.status));
}

interface Attempt {
  readonly result: ExchangeResult;
  readonly mayRepeat: boolean;
}

interface Ready {
  readonly sender: HttpSender;
  readonly token: string | null;
  readonly rendered: RenderedRequest;
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

interface Limit {
  readonly signal: AbortSignal;
  passed(): boolean;
  cancel(): void;
}

/** A signal that is aborted when the time is up or the outer one is. */
function withLimit(clock: Clock, ms: number, outer?: AbortSignal): Limit {
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
