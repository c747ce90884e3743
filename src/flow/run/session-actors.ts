import { HushtoneError } from '../../errors';
import { scopeOf, type FlowContext } from '../compile/context';
import type { AssistOutput, EffectInput, LinkInput, LinkOutput, SmsOutput } from '../compile/machine-setup';
import { LINK_ID } from '../vocabulary';
import { acceptOrder } from './accept-order';
import { PHONE } from './context-grammars';
import { effect } from './effect';
import { evaluateText } from './evaluating';
import type { Run } from './flow-tools';
import { speakItems } from './speaking';
import { stepOf } from './step-of';
import { endpointOf } from './target-endpoint';
import { readHeaderValue } from './transfer-headers';
import { whileTakingLong } from './waiting';

/** What a link id may be, wherever it comes from. */
const GOOD_LINK_ID = /^[A-Za-z0-9-]{4,64}$/;

/** Joins the call to the session that waits under a link id. A header without one is no fault: the caller may be asked. */
export function linkActor(run: Run) {
  return effect<LinkOutput, LinkInput>(run, async ({ step, context, by }, signal) => {
    const { header } = stepOf(run.flow, step, 'link');
    const id = by === 'keys' ? context.values[LINK_ID] : await linkIdIn(run, header);
    if (typeof id !== 'string' || !GOOD_LINK_ID.test(id)) return null;
    const session = await run.tools.sessions.link(run.call.id, id, signal);
    if (session === null) return null;
    const values = acceptOrder(run, session.values, (name) => `${name} of session ${session.id}`);
    return { id: session.id, values: { ...values, [LINK_ID]: id } };
  });
}

async function linkIdIn(run: Run, header: string | null): Promise<string | null> {
  const value = header === null ? null : await run.call.header(header);
  return value === null || header === null ? null : readHeaderValue(header, value);
}

/** Brings an agent of the configuration to the caller. */
export function assistActor(run: Run) {
  return effect<AssistOutput, EffectInput>(run, async ({ step: name, context }, signal) => {
    const step = stepOf(run.flow, name, 'assist');
    const found = endpointOf(run, await evaluateText(run, step.agent, context), context);
    if (found === null) {
      run.tools.logger.warn('agent-unknown', { call: run.call.id, flow: run.flow.id, step: name });
      return 'no-answer';
    }
    const { media, words } = await speakItems(run, step.say, context);
    const request = { ...found, call: run.call, ringMs: step.ringMs, media, words, ...orderIn(context) };
    return run.tools.sessions.assist(request, signal);
  });
}

/** @throws HushtoneError `context-invalid` when the number is none. */
export function sendLinkActor(run: Run) {
  return effect<SmsOutput, EffectInput>(run, async ({ step: name, context }, signal) => {
    const step = stepOf(run.flow, name, 'send-link');
    const to = await evaluateText(run, step.to, context);
    if (!PHONE.test(to)) throw new HushtoneError('context-invalid', 'there is no telephone number to send the link to');
    const { validMs, connector } = step;
    const request = { call: run.call.id, to, validMs, connector, ...orderIn(context) };
    const outcome = await whileTakingLong(run, { step, context, signal }, () =>
      run.tools.sessions.sendLink(request, signal),
    );
    return { outcome };
  });
}

function orderIn(context: FlowContext) {
  return { session: context.session.id, values: scopeOf(context) };
}
