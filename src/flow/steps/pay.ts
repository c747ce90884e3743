import type { PayStep } from '../ast';
import type { FlowContext } from '../compile/context';
import { withoutEntry } from '../compile/context';
import type { FlowState, PayOutput } from '../compile/machine-setup';
import { answered, note, noteOutput } from '../compile/machine-setup';
import { ASKS_CALLER, BUILT_IN, onFault, to, way, WHILE_ASKING, WHILE_PAYING } from '../compile/ways';

/**
 * Takes one payment. Its attempt has an id, in the context, before anything is sent, so that a restored flow can ask what
 * became of it. While money moves nothing interrupts: a hang-up and the session limit are noted, and looked at afterwards.
 */
export function compilePay(step: PayStep): FlowState {
  return {
    id: step.name,
    initial: 'numbering',
    states: { numbering: numbering(step), taking: taking(step) },
  };
}

function numbering(step: PayStep): FlowState {
  return {
    always: ASKS_CALLER,
    on: WHILE_ASKING,
    invoke: {
      src: 'new-attempt',
      input: { step: step.name },
      onDone: {
        target: 'taking',
        actions: noteOutput<string>((context, attempt) => ({ payment: { ...context.payment, attempt } })),
      },
      onError: onFault(way(step, 'error')),
    },
  };
}

function taking(step: PayStep): FlowState {
  return {
    on: WHILE_PAYING,
    invoke: {
      src: 'pay',
      input: ({ context }) => ({ step: step.name, attempt: context.payment.attempt ?? '' }),
      onDone: [
        {
          guard: answered<PayOutput>('start-again', ({ outcome }) => outcome === 'start-again'),
          target: to(BUILT_IN.startAgain),
        },
        ...step.exits.map((exit) => ({
          guard: answered<PayOutput>(exit.outcome, ({ outcome }) => outcome === exit.outcome),
          target: to(exit.to),
          actions: noteOutput<PayOutput>(settled),
        })),
        { target: way(step, 'unknown'), actions: note((context) => settled(context, UNKNOWN)) },
      ],
      // The actor turns every fault into an outcome. If it fails all the same, nobody may say that nothing was charged.
      onError: { target: way(step, 'unknown'), actions: note((context) => settled(context, UNKNOWN)) },
    },
  };
}

const UNKNOWN: PayOutput = { outcome: 'unknown', reference: '' };

/** After `otp-invalid` the card is kept for the corrected OTP; after any other answer its slots are gone. */
function settled(
  context: FlowContext,
  { outcome, reference, token = context.payment.token }: PayOutput,
): Partial<FlowContext> {
  if (outcome === 'start-again') return {};
  const payment = { ...context.payment, outcome, reference, token };
  if (outcome === 'otp-invalid') return { payment, sealed: withoutEntry(context.sealed, 'otp') };
  return { payment, sealed: {}, restartAt: null };
}
