import type { Connector } from '../../../connector/ast';
import type { EndReason, ListenRequest, ReturnRequest, ReturnResult } from '../../../ports/call';
import type { CallEvent } from '../../../ports/call-events';
import type { Logger } from '../../../ports/logger';
import type { PaymentRequest } from '../../../ports/payments';
import type { Prompts } from '../../../ports/prompts';
import type { ReturnTargets } from '../../../ports/return-targets';
import { MemoryCardVault } from '../../../card/vault';
import type { CompiledFlow } from '../../compile/compile-flow';
import type { FlowContext } from '../../compile/context';
import { BUILT_IN, stateIn } from '../../compile/ways';
import { stepRule } from '../../vocabulary';
import type { FlowTools } from '../flow-tools';
import type { StoredFlow } from '../restore';
import { runFlow } from '../run-flow';
import { Keypad } from './keypad';
import type { Act, Decider, Moment, Option } from './moments';
import { Questions } from './questions';
import { SimulatedCall, type CallWorld, type ListenOnce, type SimulatedCaller } from './simulated-call';
import { SimulatedConnectors, type SentRequest } from './simulated-connectors';
import { SimulatedPayments, type PaymentWorld } from './simulated-payments';
import { SimulatedSessions } from './simulated-sessions';
import { VirtualClock } from './virtual-clock';
import type { Waypoint } from './waypoint';

/** What flows are simulated against; one set serves every simulation. */
export interface SimulationWorld {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly prompts: Prompts;
  readonly targets: ReturnTargets;
  readonly listenOnce: ListenOnce;
  /** Wall clock at the beginning of the call, ms since the epoch: decides which cards have expired. */
  readonly startAt: number;
}

/** What a simulation tells beside the call's own events. */
export type SimulationEvent =
  | CallEvent
  | { readonly type: 'sent'; readonly request: SentRequest }
  | { readonly type: 'charged'; readonly request: PaymentRequest }
  | { readonly type: 'played'; readonly media: readonly string[] }
  | { readonly type: 'silence'; readonly ms: number }
  /** The machine stands in another state: a step's name, or a built-in state. */
  | { readonly type: 'state'; readonly state: string; readonly context: FlowContext };

/** `at`: ms since the call came in; `step`: the step, or built-in state, of the flow. */
export type TellSimulation = (event: SimulationEvent, at: number, step: string) => void;

export type SimulationEnd =
  | { readonly kind: 'ended'; readonly reason: EndReason; readonly returnedTo: string | null }
  /** The decider did not want to know more. */
  | { readonly kind: 'abandoned' };

/** How long a target may take to say that it is busy or cannot be reached, or to answer. */
const RING_ANSWER_MS = 5_000;
/** So many steps without a moment of time passing are no call any more. */
const MOST_STEPS_AT_ONCE = 1_000;

const nothing = (): void => undefined;
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** How a machine stands: the value of its state, and what the flow knows. */
export interface Standing {
  readonly value: unknown;
  readonly context: FlowContext;
}

/**
 * One call through a flow as the engine runs it (the compiled machine, `runFlow`, the fields' rules, the vault), in a world
 * where time is virtual and a decider answers for everybody outside. It begins at its beginning, or where another one came to.
 */
export class Simulation {
  readonly clock: VirtualClock;
  readonly call: SimulatedCall;
  private readonly vault: MemoryCardVault;
  private readonly payments: SimulatedPayments;
  private readonly keypad: Keypad;
  private standing: Standing | null = null;
  private stored: StoredFlow | null = null;
  private state: string;
  private readonly questions: Questions;
  private said: string | null = null;
  private waitUntil = 0;
  private silentFor: ListenRequest | null = null;
  private returnedTo: string | null = null;
  private stepsAtOnce = 0;
  private made: number;
  private ended: EndReason | null = null;
  private abandoned = false;

  constructor(
    private readonly compiled: CompiledFlow,
    caller: SimulatedCaller,
    private readonly world: SimulationWorld,
    private readonly decider: Decider,
    private readonly tell: TellSimulation,
    private readonly from: Waypoint | null = null,
  ) {
    this.state = from?.state ?? BUILT_IN.begin;
    this.made = from?.made ?? 0;
    this.clock = new VirtualClock(world.startAt, from?.elapsed);
    this.questions = new Questions(this.clock);
    // Empty also on the way from a waypoint: nobody in this world reads a field of a step before.
    this.vault = new MemoryCardVault({ clock: this.clock, makeId: this.makeId });
    this.call = new SimulatedCall(caller, this.callWorld(), from?.call);
    this.payments = new SimulatedPayments(this.paymentWorld(), from?.settled);
    this.keypad = new Keypad(this.clock, (key) => {
      this.call.press(key);
    });
    this.keypad.goOn(from?.pressing ?? []);
  }

  /** How the machine stands; null before its first state. */
  get now(): Standing | null {
    return this.standing;
  }

  /**
   * The call as it has just come to a step, for other simulations to go on from; null: something is under way that they would not
   * know of. To be asked for when a `state` is told.
   */
  waypoint(): Waypoint | null {
    const { stored, standing, state, made, keypad, clock } = this;
    if (stored === null || standing === null || this.call.isOver) return null;
    const onlyLimit = clock.running().length === 1 + keypad.pending.length && clock.isDue(standing.context.deadline);
    if (!onlyLimit || this.said !== null || this.questions.first !== null) return null;
    return {
      flow: stored,
      state,
      made,
      elapsed: clock.monotonic(),
      pressing: keypad.pending,
      call: this.call.memory,
      settled: this.payments.known,
    };
  }

