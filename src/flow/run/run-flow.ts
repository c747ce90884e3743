import { createActor, type SnapshotFrom } from 'xstate';
import { messageOf } from '../../errors';
import type { Call, EndReason } from '../../ports/call';
import type { Timer } from '../../ports/clock';
import type { KeptFlow } from '../../ports/kept-calls';
import type { CompiledFlow, FlowMachine } from '../compile/compile-flow';
import type { FlowContext, FlowInput, PaymentFacts } from '../compile/context';
import type { FlowEvent } from '../compile/machine-setup';
import { stateIn } from '../compile/ways';
import { reportFailure } from './effect';
import { RunningMachine, type FlowActor } from './flow-actors';
import type { FlowTools, Run } from './flow-tools';
import { planContinuation, planResumption, planReturn, type Resumption, type StoredFlow } from './restore';

export interface FlowRun {
  readonly compiled: CompiledFlow;
  readonly call: Call;
  /** A run of this call that another process began. */
  readonly restore?: KeptFlow;
  /**
   * How it goes on: `ask-again` starts the payment again whose digits died, and wants the same version of the flow;
   * `bring-back` (the default) tells the caller of an interruption and returns them; `as-it-was` is for a simulation, which loses
   * nothing.
   */
  readonly restored?: 'ask-again' | 'bring-back' | 'as-it-was';
  /** Keeps the run's state after each change, for `restore`. What it throws is logged, and costs no call. */
  readonly keep?: (stored: StoredFlow) => void;
  /** Sees each state of the machine: its value and context. For a simulation; must not throw. */
  readonly watch?: (value: unknown, context: FlowContext) => void;
}

export interface FlowEnd {
  readonly reason: EndReason;
  readonly payment: PaymentFacts;
}

/**
 * Runs a flow for one call, from the answer to the end of the call, and resolves when nothing of either is left: the call is
 * over, no timer runs, and no slot of the vault is the call's, but those of a payment that is still under way.
 *
 * Never rejects for what happens in the call: whatever fails takes the way that the flow, or the built-in states, have for it.
 * @throws HushtoneError `flow-invalid` when `restore` cannot be gone on with.
 */
export async function runFlow(flowRun: FlowRun, tools: FlowTools): Promise<FlowEnd> {
  const { compiled, call, restore } = flowRun;
  const resumption = restore === undefined ? null : planOf(flowRun, restore, tools);
  const run: Run = {
    flow: compiled.flow,
    evaluate: compiled.evaluate,
    call,
    tools,
    restoredAttempt: resumption?.context.payment.attempt ?? null,
    interrupted: resumption?.context.interrupted ?? false,
    paying: false,
  };
  const actor = actorOf(compiled, run, resumption);
  const { id: flow, version } = compiled.flow;
  if (resumption === null) {
    tools.record(call.id, { type: 'call-started', caller: call.caller, did: call.did, flow, version });
  } else {
    tools.record(call.id, { type: 'call-resumed', flow, version });
  }
  const over = follow(actor, run, flowRun);
  actor.start();
  const deadline = armDeadline(actor, run);
  void call.ended.then(() => {
    if (!run.paying) tools.vault.wipeOwner(call.id);
    send(actor, { type: 'HANGUP' });
  });
  try {
    const reason = await over;
    await call.hangUp(reason);
    return { reason: await call.ended, payment: actor.getSnapshot().context.payment };
  } finally {
    deadline.cancel();
    actor.stop();
    if (!run.paying) tools.vault.wipeOwner(call.id);
  }
}

function planOf({ compiled: { flow }, restored }: FlowRun, stored: KeptFlow, { vault }: FlowTools): Resumption {
  if (restored === 'as-it-was') return planContinuation(flow, stored);
  return restored === 'ask-again' ? planResumption(flow, stored, vault) : planReturn(flow, stored);
}

/** Made at the first call of each flow; gone with the flow. */
const RUNNING = new WeakMap<FlowMachine, RunningMachine>();

function actorOf(compiled: CompiledFlow, run: Run, resumption: Resumption | null): FlowActor {
  const running = RUNNING.get(compiled.machine) ?? new RunningMachine(compiled.machine);
  RUNNING.set(compiled.machine, running);
  const input = resumption?.kind === 'start-again' ? resumption.input : newInput(run);
  const from = resumption?.kind === 'as-it-was' ? { input, snapshot: resumption.snapshot } : { input };
  const actor = createActor(running.machine, from);
  running.belongsTo(actor, run);
  return actor;
}

function newInput({ flow, call, tools }: Run): FlowInput {
  return {
    call: {
      id: call.id,
      caller: call.caller,
      did: call.did,
      flow: flow.id,
      version: flow.version,
      language: flow.didLanguages[call.did] ?? flow.languages[0] ?? 'en',
    },
    languages: flow.languages,
    deadline: tools.clock.now() + flow.sessionTimeoutMs,
    resume: null,
  };
}

/** Records each step and keeps each state. Resolves when the machine is done, with why the call is then to be ended. */
function follow(actor: FlowActor, run: Run, { keep, watch }: FlowRun): Promise<'engine' | 'failure'> {
  let last = '';
  let seen: SnapshotFrom<FlowMachine> | null = null;
  const see = (snapshot: SnapshotFrom<FlowMachine>): void => {
    // XState tells also of an event that changed nothing.
    if (snapshot === seen) return;
    seen = snapshot;
    if (keep !== undefined) keepState(actor, run, keep);
    watch?.(snapshot.value, snapshot.context);
    const step = stateIn(snapshot.value);
    if (step === last) return;
    last = step;
    if (run.flow.steps.has(step)) run.tools.record(run.call.id, { type: 'step-entered', step });
  };
  return new Promise((resolve) => {
    actor.subscribe({
      next: see,
      complete: () => {
        resolve('engine');
      },
      // Without an observer XState throws the error where nobody can catch it, which would end every call.
      error: (error) => {
        reportFailure(run, last, error);
        resolve('failure');
      },
    });
  });
}

/** XState would throw what an observer throws where nobody can catch it. */
function keepState(actor: FlowActor, run: Run, keep: NonNullable<FlowRun['keep']>): void {
  try {
    keep({ version: run.flow.version, snapshot: actor.getPersistedSnapshot() });
  } catch (error) {
    run.tools.logger.error('flow-not-kept', { call: run.call.id, flow: run.flow.id, error: messageOf(error) });
  }
}

/** The session limit is a time in the context, so that a restored run has what was left of it. */
function armDeadline(actor: FlowActor, { tools }: Run): Timer {
  const left = actor.getSnapshot().context.deadline - tools.clock.now();
  return tools.clock.after(Math.max(0, left), () => {
    send(actor, { type: 'SESSION_TIMEOUT' });
  });
}

function send(actor: FlowActor, event: FlowEvent): void {
  if (actor.getSnapshot().status === 'active') actor.send(event);
}
