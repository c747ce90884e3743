import { fromPromise, type Actor, type AnyActor } from 'xstate';
import { HushtoneError } from '../../errors';
import type { FlowMachine } from '../compile/compile-flow';
import type { EffectInput } from '../compile/machine-setup';
import { connectActor } from './connect-actor';
import type { Effect } from './effect';
import type { Run } from './flow-tools';
import { listenActor } from './listen-actor';
import { loadContextActor } from './load-context';
import { otpGenerateActor, otpSendActor } from './otp-actors';
import { payActor } from './pay-actor';
import { hangUpActor, returnActor, talkActor } from './return-actor';
import { sayActor } from './say-actor';
import { assistActor, linkActor, sendLinkActor } from './session-actors';
import { smsActor } from './sms-actor';
import { newAttemptActor, routeActor, setActor } from './value-actors';

/** The effects of one run, by the names that the machine invokes them by. */
function effectsOf(run: Run) {
  return {
    'load-context': loadContextActor(run),
    say: sayActor(run),
    listen: listenActor(run),
    connect: connectActor(run),
    route: routeActor(run),
    set: setActor(run),
    'otp-generate': otpGenerateActor(run),
    'otp-send': otpSendActor(run),
    sms: smsActor(run),
    'send-link': sendLinkActor(run),
    link: linkActor(run),
    assist: assistActor(run),
    'new-attempt': newAttemptActor(run),
    pay: payActor(run),
    return: returnActor(run),
    talk: talkActor(run),
    'hang-up': hangUpActor(run),
  };
}

type Effects = ReturnType<typeof effectsOf>;

export type FlowActor = Actor<FlowMachine>;

/**
 * The machine of a flow with its effects, one for all calls: giving a machine its effects builds it anew, which takes XState
 * longer than all the rest of a call. Which run an effect belongs to is told by the actor system, of which each run has its own.
 */
export class RunningMachine {
  readonly machine: FlowMachine;
  private readonly running = new WeakMap<
    AnyActor['system'],
    { readonly actor: FlowActor; readonly effects: Effects }
  >();

  constructor(compiled: FlowMachine) {
    this.machine = compiled.provide({
      actors: {
        'load-context': this.actor((effects) => effects['load-context']),
        say: this.actor((effects) => effects.say),
        listen: this.actor((effects) => effects.listen),
        connect: this.actor((effects) => effects.connect),
        route: this.actor((effects) => effects.route),
        set: this.actor((effects) => effects.set),
        'otp-generate': this.actor((effects) => effects['otp-generate']),
        'otp-send': this.actor((effects) => effects['otp-send']),
        sms: this.actor((effects) => effects.sms),
        'send-link': this.actor((effects) => effects['send-link']),
        link: this.actor((effects) => effects.link),
        assist: this.actor((effects) => effects.assist),
        'new-attempt': this.actor((effects) => effects['new-attempt']),
        pay: this.actor((effects) => effects.pay),
        return: this.actor((effects) => effects.return),
        talk: this.actor((effects) => effects.talk),
        'hang-up': this.actor((effects) => effects['hang-up']),
      },
    });
  }

  /** Says whose effects an actor of this machine runs. Before it is started. */
  belongsTo(actor: FlowActor, run: Run): void {
    this.running.set(actor.system, { actor, effects: effectsOf(run) });
  }

  private actor<Output, Input extends EffectInput>(choose: (effects: Effects) => Effect<Output, Input>) {
    return fromPromise<Output, Input>(({ input, signal, system }) => {
      const running = this.running.get(system);
      if (running === undefined) throw new HushtoneError('flow-invalid', 'its actor was started for no run');
      const { context } = running.actor.getSnapshot();
      return choose(running.effects)({ ...input, context }, signal);
    });
  }
}