  async run(): Promise<SimulationEnd> {
    const { compiled, call, watch, from } = this;
    const keep = (stored: StoredFlow): void => {
      this.stored = stored;
    };
    const restore = from === null ? {} : ({ restore: from.flow, restored: 'as-it-was' } as const);
    void runFlow({ compiled, call, watch, keep, ...restore }, this.tools()).then(({ reason }) => {
      this.ended = reason;
    });
    for (;;) {
      await everythingAtHand();
      if (this.ended !== null) return { kind: 'ended', reason: this.ended, returnedTo: this.returnedTo };
      this.stepsAtOnce = 0;
      const moment = this.moment();
      if (moment !== null) {
        const act = await this.decider.decide(moment);
        if (act.act === 'abandon') return this.abandon();
        this.carryOut(act);
      } else if (!this.clock.step()) {
        // Nothing is left that could happen: only the session limit could have, and it has passed.
        this.call.end('failure');
      }
    }
  }

  /** Nothing may be left behind: a walk makes thousands of these. */
  private abandon(): SimulationEnd {
    this.abandoned = true;
    this.call.end('failure');
    return { kind: 'abandoned' };
  }

  private moment(): Moment | null {
    const { state: step } = this;
    const question = this.questions.first;
    if (this.said !== null) return { kind: 'said', step, words: this.said };
    if (question !== null) return { kind: 'question', step, question };
    const request = this.call.awaiting;
    if (request === null || this.keypad.isBusy || request === this.silentFor) return null;
    return this.clock.monotonic() < this.waitUntil ? null : { kind: 'keys', step, request };
  }

  private carryOut(act: Exclude<Act, { act: 'abandon' }>): void {
    const wasSaid = this.said !== null;
    this.said = null;
    switch (act.act) {
      case 'answer':
        this.questions.answer(act);
        break;
      case 'key':
        this.keypad.type(act.keys);
        this.silentFor = this.call.awaiting;
        break;
      case 'wait':
        this.waitUntil = this.clock.monotonic() + act.ms;
        this.clock.after(act.ms, nothing);
        break;
      case 'keep-silent':
        this.silentFor = this.call.awaiting;
        break;
      case 'hang-up':
        this.call.end('caller');
        break;
      case 'run-out-of-time':
        if (this.standing !== null) this.clock.hasten(this.standing.context.deadline);
        break;
      case 'listen':
        if (!wasSaid) throw new Error('there is nothing to listen to');
    }
  }

  private async ring(request: ReturnRequest): Promise<ReturnResult> {
    const options = Object.keys(stepRule('return').outcomes).map((outcome): Option => ({
      outcome,
      takesMs: outcome === 'no-answer' ? request.ringMs : RING_ANSWER_MS,
      values: {},
    }));
    const about = `${request.target} rings`;
    const { outcome } = await this.questions.ask({ kind: 'return', about, of: request.target, options });
    if (outcome === 'answered') {
      this.returnedTo = request.target;
      // They talk; then the agent hangs up.
      this.clock.after(0, () => {
        this.call.end('agent');
      });
    }
    return outcome as ReturnResult;
  }

  private callWorld(): CallWorld {
    return {
      clock: this.clock,
      listenOnce: this.world.listenOnce,
      record: this.record,
      onSay: (words) => (this.said = words),
      onPlay: (media) => {
        this.emit({ type: 'played', media });
      },
      onSilence: (ms) => {
        this.emit({ type: 'silence', ms });
      },
      ring: (request) => this.ring(request),
    };
  }

  private paymentWorld(): PaymentWorld {
    const { vault, record } = this;
    const { ask } = this.questions;
    const onCharge = (request: PaymentRequest): void => {
      this.emit({ type: 'charged', request });
    };
    return { connectors: this.world.connectors, vault, record, onCharge, ask };
  }

  private tools(): FlowTools {
    const { vault, record, payments } = this;
    const { ask } = this.questions;
    const { connectors, prompts, targets } = this.world;
    const onSent = (request: SentRequest): void => {
      this.emit({ type: 'sent', request });
    };
    return {
      connectors: new SimulatedConnectors({ connectors, vault, record, onSent, ask }),
      payments,
      sessions: new SimulatedSessions({ call: this.call, ask }),
      vault,
      prompts,
      targets,
      clock: this.clock,
      ids: this.makeId,
      record: (_call, event) => {
        record(event);
      },
      logger: SILENT,
    };
  }

  private readonly watch = (value: unknown, context: FlowContext): void => {
    this.standing = { value, context };
    const state = stateIn(value);
    if (state === this.state) return;
    this.state = state;
    this.emit({ type: 'state', state, context });
    if (++this.stepsAtOnce > MOST_STEPS_AT_ONCE) this.call.end('failure');
  };

  private readonly record = (event: CallEvent): void => {
    this.emit(event);
  };

  private emit(event: SimulationEvent): void {
    if (!this.abandoned) this.tell(event, this.clock.monotonic(), this.state);
  }

  private readonly makeId = (prefix: string): string => `${prefix}_${(this.made += 1)}`;
}

/** Resolves once every promise that can settle without time passing has. */
function everythingAtHand(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
