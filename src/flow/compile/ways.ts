import { isError } from '../../errors';
import type { Step } from '../ast';
import { known, named, note } from './machine-setup';

/** Names of the states that every flow has beside its own steps; no step's name can hold a `$`. */
export const BUILT_IN = {
  begin: '$begin',
  load: '$load',
  noContext: '$no-context',
  startAgain: '$start-again',
  interrupted: '$interrupted',
  sessionTimeout: '$session-timeout',
  engineError: '$engine-error',
  back: '$back',
  goodbye: '$goodbye',
  hangUp: '$hang-up',
  gone: '$gone',
  done: '$done',
} as const;

/** The step or built-in state that a machine is in, from the value of its snapshot. */
export function stateIn(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? (Object.keys(value)[0] ?? '') : '';
}

/** Target of a transition: a step or a built-in state, from anywhere in the machine. */
export function to(state: string): string {
  return `#${state}`;
}

/** Where a step goes with an outcome, or null when it is not wired. */
export function exitOf(step: Step, outcome: string): string | null {
  return step.exits.find((exit) => exit.outcome === outcome)?.to ?? null;
}

/** Target of an outcome. One that is not wired (the checker refuses such flows) is an engine error, never a dead end. */
export function way(step: Step, outcome: string): string {
  return to(exitOf(step, outcome) ?? BUILT_IN.engineError);
}

export const noteGone = note(() => ({ callerGone: true }));
const noteLate = note(() => ({ late: true }));

const paymentTried = known('payment tried', ({ payment }) => payment.outcome !== 'none');

const callOver = named(
  'call over',
  ({ event }: { event: { error: unknown } }) =>
    isError(event.error, 'caller-gone') || isError(event.error, 'call-closed'),
);

/** Where an effect's failure leads: the call being over is not an error; the rest takes `target`. */
export function onFault(target: string) {
  return [
    {
      guard: callOver,
      target: to(BUILT_IN.gone),
      actions: noteGone,
    },
    { target },
  ];
}

/** The step's `error` way, or the whole-flow event when it has none. */
export function stepFault(step: Step) {
  return onFault(way(step, 'error'));
}

/** A state that needs the caller is skipped once they have gone: a payment's way leads here after a hang-up. */
export const NEEDS_CALLER = [
  { guard: known('caller gone', ({ callerGone }) => callerGone), target: to(BUILT_IN.gone) },
];

/** A call that was taken over from an engine that died goes no further than this. */
export const BRINGS_BACK = [
  { guard: known('interrupted', ({ interrupted }) => interrupted), target: to(BUILT_IN.interrupted) },
];

/** A state that asks the caller for something is not begun after the session limit, nor after an interruption. */
export const ASKS_CALLER = [
  ...NEEDS_CALLER,
  ...BRINGS_BACK,
  { guard: known('past the session limit', ({ late }) => late), target: to(BUILT_IN.sessionTimeout) },
];

/** Whole-flow events while the caller is asked: both end it at once. */
export const WHILE_ASKING = {
  HANGUP: { target: to(BUILT_IN.gone), actions: noteGone },
  SESSION_TIMEOUT: { target: to(BUILT_IN.sessionTimeout) },
};

/** While something is said: what a payment's outcome is, is said to the end before the session limit counts. */
export const WHILE_SPEAKING = {
  HANGUP: { target: to(BUILT_IN.gone), actions: noteGone },
  SESSION_TIMEOUT: [{ guard: paymentTried, actions: noteLate }, { target: to(BUILT_IN.sessionTimeout) }],
};

/**
 * While a step works that does not need the caller (connect, sms, route, set): after a payment was tried it is finished,
 * and the flow goes on to the next step that does need them, so that confirmation and receipt are sent although nobody
 * listens any more.
 */
export const WHILE_WORKING = {
  HANGUP: [
    { guard: paymentTried, actions: noteGone },
    { target: to(BUILT_IN.gone), actions: noteGone },
  ],
  SESSION_TIMEOUT: WHILE_SPEAKING.SESSION_TIMEOUT,
};

/** While money moves: nothing interrupts it. */
export const WHILE_PAYING = {
  HANGUP: { actions: noteGone },
  SESSION_TIMEOUT: { actions: noteLate },
};

/** While an agent is with the caller: the session limit cuts nobody off, and counts afterwards. */
export const WHILE_ASSISTED = {
  HANGUP: { target: to(BUILT_IN.gone), actions: noteGone },
  SESSION_TIMEOUT: { actions: noteLate },
};

/** While the caller is being given back: the session limit no longer matters. */
export const WHILE_RETURNING = {
  HANGUP: { target: to(BUILT_IN.gone), actions: noteGone },
};
