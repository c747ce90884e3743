import type { ReturnRequest, ReturnResult } from '../../ports/call';
import type { Value } from '../../ports/connectors';
import type { ReturnStep } from '../ast';
import { BUILT_IN_PROMPTS } from '../compile/built-in';
import { scopeOf, type FlowContext } from '../compile/context';
import type { Done, EffectInput } from '../compile/machine-setup';
import { TRANSFERRER_ID } from '../targets';
import { DEFAULTS } from '../vocabulary';
import { effect, reportFailure } from './effect';
import { evaluateText } from './evaluating';
import type { Run } from './flow-tools';
import { headerValue } from './header-value';
import { speak, speakItems } from './speaking';
import { DEFAULT_TARGET, endpointOf } from './target-endpoint';

/** Brings the caller back. `failed` when the target is not one of the configuration's. */
export function returnActor(run: Run) {
  return effect<ReturnResult, EffectInput>(run, async ({ step: name, context }, signal) => {
    const step = run.flow.steps.get(name);
    const request = step?.kind === 'return' ? await ofStep(run, step, context) : builtIn(run, name, context);
    if (request === null) {
      run.tools.logger.warn('return-target-unknown', { call: run.call.id, flow: run.flow.id, step: name });
      return 'failed';
    }
    const result = await run.call.returnTo(request, signal);
    if (result === 'answered' && context.payment.outcome !== 'unknown') run.tools.vault.wipeOwner(run.call.id);
    return result;
  });
}

/** Waits until the caller and whoever answered are done. */
export function talkActor(run: Run) {
  return effect<Done, EffectInput>(run, async () => {
    await run.call.ended;
    return null;
  });
}

export function hangUpActor(run: Run) {
  return effect<Done, EffectInput>(run, async ({ step: name }) => {
    const step = run.flow.steps.get(name);
    await run.call.hangUp('engine', step?.kind === 'end' ? step.cause : DEFAULTS.cause);
    return null;
  });
}

async function ofStep(run: Run, step: ReturnStep, context: FlowContext): Promise<ReturnRequest | null> {
  const found = endpointOf(run, await evaluateText(run, step.target, context), context);
  const referTo = found === null || step.release === 'bridge' ? null : run.tools.targets.addressOf(found.target);
  // A REFER needs an address; a trunk's number and a telephone registered here have none.
  if (found === null || (step.release === 'refer' && referTo === null)) return null;
  const headers = headersOf(await headerValues(run, step, context));
  const { media, words } = await speakItems(run, step.say, context);
  return { ...found, referTo, headers, payment: context.payment.outcome, ringMs: step.ringMs, media, words };
}

/** A header that cannot be evaluated is reported and left out: the caller goes back all the same. */
async function headerValues(run: Run, step: ReturnStep, context: FlowContext): Promise<Record<string, Value>> {
  const values: Record<string, Value> = {};
  for (const [name, template] of Object.entries(step.with)) {
    try {
      values[name] = await run.evaluate(template, scopeOf(context));
    } catch (error) {
      reportFailure(run, step.name, error);
    }
  }
  return values;
}

/** The way back when something went wrong: to where the caller came from, else to who transferred them, else to the default. */
function builtIn(run: Run, name: string, context: FlowContext): ReturnRequest | null {
  const wanted = context.values.return_to;
  const found =
    (typeof wanted === 'string' ? endpointOf(run, wanted, context) : null) ??
    endpointOf(run, TRANSFERRER_ID, context) ??
    endpointOf(run, DEFAULT_TARGET, context);
  if (found === null) return null;
  const headers = headersOf({
    'X-Payment-Result': context.payment.outcome,
    'X-Payment-Reference': context.payment.reference,
  });
  const prompt = BUILT_IN_PROMPTS[name];
  const { media, words } = speak(run, prompt === undefined ? [] : [{ prompt }], context);
  return { ...found, headers, payment: context.payment.outcome, ringMs: DEFAULTS.ringMs, media, words };
}

/** Headers of the new INVITE; one without a value is left out. */
function headersOf(values: Readonly<Record<string, Value>>): Record<string, string> {
  const entries = Object.entries(values).map(([name, value]): [string, string] => [name, headerValue(value)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}
