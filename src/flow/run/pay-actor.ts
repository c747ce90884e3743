import { HushtoneError } from '../../errors';
import type { Value } from '../../ports/connectors';
import type { SealedCard } from '../../ports/payment-gateway';
import type { PaymentRequest, PaymentResult } from '../../ports/payments';
import type { PayStep, Template } from '../ast';
import { BUILT_IN_PROMPTS } from '../compile/built-in';
import type { FlowContext } from '../compile/context';
import type { PayInput, PayOutput } from '../compile/machine-setup';
import { BUILT_IN } from '../compile/ways';
import { payOperation } from '../vocabulary';
import { effect, reportFailure, type Asked } from './effect';
import { evaluateAll, evaluateText } from './evaluating';
import type { Run } from './flow-tools';
import { speak } from './speaking';
import { stepOf } from './step-of';
import { whileWaiting } from './waiting';

/** The account of flows that name none (`flows/accounts.yaml`). */
const ACCOUNT = 'default';

/**
 * Takes the payment while the caller hears the waiting prompt. It goes on when the caller hangs up. An attempt that a
 * restored snapshot brought is asked about, never made again. The payment room records what came of it.
 */
export function payActor(run: Run) {
  return effect<PayOutput, PayInput>(run, async (input, signal) => {
    run.paying = true;
    try {
      const output = input.attempt === run.restoredAttempt ? await resume(run, input) : await take(run, input, signal);
      wipeCard(run, input.context, output);
      return output;
    } finally {
      run.paying = false;
    }
  });
}

async function take(run: Run, input: Asked<PayInput>, signal: AbortSignal): Promise<PayOutput> {
  const step = stepOf(run.flow, input.step, 'pay');
  let request: PaymentRequest;
  try {
    request = await requestOf(run, step, input);
  } catch (error) {
    reportFailure(run, input.step, error);
    return { outcome: 'error', reference: '' };
  }
  const result = await whileWaiting(run, { step, context: input.context, signal }, () => settled(run, request));
  const { outcome, reference, token } = result;
  return token === undefined ? { outcome, reference } : { outcome, reference, token };
}

/** A payment that failed in a way its port does not know: only an error that says "safe" proves that nothing was sent. */
async function settled(run: Run, request: PaymentRequest): Promise<PaymentResult> {
  try {
    return await run.tools.payments.take(request);
  } catch (error) {
    reportFailure(run, 'pay', error);
    const safe = error instanceof HushtoneError && error.retry === 'safe';
    return { outcome: safe ? 'error' : 'unknown', reference: '', reason: 'the payment could not be followed' };
  }
}

/** After `otp-invalid` the corrected OTP would need the card, whose digits are gone: the caller keys it again. */
async function resume(run: Run, input: Asked<PayInput>): Promise<PayOutput> {
  const [result] = await Promise.all([
    run.tools.payments.resume(input.attempt),
    tellOfInterruption(run, input.context),
  ]);
  if (result === 'start-again' || result.outcome === 'otp-invalid') return { outcome: 'start-again', reference: '' };
  return { outcome: result.outcome, reference: result.reference };
}

/** A look-up takes its time, and the caller has heard nothing since the engine went. */
async function tellOfInterruption(run: Run, context: FlowContext): Promise<void> {
  const prompt = BUILT_IN_PROMPTS[BUILT_IN.interrupted];
  if (!run.interrupted || prompt === undefined) return;
  const { media, words } = speak(run, [{ prompt }], context);
  await run.call.say({ media, words, bargein: false }).catch((error: unknown) => {
    run.tools.logger.debug('hold-ended', { call: run.call.id, error: String(error) });
  });
}

async function requestOf(run: Run, step: PayStep, { context, attempt }: Asked<PayInput>): Promise<PaymentRequest> {
  const [amount, currency, reference, token, parameters] = await Promise.all([
    evaluateText(run, step.amount, context),
    evaluateText(run, step.currency, context),
    evaluateText(run, step.reference, context),
    step.token === null ? null : tokenOf(run, step.token, context),
    evaluateAll(run, step.parameters, context),
  ]);
  return {
    call: run.call.id,
    attempt,
    account: ACCOUNT,
    connector: step.connector,
    operation: payOperation(step),
    amount,
    currency,
    reference,
    channel: 'phone',
    card: token === null ? cardOf(context) : null,
    masked: token === null ? (context.sealed['card-number']?.masked ?? '') : '',
    values: texts({ ...context.values, ...parameters, ...(token === null ? {} : { token }) }),
  };
}

async function tokenOf(run: Run, template: Template, context: FlowContext): Promise<string> {
  const token = await evaluateText(run, template, context);
  if (token === '') throw new HushtoneError('context-invalid', 'there is no token of a card to pay with');
  return token;
}

function cardOf({ sealed }: FlowContext): SealedCard {
  const number = sealed['card-number'];
  const expiry = sealed['expiration-date'];
  const securityCode = sealed['security-code'];
  if (number === undefined || expiry === undefined || securityCode === undefined) {
    throw new HushtoneError('vault-sealed', 'a payment needs card number, expiry date and security code');
  }
  return { number: number.ref, expiry: expiry.ref, securityCode: securityCode.ref, otp: sealed.otp?.ref ?? null };
}

function texts(values: Readonly<Record<string, Value>>): Record<string, string> {
  const plain = Object.entries(values).flatMap(([name, value]): [string, string][] =>
    value === null || typeof value === 'object' ? [] : [[name, String(value)]],
  );
  return Object.fromEntries(plain);
}

/** Of an `unknown` payment the same bytes may be sent again for a while, so its slots are left to the payment. */
function wipeCard(run: Run, context: FlowContext, { outcome }: PayOutput): void {
  if (outcome === 'unknown' || outcome === 'otp-invalid') return;
  for (const { ref } of Object.values(context.sealed)) run.tools.vault.wipe(ref);
}
