import type { CallEvent, RecordCallEvent } from '../ports/call-events';
import type { LogFields, Logger } from '../ports/logger';
import { shortVersion } from './reload-log';

/** For whoever looks closely. */
const DETAILS: ReadonlySet<CallEvent['type']> = new Set(['step-entered', 'prompt-started']);

/**
 * Writes the story of each call into the log: one line per event, joined by the call's id. Single keys are not logged
 * (their times alone would tell how somebody types); a finished field is, masked.
 */
export function recordInLog(logger: Logger): RecordCallEvent {
  return (call, event) => {
    if (event.type === 'key-pressed') return;
    const level = event.type === 'failed' ? 'warn' : DETAILS.has(event.type) ? 'debug' : 'info';
    logger[level](event.type, { call, ...fieldsOf(event) });
  };
}

/** Tells several observers. One that throws is reported and costs neither the others nor the call. */
export function recordInAll(observers: readonly RecordCallEvent[], logger: Logger): RecordCallEvent {
  return (call, event) => {
    for (const observe of observers) {
      try {
        observe(call, event);
      } catch {
        logger.error('observer-failed', { call, reason: event.type });
      }
    }
  };
}

function fieldsOf(event: CallEvent): LogFields {
  if (event.type === 'call-started') {
    return { caller: event.caller, did: event.did, flow: event.flow, version: shortVersion(event.version) };
  }
  if (event.type === 'call-resumed') return { flow: event.flow, version: shortVersion(event.version) };
  if (event.type === 'context-loaded') {
    return { reason: event.from, amount: event.amount, currency: event.currency, order: event.order };
  }
  if (event.type === 'payment') {
    const { outcome, order, attempt, amount, currency, masked, reason } = event;
    return { outcome, order, attempt, amount, currency, masked, reason };
  }
  return Object.fromEntries(Object.entries(event).filter(([name]) => name !== 'type'));
}
