import { HushtoneError, messageOf, type ErrorCode } from '../errors';
import type {
  Call,
  CallTransfer,
  EndReason,
  ListenRequest,
  ListenResult,
  ReturnRequest,
  ReturnResult,
  SayRequest,
} from '../ports/call';
import type { RecordCallEvent } from '../ports/call-events';
import type { Clock } from '../ports/clock';
import type { IdMaker } from '../ports/id-maker';
import type { KeptCall, KeptCalls, KeptFlow } from '../ports/kept-calls';
import type { Logger } from '../ports/logger';
import type { OfferedCall, Telephony } from '../ports/telephony';
import type { OtherFlows } from './other-flows';
import { listenOnce, type KeyListener } from './listening';
import { Player } from './player';
import { PromptDelay } from './prompt-delay';
import { release } from './release';
import { ReturnLeg } from './return-leg';
import { readTransfer } from './transfer-facts';
import { VoiceMute } from './voice-mute';
import { deferred, orAborted, pause } from './waiting';

/** Q.850: normal clearing. */
const CAUSE_NORMAL = 16;
/** A target that hangs up sooner after it was joined with the caller has not taken the call. */
const BRIEF_MS = 1_000;
/** A field that ends by itself (six keys of six) is often followed by a terminator all the same; within this time it is one. */
const LATE_TERMINATOR_MS = 3_000;

export interface CallTools {
  readonly telephony: Telephony;
  readonly clock: Clock;
  readonly ids: IdMaker;
  readonly record: RecordCallEvent;
  readonly logger: Logger;
  /** Where calls outlive this process. */
  readonly kept: KeptCalls;
}

/**
 * One caller, from answer to goodbye. docs/call-teardown.md says what it owns and who ends whom. The caller sits in one
 * bridge from the answer on, so that keys reach the engine and nobody else, whoever joins later.
 */
export class LiveCall implements Call {
  readonly id: string;
  readonly caller: string;
  readonly did: string;
  readonly ended: Promise<EndReason>;

  private readonly channel: string;
  private bridge: string;
  private readonly player: Player;
  private readonly mute: VoiceMute;
  private readonly promptDelay: PromptDelay;
  private readonly over = new AbortController();
  private readonly end = deferred<EndReason>();
  private readonly unfollow: () => void;
  private answering: Promise<void> | null = null;
  private keyListener: KeyListener | null = null;
  /** Until when (monotonic ms) this key belongs to the field before, and cuts no prompt. */
  private late: { readonly key: number | null; readonly until: number } = { key: null, until: 0 };
  private leg: ReturnLeg | null = null;
  private flow: KeptFlow | null = null;
  private answered = false;
  private joined = false;
  private closing = false;
  private channelGone = false;
  private callerGone = false;
  /** The other side is being asked to take the caller over. */
  private releasing = false;
  private handedOn = false;
  /** Id of the target that was last to have the caller. */
  private returnedTo: string | null = null;

  constructor(
    offered: OfferedCall,
    private readonly tools: CallTools,
    /** Id of a call that another process began. */
    id: string | null = null,
    private readonly flows: OtherFlows | null = null,
    /** Return target of the agent who sent the caller here from an earlier call. */
    private readonly transferredBy: string | null = null,
  ) {
    this.id = id ?? tools.ids('call');
    this.channel = offered.channel;
    this.caller = offered.caller;
    this.did = offered.did;
    this.bridge = tools.ids('br');
    this.ended = this.end.promise;
    this.player = new Player(offered.channel, tools.telephony, tools.clock, tools.ids, () => {
      this.keep();
    });
    this.mute = new VoiceMute(offered.channel, tools.telephony, tools.clock, this.over.signal, (reason) => {
      tools.record(this.id, { type: 'failed', code: 'mask-failed', reason });
    });
    this.promptDelay = new PromptDelay(tools.clock, (ms) => {
      tools.record(this.id, { type: 'prompt-started', ms });
    });
    this.unfollow = tools.telephony.follow(offered.channel, {
      onKey: (key, at) => {
        this.mute.keyPressed();
        this.keyListener?.(key, at);
      },
      onPlaybackStarted: (playback) => {
        this.player.onStarted(playback);
        this.promptDelay.started(playback);
      },
      onPlaybackFinished: (playback, failed) => {
        this.player.onFinished(playback, failed);
      },
      onGone: () => {
        this.callerGone = true;
        this.channelGone = true;
        void this.hangUp(this.releasing ? 'handed-on' : 'caller');
      },
    });
  }

  async header(name: string): Promise<string | null> {
    return orAborted(this.tools.telephony.readHeader(this.channel, name), this.over.signal);
  }

  async transfer(): Promise<CallTransfer> {
    if (this.transferredBy !== null) return { referredBy: null, endpoint: null, target: this.transferredBy };
    return orAborted(readTransfer(this.tools.telephony, this.channel), this.over.signal);
  }

  async answer(): Promise<void> {
    this.answering ??= this.pickUp();
    return orAborted(this.answering, this.over.signal);
  }

