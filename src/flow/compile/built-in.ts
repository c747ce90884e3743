import type { Flow, Step } from '../ast';
import { NO_CONTEXT } from '../vocabulary';
import type { FlowState, LoadedContext } from './machine-setup';
import { answered, known, note, noteOutput } from './machine-setup';
import { ringAndTalk } from './ring-and-talk';
import { BRINGS_BACK, BUILT_IN, NEEDS_CALLER, noteGone, onFault, to, WHILE_SPEAKING } from './ways';

/** What the built-in states say; ids of the prompt catalogue. `flow check` wants them recorded like any other. */
export const BUILT_IN_PROMPTS: Readonly<Record<string, string>> = {
  [BUILT_IN.noContext]: 'call-details-missing',
  [BUILT_IN.startAgain]: 'engine-restarted',
  [BUILT_IN.interrupted]: 'call-interrupted',
  [BUILT_IN.sessionTimeout]: 'session-timeout',
  [BUILT_IN.engineError]: 'engine-error',
  [BUILT_IN.back]: 'returning-to-agent',
  [BUILT_IN.goodbye]: 'agent-not-available',
};

type FlowEventName = 'hangup' | 'session-timeout' | 'engine-error';

const HANGUP_IS_GONE = { HANGUP: { target: to(BUILT_IN.gone), actions: noteGone } };

/** The states of every flow that no file writes: the beginning, the ends, and what happens when things go wrong. */
export function builtInStates(flow: Flow): Record<string, FlowState> {
  return {
    [BUILT_IN.begin]: begin(),
    [BUILT_IN.load]: load(flow),
    [BUILT_IN.noContext]: apology(BUILT_IN.noContext),
    [BUILT_IN.startAgain]: startAgain(flow),
    [BUILT_IN.interrupted]: apology(BUILT_IN.interrupted),
    [BUILT_IN.sessionTimeout]: wholeFlowEvent(flow, 'session-timeout', BUILT_IN.sessionTimeout),
    [BUILT_IN.engineError]: wholeFlowEvent(flow, 'engine-error', BUILT_IN.engineError),
    [BUILT_IN.back]: back(),
    [BUILT_IN.goodbye]: { ...saying(BUILT_IN.goodbye, to(BUILT_IN.hangUp)), id: BUILT_IN.goodbye },
    [BUILT_IN.hangUp]: hangUp(BUILT_IN.hangUp),
    [BUILT_IN.gone]: gone(flow),
    [BUILT_IN.done]: { id: BUILT_IN.done, type: 'final' },
  };
}

function begin(): FlowState {
  return {
    id: BUILT_IN.begin,
    always: [
      ...BRINGS_BACK,
      { guard: known('digits are lost', ({ restarting }) => restarting), target: to(BUILT_IN.startAgain) },
      { target: to(BUILT_IN.load) },
    ],
  };
}

function load(flow: Flow): FlowState {
  const withoutContext = flow.steps.has(NO_CONTEXT) ? NO_CONTEXT : BUILT_IN.noContext;
  const keep = noteOutput<LoadedContext>((_context, { values, transfer }) => ({ values, transfer }));
  return {
    id: BUILT_IN.load,
    on: WHILE_SPEAKING,
    invoke: {
      src: 'load-context',
      input: { step: BUILT_IN.load },
      onDone: [
        ...BRINGS_BACK.map((way) => ({ ...way, actions: keep })),
        {
          guard: answered<LoadedContext>('order known', ({ complete }) => complete),
          target: to(flow.start),
          actions: keep,
        },
        { target: to(withoutContext), actions: keep },
      ],
      onError: onFault(to(BUILT_IN.engineError)),
    },
  };
}

/** Says the state's built-in prompt and goes on, also when it cannot be said. */
function saying(state: string, next: string): FlowState {
  return {
    always: NEEDS_CALLER,
    on: HANGUP_IS_GONE,
    invoke: {
      src: 'say',
      input: { step: state },
      onDone: { target: next },
      onError: onFault(next),
    },
  };
}

function apology(state: string): FlowState {
  return { ...saying(state, to(BUILT_IN.back)), id: state };
}

/** A whole-flow event takes the step that the flow names for it, once; else it apologises and returns the caller. */
function wholeFlowEvent(flow: Flow, event: FlowEventName, state: string): FlowState {
  return {
    id: state,
    initial: 'choosing',
    states: {
      choosing: { always: [...NEEDS_CALLER, ...override(flow, event), { target: 'saying' }] },
      saying: saying(state, to(BUILT_IN.back)),
    },
  };
}

function override(flow: Flow, event: FlowEventName) {
  const target = flow.on[event];
  if (target === undefined) return [];
  return [
    {
      guard: known(`first ${event}`, ({ handled }) => !handled.includes(event)),
      target: to(target),
      actions: note((context) => ({ handled: [...context.handled, event], late: false })),
    },
  ];
}

/**
 * A call whose digits are lost (another process took it over, or a payment proved never sent) says so and goes back to the
 * first sensitive step of its payment.
 */
function startAgain(flow: Flow): FlowState {
  const targets = [...flow.steps.values()].filter(canRestart).map(({ name }) => ({
    guard: known(`began with ${name}`, ({ restartAt }) => restartAt === name),
    target: to(name),
    actions: note(() => ({ restartAt: null, restarting: false, sealed: {}, otpToSend: null })),
  }));
  return {
    id: BUILT_IN.startAgain,
    initial: 'begin',
    states: {
      begin: { always: [...BRINGS_BACK, { target: 'saying' }] },
      saying: saying(BUILT_IN.startAgain, to(`${BUILT_IN.startAgain}-at`)),
      choosing: {
        id: `${BUILT_IN.startAgain}-at`,
        always: [...targets, { target: to(BUILT_IN.engineError) }],
      },
    },
  };
}

function canRestart(step: Step): boolean {
  return step.kind === 'otp' || (step.kind === 'collect' && step.sensitive);
}

/** Returns the caller to where they came from, or to the default target; if nobody answers, says so and hangs up. */
function back(): FlowState {
  const goodbye = to(BUILT_IN.goodbye);
  return {
    id: BUILT_IN.back,
    always: NEEDS_CALLER,
    ...ringAndTalk(BUILT_IN.back, { noAnswer: goodbye, busy: goodbye, failed: goodbye, fault: onFault(goodbye) }),
  };
}

/** Ends the call, and then the flow. */
export function hangUp(step: string): FlowState {
  return {
    id: step,
    invoke: {
      src: 'hang-up',
      input: { step },
      onDone: { target: to(BUILT_IN.done) },
      onError: { target: to(BUILT_IN.done) },
    },
  };
}

/** The caller is gone: the flow's `hangup` step may still tell somebody; a step that needs the caller ends it. */
function gone(flow: Flow): FlowState {
  return { id: BUILT_IN.gone, always: [...override(flow, 'hangup'), { target: to(BUILT_IN.done) }] };
}
