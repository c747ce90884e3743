import { HushtoneError, isError, messageOf } from '../../errors';
import type { FlowContext } from '../compile/context';
import type { EffectInput } from '../compile/machine-setup';
import type { Run } from './flow-tools';

/** What a state asks an effect for, and the context as it is then. */
export type Asked<Input extends EffectInput = EffectInput> = Input & { readonly context: FlowContext };

/** An effect of one run. `signal` is aborted when the machine leaves the state that asked for it. */
export type Effect<Output, Input extends EffectInput> = (input: Asked<Input>, signal: AbortSignal) => Promise<Output>;

/**
 * One effect of the machine. A failure is reported here, once, before the machine takes the step's `error` way; the call
 * being over is no failure. An effect whose state was left says nothing any more: its promise is nobody's.
 */
export function effect<Output, Input extends EffectInput>(run: Run, act: Effect<Output, Input>): Effect<Output, Input> {
  return async (input, signal) => {
    // The step is recorded as entered by an observer of the machine, which runs after actors have started.
    await Promise.resolve();
    signal.throwIfAborted();
    try {
      return await act(input, signal);
    } catch (error) {
      if (!signal.aborted && !isCallOver(error)) reportFailure(run, input.step, error);
      throw error;
    }
  };
}

export function isCallOver(error: unknown): boolean {
  return isError(error, 'caller-gone') || isError(error, 'call-closed');
}

export function reportFailure(run: Run, step: string, error: unknown): void {
  const code = error instanceof HushtoneError ? error.code : 'engine-error';
  run.tools.record(run.call.id, { type: 'failed', code, reason: messageOf(error) });
  run.tools.logger.error('step-failed', { call: run.call.id, flow: run.flow.id, step, code, error: messageOf(error) });
}