  async say(request: SayRequest, signal?: AbortSignal): Promise<void> {
    if (request.bargein) {
      this.keyListener = (key) => {
        const { late } = this;
        if (key !== late.key || this.tools.clock.monotonic() >= late.until) void this.player.stop();
      };
    }
    try {
      await this.speak(request, this.within(signal));
    } finally {
      this.keyListener = null;
    }
  }

  async listen(request: ListenRequest, signal?: AbortSignal): Promise<ListenResult> {
    const within = this.within(signal);
    within.throwIfAborted();
    if (request.sensitive) await orAborted(this.mute.engage(), within);
    const { clock } = this.tools;
    const result = await listenOnce(request, within, {
      clock,
      speak: () => this.speak(request, within),
      stopSpeaking: () => this.player.stop(),
      onKeyedEnd: () => {
        this.promptDelay.keyed(this.player.latest);
      },
      setListener: (listener) => (this.keyListener = listener),
      record: (event) => {
        this.tools.record(this.id, event);
      },
    });
    this.late = { key: request.timing.terminator, until: clock.monotonic() + LATE_TERMINATOR_MS };
    return result;
  }

  async hold(request: SayRequest & { readonly pauseMs: number }, signal: AbortSignal): Promise<void> {
    const within = this.within(signal);
    try {
      while (!within.aborted) {
        await this.speak(request, within);
        await pause(this.tools.clock, request.pauseMs, within);
      }
    } catch (error) {
      if (!within.aborted) throw error;
    }
    this.over.signal.throwIfAborted();
  }

  async returnTo(request: ReturnRequest, signal?: AbortSignal): Promise<ReturnResult> {
    const within = this.within(signal);
    within.throwIfAborted();
    this.tools.record(this.id, { type: 'returning', target: request.target });
    const result = await this.giveTo(request, within);
    this.tools.record(this.id, { type: 'returned', target: request.target, outcome: result });
    return result;
  }

  async hangUp(reason: EndReason): Promise<void> {
    if (!this.closing) {
      this.closing = true;
      this.handedOn = reason === 'handed-on';
      await this.close(reason);
      this.end.resolve(reason);
    }
    await this.ended;
  }

  /**
   * Hands the caller back to the dialplan and closes. For an engine that is stopping. The dialplan speaks an apology, or takes
   * the caller to `returnTo`, an endpoint from configuration.
   */
  async giveBack(returnTo: string | null = null): Promise<void> {
    if (!this.closing) {
      const { telephony } = this.tools;
      await this.player.stop();
      // Whoever takes the caller next must hear them.
      await this.attempt('unmute', this.mute.lift());
      this.channelGone = true;
      await this.attempt('give back', telephony.giveBack(this.channel, returnTo));
    }
    await this.hangUp('failure');
  }

  /** True while caller and agent talk: nothing of that needs the engine. */
  get talking(): boolean {
    return this.joined && !this.closing;
  }

  /** How its flow stands. */
  get flowNow(): KeptFlow | null {
    return this.flow;
  }

  /** Keeps how its flow stands, for another process. */
  keepFlow(flow: KeptFlow): void {
    this.flow = flow;
    this.keep();
  }

  /**
   * Takes the call over as another process left it: what it played is stopped, a target that had not answered is let go, and
   * the caller sits in a bridge of this process. A caller and an agent who talk go on talking.
   */
  async takeOver(kept: KeptCall): Promise<void> {
    const { telephony } = this.tools;
    this.flow = kept.flow;
    if (kept.answered) this.mute.found();
    if (kept.playback !== null) await this.attempt('stop playback', telephony.stopPlayback(kept.playback));
    if (kept.joined && kept.leg !== null) return this.takeOverTalk(kept.bridge, kept.leg);
    if (kept.leg !== null) await this.attempt('hang up leg', telephony.hangUp(kept.leg));
    await this.attempt('destroy bridge', telephony.destroyBridge(kept.bridge));
    if (kept.answered) await this.answer();
    this.keep();
  }

  private async takeOverTalk(bridge: string, channel: string): Promise<void> {
    this.bridge = bridge;
    this.answering = Promise.resolve();
    this.answered = true;
    this.leg = this.newLeg(channel);
    if (await this.leg.stillThere()) {
      this.joined = true;
      this.keep();
      await this.attempt('unmute', this.mute.release(this.over.signal));
    } else void this.hangUp('agent');
  }

  private newLeg(channel: string): ReturnLeg {
    const { telephony, clock } = this.tools;
    const hungUp = (): void => void this.hangUp('agent');
    return new ReturnLeg(channel, telephony, clock, hungUp, (number) => void this.sendTo(number, channel));
  }

  private keep(): void {
    if (this.closing) return;
    const { id, channel, caller, did, bridge, answered, joined, flow } = this;
    const leg = this.leg?.channel ?? null;
    this.tools.kept.keep({
      id,
      channel,
      caller,
      did,
      bridge,
      answered,
      joined,
      flow,
      leg,
      playback: this.player.latest,
    });
  }

