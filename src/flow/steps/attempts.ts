import type { FlowContext } from '../compile/context';
import { withEntry, withoutEntry } from '../compile/context';
import { known, note } from '../compile/machine-setup';

/** Attempts count per step over the whole call (flow language, "Expressions"), so a loop of steps cannot ask for ever. */
export function attemptsUsed(context: FlowContext, step: string): number {
  return context.used[step] ?? 0;
}

/** The guard of a step entered with no attempt left: it fails at once. */
export function exhausted(step: { readonly name: string; readonly attempts: number }) {
  return known('no attempt left', (context) => attemptsUsed(context, step.name) >= step.attempts);
}

/** Counts an attempt as it begins. */
export function countAttempt(step: string) {
  return note((context) => countedAttempt(context, step));
}

export function countedAttempt(context: FlowContext, step: string): Pick<FlowContext, 'used'> {
  return { used: withEntry(context.used, step, attemptsUsed(context, step) + 1) };
}

/** What is asked for an attempt: its number and what was wrong before. */
export function attemptInput(step: string, context: FlowContext) {
  return { step, attempt: attemptsUsed(context, step), error: context.errors[step] ?? null };
}

export function noteError(context: FlowContext, step: string, error: string): Pick<FlowContext, 'errors'> {
  return { errors: withEntry(context.errors, step, error) };
}

export function forgetError(context: FlowContext, step: string): Pick<FlowContext, 'errors'> {
  return { errors: withoutEntry(context.errors, step) };
}
