import type { SmsStep } from '../ast';
import { answered, type FlowState, type SmsOutput } from '../compile/machine-setup';
import { stepFault, way, WHILE_WORKING } from '../compile/ways';

/** Sends a message. */
export function compileSms(step: SmsStep): FlowState {
  return {
    id: step.name,
    on: WHILE_WORKING,
    invoke: {
      src: 'sms',
      input: { step: step.name },
      onDone: [
        { guard: answered<SmsOutput>('ok', ({ outcome }) => outcome === 'ok'), target: way(step, 'ok') },
        { target: way(step, 'error') },
      ],
      onError: stepFault(step),
    },
  };
}
