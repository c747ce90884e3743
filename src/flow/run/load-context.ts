import type { Value } from '../../ports/connectors';
import type { ContextSource } from '../ast';
import type { FlowContext } from '../compile/context';
import type { EffectInput, LoadedContext } from '../compile/machine-setup';
import { acceptOrder } from './accept-order';
import { effect, isCallOver, reportFailure } from './effect';
import { evaluateAll } from './evaluating';
import { exchange } from './exchanging';
import type { Run } from './flow-tools';
import { transferOf } from './transfer';
import { readHeaderValue } from './transfer-headers';

type Values = Readonly<Record<string, Value>>;

/** Stands for a header that is against its own grammar: no name's grammar takes it. */
const MALFORMED = '\0';

/** The operation of a look-up. */
const RUN = 'run';

/**
 * Answers the call and reads the order's details, from the sources in their order. The first source that knows every
 * required detail wins, so that no order is put together from two; what an earlier one knew beside them (where to return
 * the caller to) is kept.
 */
export function loadContextActor(run: Run) {
  return effect<LoadedContext, EffectInput>(run, async ({ context }, signal) => {
    const transfer = await transferOf(run);
    await run.call.answer();
    let aside: Values = {};
    for (const source of run.flow.context) {
      const found = await read(run, source, { ...context, transfer, values: aside }, signal);
      const complete = run.flow.require.every((name) => found[name] !== undefined);
      const others = Object.entries({ ...found, ...aside }).filter(([name]) => !run.flow.require.includes(name));
      aside = Object.fromEntries(others);
      const values = { ...found, ...aside };
      if (complete) {
        recordLoaded(run, source, values);
        return { complete, transfer, values };
      }
    }
    return { complete: run.flow.require.length === 0, transfer, values: aside };
  });
}

function recordLoaded(run: Run, source: ContextSource, values: Values): void {
  const text = (name: string): string => {
    const value = values[name] ?? '';
    return typeof value === 'object' ? '' : String(value);
  };
  run.tools.record(run.call.id, {
    type: 'context-loaded',
    from: source.kind === 'headers' ? 'headers' : source.connector,
    amount: text('amount'),
    currency: text('currency'),
    order: text('order_id'),
  });
}

/** What one source knows. One that fails knows nothing: the next is asked. */
async function read(run: Run, source: ContextSource, context: FlowContext, signal: AbortSignal): Promise<Values> {
  try {
    const raw =
      source.kind === 'headers'
        ? await fromHeaders(run, source.headers)
        : await fromConnector(run, source, context, signal);
    return acceptOrder(run, raw, (name) => whereIn(source, name));
  } catch (error) {
    if (signal.aborted || isCallOver(error)) throw error;
    reportFailure(run, 'context', error);
    return {};
  }
}

async function fromHeaders(run: Run, headers: Readonly<Record<string, string>>): Promise<Values> {
  const entries = Object.entries(headers).map(async ([name, header]): Promise<[string, string | null]> => {
    const value = await run.call.header(header);
    return [name, value === null || value === '' ? null : (readHeaderValue(header, value) ?? MALFORMED)];
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function fromConnector(
  run: Run,
  source: Extract<ContextSource, { kind: 'connector' }>,
  context: FlowContext,
  signal: AbortSignal,
): Promise<Values> {
  const values = await evaluateAll(run, source.with, context);
  const result = await exchange(run, { connector: source.connector, operation: RUN, values, sealed: {} }, signal);
  return result.outcome === 'ok' ? result.values : {};
}

function whereIn(source: ContextSource, name: string): string {
  return source.kind === 'headers' ? `header ${source.headers[name] ?? name}` : `${name} of ${source.connector}`;
}
