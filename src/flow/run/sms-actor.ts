import { HushtoneError } from '../../errors';
import type { Value } from '../../ports/connectors';
import type { Template } from '../ast';
import type { FlowContext } from '../compile/context';
import type { EffectInput, SmsOutput } from '../compile/machine-setup';
import { PHONE } from './context-grammars';
import { effect } from './effect';
import { evaluateAll, evaluateText } from './evaluating';
import { exchange, visible } from './exchanging';
import type { Run } from './flow-tools';
import { stepOf } from './step-of';
import { whileTakingLong } from './waiting';

/** The operation by which every SMS connector sends. */
const SEND = 'send';

export interface Message {
  readonly connector: string;
  readonly to: Template;
  readonly template: string;
  readonly with: Readonly<Record<string, Value>>;
  readonly sealed: Readonly<Record<string, string>>;
}

/** Sends the message of an `sms` step. */
export function smsActor(run: Run) {
  return effect<SmsOutput, EffectInput>(run, async ({ step: name, context }, signal) => {
    const step = stepOf(run.flow, name, 'sms');
    const own = await evaluateAll(run, step.with, context);
    return whileTakingLong(run, { step, context, signal }, () =>
      sendMessage(run, { ...step, with: own, sealed: {} }, context, signal),
    );
  });
}

/** @throws HushtoneError `context-invalid` when the number is none. */
export async function sendMessage(
  run: Run,
  message: Message,
  context: FlowContext,
  signal: AbortSignal,
): Promise<SmsOutput> {
  const to = await evaluateText(run, message.to, context);
  if (!PHONE.test(to))
    throw new HushtoneError('context-invalid', 'there is no telephone number to send the message to');
  const { connector, template, sealed } = message;
  const values = visible(context, { ...message.with, to, template });
  const result = await exchange(run, { connector, operation: SEND, values, sealed }, signal);
  return { outcome: result.outcome === 'ok' ? 'ok' : 'error' };
}
