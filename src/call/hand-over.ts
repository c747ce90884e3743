import { messageOf } from '../errors';
import type { EndReason, ReturnRequest, ReturnResult, SayRequest } from '../ports/call';
import type { ReferResult } from '../ports/telephony';
import type { CallTools } from './call-tools';
import type { OtherFlows } from './other-flows';
import { release } from './release';
import { ReturnLeg } from './return-leg';
import type { Seat } from './seat';
import type { VoiceMute } from './voice-mute';
import { orAborted } from './waiting';

/** A target that hangs up sooner after it was joined with the caller has not taken the call. */
const BRIEF_MS = 1_000;
/** Between two rounds of what the caller hears while a target rings. */
const RINGING_PAUSE_MS = 4_000;

/** The call whose caller is handed over. */
export interface CallInHand {
  readonly id: string;
  readonly channel: string;
  readonly caller: string;
  readonly mute: VoiceMute;
  readonly seat: Seat;
  /** Why the call ends; null while it goes on. */
  readonly ending: () => EndReason | null;
  readonly speak: (request: SayRequest, within: AbortSignal) => Promise<void>;
  readonly hold: (request: SayRequest & { readonly pauseMs: number }, signal: AbortSignal) => Promise<void>;
  /** What is kept of the call is no longer true. */
  readonly changed: () => void;
  readonly hangUp: (reason: EndReason) => Promise<void>;
  /** Closes the call whose caller is not ours any more, and nobody saw why. */
  readonly leave: () => Promise<void>;
  /** Closes the call but for the caller's channel. False: the caller has gone. */
  readonly letGo: () => Promise<boolean>;
}

/**
 * How one call's caller comes to somebody else: joined here with a target that was rung, taken over by the other side, or sent
 * on to another flow by the agent who has them.
 */
export class HandOver {
  private leg: ReturnLeg | null = null;
  private joined = false;
  private asking = false;
  /** Of a REFER that another process asked for. */
  private earlierReferral: Promise<ReferResult> | null = null;
  /** Id of the target that was last to have the caller. */
  private target: string | null = null;

  constructor(
    private readonly call: CallInHand,
    private readonly tools: CallTools,
    private readonly flows: OtherFlows | null,
  ) {}

  /** Channel of the target, ringing or answered. */
  get legChannel(): string | null {
    return this.leg?.channel ?? null;
  }

  /** Caller and target are in the bridge together. */
  get isJoined(): boolean {
    return this.joined;
  }

  /** The other side is being asked to take the caller over. */
  get isAsking(): boolean {
    return this.asking;
  }

  async give(request: ReturnRequest, within: AbortSignal): Promise<ReturnResult> {
    const address = request.referTo ?? null;
    this.target = request.target;
    if (this.earlierReferral !== null) {
      const result = await this.awaitReferral(request, this.earlierReferral, within);
      if (result === 'answered' || address !== null) return result;
    }
    return address === null ? this.ring(request, within) : this.release(request, address, within);
  }

  /** Another process has asked the other side to take the caller over: what came of it answers the next request. */
  foundAsking(): void {
    this.asking = true;
    this.earlierReferral = this.tools.telephony.referred(this.call.channel);
    this.earlierReferral.then((result) => (result === 'lost' ? this.call.leave() : undefined)).catch(() => undefined);
  }

  /** Another process has joined the caller with this leg. False: the leg has gone. */
  async found(channel: string): Promise<boolean> {
    this.leg = this.newLeg(channel);
    this.joined = await this.leg.stillThere();
    return this.joined;
  }

  /** Ends the target's leg, if there is one. Never rejects. */
  async hangUpLeg(): Promise<void> {
    await this.leg?.hangUp();
  }

  private newLeg(channel: string): ReturnLeg {
    const hungUp = (): void => void this.call.hangUp('agent');
    return new ReturnLeg(channel, this.tools, hungUp, (number) => void this.sendTo(number, channel));
  }

