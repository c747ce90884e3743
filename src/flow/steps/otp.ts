import type { ListenResult } from '../../ports/call';
import type { OtpStep } from '../ast';
import type { FlowContext } from '../compile/context';
import { sealedOf, withEntry } from '../compile/context';
import type { FlowState, OtpGenerated, SmsOutput } from '../compile/machine-setup';
import { answered, named, note, noteOutput } from '../compile/machine-setup';
import { ASKS_CALLER, stepFault, way, WHILE_ASKING } from '../compile/ways';
import { OTP_RESENT } from '../vocabulary';
import { attemptsUsed, countAttempt, exhausted, forgetError, noteError } from './attempts';
import { question, result, type Way } from './question';

/**
 * Has a one-time password made, sends it when the connector leaves that to us, and collects it. The resend key makes and
 * sends a new one as often as `resends` says; it costs no attempt.
 */
export function compileOtp(step: OtpStep): FlowState {
  return {
    id: step.name,
    on: WHILE_ASKING,
    initial: 'enter',
    states: {
      enter: {
        always: [
          ...ASKS_CALLER,
          { guard: exhausted(step), target: way(step, 'failed') },
          {
            target: step.generate ? 'generating' : 'beforeAsking',
            actions: note((context) => ({ restartAt: context.restartAt ?? step.name })),
          },
        ],
      },
      generating: generating(step),
      sending: sending(step),
      beforeAsking: {
        always: [
          { guard: exhausted(step), target: way(step, 'failed') },
          { target: 'asking', actions: countAttempt(step.name) },
        ],
      },
      asking: asking(step),
    },
  };
}

const keepGenerated = noteOutput<OtpGenerated>((context, { ref, values }) => ({
  otpToSend: ref,
  values: { ...context.values, ...values },
}));

function generating(step: OtpStep): FlowState {
  return {
    invoke: {
      src: 'otp-generate',
      input: { step: step.name },
      onDone: [
        { guard: answered<OtpGenerated>('error', ({ outcome }) => outcome === 'error'), target: way(step, 'error') },
        {
          target: 'sending',
          guard: answered<OtpGenerated>('ours to send', ({ ref }) => ref !== null),
          actions: keepGenerated,
        },
        {
          target: 'beforeAsking',
          actions: keepGenerated,
        },
      ],
      onError: stepFault(step),
    },
  };
}

function sending(step: OtpStep): FlowState {
  const sent = note(() => ({ otpToSend: null }));
  return {
    invoke: {
      src: 'otp-send',
      input: { step: step.name },
      onDone: [
        { guard: answered<SmsOutput>('ok', ({ outcome }) => outcome === 'ok'), target: 'beforeAsking', actions: sent },
        { target: way(step, 'error'), actions: sent },
      ],
      onError: stepFault(step),
    },
  };
}

function asking(step: OtpStep): FlowState {
  const { name } = step;
  return question(
    name,
    [
      {
        guard: result('collected'),
        target: way(step, 'collected'),
        actions: noteOutput<ListenResult>((context, output) => keep(context, name, output)),
      },
      {
        guard: mayResend(step),
        target: 'generating',
        actions: note((context) => resend(context, name)),
      },
      { guard: result('cancelled'), target: way(step, 'failed') },
    ],
    'beforeAsking',
    stepFault(step),
  );
}

function keep(context: FlowContext, name: string, output: ListenResult): Partial<FlowContext> {
  const sealed = output.kind === 'collected' ? sealedOf(output.field) : null;
  if (sealed === null) return {};
  return { ...forgetError(context, name), sealed: withEntry(context.sealed, 'otp', sealed) };
}

function mayResend({ name, resends: most }: OtpStep): Way['guard'] {
  return named('resend key', ({ context, event }) => event.output.kind === 'hot-key' && resends(context, name) < most);
}

function resends(context: FlowContext, name: string): number {
  return context.resent[name] ?? 0;
}

function resend(context: FlowContext, name: string): Partial<FlowContext> {
  return {
    ...noteError(context, name, OTP_RESENT),
    resent: withEntry(context.resent, name, resends(context, name) + 1),
    used: withEntry(context.used, name, attemptsUsed(context, name) - 1),
  };
}