  private async pickUp(): Promise<void> {
    const { telephony } = this.tools;
    await telephony.createBridge(this.bridge);
    await telephony.answer(this.channel);
    await telephony.addToBridge(this.bridge, this.channel, true);
    this.answered = true;
    this.keep();
  }

  private async giveTo(request: ReturnRequest, within: AbortSignal): Promise<ReturnResult> {
    const address = request.referTo ?? null;
    this.returnedTo = request.target;
    return address === null ? this.ringTarget(request, within) : this.release(request, address, within);
  }

  /** Keys that are still to come would reach the target: the caller goes once they have been quiet. */
  private async release(request: ReturnRequest, address: string, within: AbortSignal): Promise<ReturnResult> {
    const { telephony, clock } = this.tools;
    await this.speak({ media: request.media, words: request.words, bargein: false }, within);
    await this.mute.release(within);
    this.releasing = true;
    try {
      const { channel, bridge } = this;
      const result = await release({ channel, bridge, address, ringMs: request.ringMs }, telephony, clock, within);
      if (result === 'answered') void this.hangUp('handed-on');
      return result;
    } catch (error) {
      if (!this.handedOn) throw error;
      return 'answered';
    } finally {
      this.releasing = false;
    }
  }

  /** The agent who has the caller sends them to another number: that of a flow, and nothing else. */
  private async sendTo(number: string, leg: string): Promise<void> {
    const { telephony, logger } = this.tools;
    const accepted = this.talking && this.leg?.channel === leg && this.flows?.answers(number) === true;
    logger.info('referral', {
      call: this.id,
      target: this.returnedTo ?? '',
      outcome: accepted ? 'accepted' : 'refused',
    });
    await this.attempt('answer referral', telephony.answerReferral(leg, accepted));
    if (!accepted || this.closing) return;
    // Whoever serves the caller next ends the channel.
    this.channelGone = true;
    await this.hangUp('handed-on');
    // The caller may have been muted still; nobody hears them now, and the next call begins without a mute.
    await this.attempt('unmute', this.mute.lift());
    if (this.callerGone) return;
    this.flows.take({ channel: this.channel, caller: this.caller, did: number, adopted: false }, this.returnedTo);
  }

  private async ringTarget(request: ReturnRequest, within: AbortSignal): Promise<ReturnResult> {
    // Taken over from a process that died between the answer and its flow's next state.
    if (this.joined) return 'answered';
    const waiting = new AbortController();
    const music = this.hold(
      { media: request.media, words: request.words, bargein: false, pauseMs: 4_000 },
      waiting.signal,
    );
    music.catch(() => undefined);
    const leg = this.newLeg(this.tools.ids('leg'));
    this.leg = leg;
    this.keep();
    try {
      const result = await leg.ring(request, { channel: this.channel, number: this.caller }, within);
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
      if (!this.closing) this.leg = null;
      throw error;
    } finally {
      waiting.abort();
    }
  }

  /** False: the target hung up just as the caller came. */
  private async join(leg: ReturnLeg, within: AbortSignal): Promise<boolean> {
    try {
      await orAborted(this.tools.telephony.addToBridge(this.bridge, leg.channel, false), within);
      this.joined = true;
      this.keep();
      await this.mute.release(within);
      await leg.stays(BRIEF_MS, within);
    } catch (error) {
      if (within.aborted || !leg.isGone) throw error;
    }
    this.joined = leg.talk();
    return this.joined;
  }

  /** Says it and records the words. A prompt that cannot be played is reported, and the call goes on without it. */
  private async speak(request: SayRequest, within: AbortSignal): Promise<void> {
    within.throwIfAborted();
    if (request.media.length === 0) return;
    this.tools.record(this.id, { type: 'said', words: request.words });
    try {
      await this.player.play(request.media, within);
    } catch (error) {
      if (within.aborted || !(error instanceof HushtoneError)) throw error;
      this.tools.record(this.id, { type: 'failed', code: error.code, reason: error.detail });
    }
  }

  private within(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.over.signal : AbortSignal.any([this.over.signal, signal]);
  }

  /** The order of docs/call-teardown.md. Every step is tried, whatever became of the one before. */
  private async close(reason: EndReason): Promise<void> {
    const { telephony } = this.tools;
    const code: ErrorCode = reason === 'caller' ? 'caller-gone' : 'call-closed';
    this.over.abort(new HushtoneError(code));
    this.keyListener = null;
    this.player.close();
    await this.leg?.hangUp();
    if (!this.channelGone) await this.attempt('hang up', telephony.hangUp(this.channel, CAUSE_NORMAL));
    if (this.answering !== null) {
      // A bridge may still be on its way: destroyed after its making has settled, or it would stay behind.
      await this.answering.catch(() => undefined);
      await this.attempt('destroy bridge', telephony.destroyBridge(this.bridge));
    }
    this.unfollow();
    this.tools.kept.forget(this.channel);
    this.tools.record(this.id, { type: 'call-ended', reason });
  }

  private async attempt(what: string, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.tools.logger.warn('teardown-failed', { call: this.id, reason: what, error: messageOf(error) });
    }
  }
}