  /** Keys that are still to come would reach the target: the caller goes once they have been quiet. */
  private async release(request: ReturnRequest, address: string, within: AbortSignal): Promise<ReturnResult> {
    const { call } = this;
    await call.speak({ media: request.media, words: request.words, bargein: false }, within);
    await orAborted(call.mute.release(within), within);
    this.asking = true;
    call.changed();
    call.seat.left();
    const farewell = { returnTo: request.endpoint, payment: request.payment };
    return this.awaitReferral(request, this.tools.telephony.refer(call.channel, address, farewell), within);
  }

  private async awaitReferral(
    { ringMs }: ReturnRequest,
    referral: Promise<ReferResult>,
    within: AbortSignal,
  ): Promise<ReturnResult> {
    const { call } = this;
    try {
      const result = await release({ ringMs, referral }, this.tools.clock, within);
      if (result === 'answered') void call.hangUp('handed-on');
      if (result !== 'lost') return result;
      await call.leave();
      within.throwIfAborted();
      return 'failed';
    } catch (error) {
      if (call.ending() !== 'handed-on') throw error;
      return 'answered';
    } finally {
      this.asking = false;
      this.earlierReferral = null;
      call.changed();
    }
  }

  /** The agent who has the caller sends them to another number: that of a flow, and nothing else. */
  private async sendTo(number: string, leg: string): Promise<void> {
    const { call, flows } = this;
    const talking = this.joined && call.ending() === null && this.leg?.channel === leg;
    const accepted = talking && flows?.answers(number) === true;
    const { telephony, logger } = this.tools;
    logger.info('referral', { call: call.id, target: this.target ?? '', outcome: accepted ? 'accepted' : 'refused' });
    await telephony.answerReferral(leg, accepted).catch((error: unknown) => {
      logger.warn('command-failed', { call: call.id, reason: 'answer referral', error: messageOf(error) });
    });
    if (!accepted || call.ending() !== null || !(await call.letGo())) return;
    flows.take({ channel: call.channel, caller: call.caller, did: number, adopted: false }, this.target);
  }

  private async ring(request: ReturnRequest, within: AbortSignal): Promise<ReturnResult> {
    // Taken over from a process that died between the answer and its flow's next state.
    if (this.joined) return 'answered';
    // Before anything plays, as joining the bridge would wait for its end; and before anybody could come there.
    await this.call.seat.take();
    for (let again = false; ; again = true) {
      const leg = this.newLeg(this.tools.ids('leg'));
      const result = await this.ringLeg(leg, request, within);
      // Asterisk drops whoever answers while the connection to it is lost: that is no answer to the caller's question.
      if (again || !leg.wentUnseen) return result;
    }
  }

  private async ringLeg(leg: ReturnLeg, request: ReturnRequest, within: AbortSignal): Promise<ReturnResult> {
    const { call } = this;
    const { media, words } = request;
    const waiting = new AbortController();
    const music = call.hold({ media, words, bargein: false, pauseMs: RINGING_PAUSE_MS }, waiting.signal);
    music.catch(() => undefined);
    this.leg = leg;
    call.changed();
    try {
      const result = await leg.ring(request, { channel: call.channel, number: call.caller }, within);
      waiting.abort();
      await orAborted(music, within);
      if (result !== 'answered') {
        this.leg = null;
        return result;
      }
      if (await this.join(leg, within)) return 'answered';
      this.leg = null;
      return 'no-answer';
    } catch (error) {
      // An agent who cannot be joined, or cannot hear the caller, is not left in silence while the flow goes on to the next.
      this.joined = false;
      await leg.hangUp();
      if (call.ending() === null) this.leg = null;
      throw error;
    } finally {
      waiting.abort();
    }
  }

  /** False: the target hung up just as the caller came. */
  private async join(leg: ReturnLeg, within: AbortSignal): Promise<boolean> {
    const { call } = this;
    try {
      // Whoever joins must not hear the caller before the guard stands.
      await orAborted(call.mute.engage(), within);
      await orAborted(this.tools.telephony.addToBridge(call.seat.bridge, leg.channel, false), within);
      this.joined = true;
      call.changed();
      await orAborted(call.mute.release(within), within);
      await leg.stays(BRIEF_MS, within);
    } catch (error) {
      if (within.aborted || !leg.isGone) throw error;
    }
    this.joined = leg.talk();
    return this.joined;
  }
}
