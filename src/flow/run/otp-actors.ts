import { HushtoneError } from '../../errors';
import type { EffectInput, OtpGenerated, SmsOutput } from '../compile/machine-setup';
import { effect } from './effect';
import { exchange, visible } from './exchanging';
import type { Run } from './flow-tools';
import { sendMessage } from './sms-actor';
import { stepOf } from './step-of';
import { whileTakingLong } from './waiting';

/** The operation by which every OTP connector makes a new one. */
const GENERATE = 'generate';

/** Asks the connector for a one-time password. If its answer holds the OTP, it is in the vault, and we are to send it. */
export function otpGenerateActor(run: Run) {
  return effect<OtpGenerated, EffectInput>(run, async (input, signal) => {
    const step = stepOf(run.flow, input.step, 'otp');
    const { context } = input;
    const request = { connector: step.connector, operation: GENERATE, values: visible(context, {}), sealed: {} };
    const result = await whileTakingLong(run, { step, context, signal }, () => exchange(run, request, signal));
    const ref = result.sealed.otp ?? null;
    if (result.outcome === 'ok') return { outcome: 'ok', ref, values: result.values };
    if (ref !== null) run.tools.vault.wipe(ref);
    return { outcome: 'error', ref: null, values: {} };
  });
}

/** Sends that OTP by SMS. Whatever comes of it, our copy is wiped. */
export function otpSendActor(run: Run) {
  return effect<SmsOutput, EffectInput>(run, async ({ step: name, context }, signal) => {
    const ref = context.otpToSend;
    if (ref === null) throw new HushtoneError('vault-sealed', 'there is no one-time password to send');
    try {
      const step = stepOf(run.flow, name, 'otp');
      const { sms } = step;
      if (sms === null)
        throw new HushtoneError('flow-invalid', `"${name}" does not say how its one-time password is sent`);
      return await whileTakingLong(run, { step, context, signal }, () =>
        sendMessage(run, { ...sms, with: {}, sealed: { otp: ref } }, context, signal),
      );
    } finally {
      run.tools.vault.wipe(ref);
    }
  });
}
