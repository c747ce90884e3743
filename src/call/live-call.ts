import { HushtoneError, messageOf } from '../errors';
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
import type { CallEvent } from '../ports/call-events';
import type { KeptCall, KeptFlow } from '../ports/kept-calls';
import type { Farewell, OfferedCall } from '../ports/telephony';
import type { CallTools } from './call-tools';
import { Dialogue } from './dialogue';
import { HandOver, type CallInHand } from './hand-over';
import type { OtherFlows } from './other-flows';
import { readTransfer } from './transfer-facts';
import { Seat } from './seat';
import { VoiceMute } from './voice-mute';
import { deferred, orAborted } from './waiting';

/** Q.850: normal clearing. */
const CAUSE_NORMAL = 16;

/** Why nothing goes on any more. Made once: every call ends, and where in the code it did so is no news. */
const CALLER_GONE = new HushtoneError('caller-gone');
const CALL_CLOSED = new HushtoneError('call-closed');

/**
 * One caller, from answer to goodbye. docs/call-teardown.md says what it owns and who ends whom. The caller is heard by nobody
 * from the answer on, and sits in a bridge that absorbs keys before anybody joins them, so that keys reach the engine and nobody else.
 */
export class LiveCall implements Call {
  readonly id: string;
  readonly caller: string;
  readonly did: string;
  readonly ended: Promise<EndReason>;

  private readonly channel: string;
  private readonly seat: Seat;
  private readonly mute: VoiceMute;
  private readonly dialogue: Dialogue;
  private readonly handOver: HandOver;
  private readonly over = new AbortController();
  private readonly end = deferred<EndReason>();
  private readonly unfollow: () => void;
  private flow: KeptFlow | null = null;
  private ending: EndReason | null = null;
  private channelGone = false;
  private callerGone = false;

  constructor(
    offered: OfferedCall,
    private readonly tools: CallTools,
    /** Id of a call that another process began. */
    id: string | null = null,
    flows: OtherFlows | null = null,
    /** Return target of the agent who sent the caller here from an earlier call. */
    private readonly transferredBy: string | null = null,
  ) {
    this.id = id ?? tools.ids('call');
    this.channel = offered.channel;
    this.caller = offered.caller;
    this.did = offered.did;
    this.ended = this.end.promise;
    const { channel } = offered;
    this.seat = new Seat(channel, tools.telephony, tools.ids('br'), this.over.signal);
    this.mute = new VoiceMute(channel, tools.telephony, tools.clock, this.over.signal, (reason) => {
      tools.record(this.id, { type: 'failed', code: 'mask-failed', reason });
    });
    const onPlaying = (): void => {
      this.keep();
    };
    const record = (event: CallEvent): void => {
      tools.record(this.id, event);
    };
    this.dialogue = new Dialogue({ channel, mute: this.mute, record, onPlaying }, tools);
    this.handOver = new HandOver(this.inHand(), tools, flows);
    this.unfollow = tools.telephony.follow(offered.channel, {
      onKey: (key, at) => {
        this.mute.keyPressed();
        this.dialogue.onKey(key, at);
      },
      onPlaybackStarted: (playback) => {
        this.dialogue.onPlaybackStarted(playback);
      },
      onPlaybackFinished: (playback, failed) => {
        this.dialogue.onPlaybackFinished(playback, failed);
      },
      onGone: () => {
        this.callerGone = true;
        this.channelGone = true;
        void this.hangUp(this.handOver.isAsking ? 'handed-on' : 'caller');
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
    return this.seat.answer((muted) => {
      if (muted) this.mute.begun();
      this.keep();
    });
  }

  async say(request: SayRequest, signal?: AbortSignal): Promise<void> {
    return this.dialogue.say(request, this.within(signal));
  }

  async listen(request: ListenRequest, signal?: AbortSignal): Promise<ListenResult> {
    return this.dialogue.listen(request, this.within(signal));
  }

  async hold(request: SayRequest & { readonly pauseMs: number }, signal: AbortSignal): Promise<void> {
    await this.dialogue.hold(request, this.within(signal));
    this.over.signal.throwIfAborted();
  }

  async returnTo(request: ReturnRequest, signal?: AbortSignal): Promise<ReturnResult> {
    const within = this.within(signal);
    within.throwIfAborted();
    this.tools.record(this.id, { type: 'returning', target: request.target });
    const result = await this.handOver.give(request, within);
    this.tools.record(this.id, { type: 'returned', target: request.target, outcome: result });
    return result;
  }

  async hangUp(reason: EndReason, cause = CAUSE_NORMAL): Promise<void> {
    if (this.ending === null) {
      this.stopWaiting(reason);
      await this.close(reason, cause);
    }
    await this.ended;
  }

  /**
   * Hands the caller back to the dialplan, which says or does what the farewell tells, and closes. For an engine that is
   * stopping.
   */
  async giveBack(farewell: Farewell): Promise<void> {
    if (this.ending === null) {
      this.stopWaiting('failure');
      // Else the dialplan would begin only after the prompt.
      await this.dialogue.stop();
      // Whoever takes the caller next must hear them.
      await this.attempt('unmute', this.mute.lift());
      this.channelGone = await this.attempt('give back', this.tools.telephony.giveBack(this.channel, farewell));
      await this.close('failure', CAUSE_NORMAL);
    }
    await this.ended;
  }

  /** True while caller and agent talk: nothing of that needs the engine. */
  get talking(): boolean {
    return this.handOver.isJoined && this.ending === null;
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
   * Takes the call over as another process left it: what it played is stopped, a target that had not answered is let go, with the
   * bridge to which it was to come. A caller and an agent who talk go on talking; of one whom the other side was being asked to
   * take over, the answer is awaited.
   */
  async takeOver(kept: KeptCall): Promise<void> {
    const { telephony } = this.tools;
    this.flow = kept.flow;
    // Whoever is released has their voice.
    if (kept.answered && !kept.releasing) this.mute.found();
    const talk = kept.joined && kept.leg !== null ? this.ownTalk(kept.bridge, kept.leg) : null;
    if (kept.releasing) this.handOver.foundAsking();
    if (kept.playback !== null) await this.attempt('stop playback', telephony.stopPlayback(kept.playback));
    if (talk !== null) return this.goOnTalking(talk);
    if (kept.leg !== null) await this.attempt('hang up leg', telephony.hangUp(kept.leg));
    await this.attempt('destroy bridge', telephony.destroyBridge(kept.bridge));
    if (kept.releasing) this.seat.found();
    else if (kept.answered) await this.answer();
    this.keep();
  }

  /** At once, so that whatever ends the call from here on ends leg and bridge as well. Resolves false when the leg has gone. */
  private ownTalk(bridge: string, leg: string): Promise<boolean> {
    this.seat.own(bridge);
    return this.handOver.found(leg);
  }

  private async goOnTalking(talk: Promise<boolean>): Promise<void> {
    if (await talk) {
      this.keep();
      await this.attempt('unmute', this.mute.release(this.over.signal));
    } else void this.hangUp('agent');
  }

  private keep(): void {
    if (this.ending !== null) return;
    const { id, channel, caller, did, flow, seat, handOver } = this;
    this.tools.kept.keep({
      id,
      channel,
      caller,
      did,
      bridge: seat.bridge,
      answered: seat.isTaken,
      joined: handOver.isJoined,
      flow,
      leg: handOver.legChannel,
      releasing: handOver.isAsking,
      playback: this.dialogue.latestPlayback,
    });
  }

  private inHand(): CallInHand {
    const { id, channel, caller, mute, seat } = this;
    return {
      id,
      channel,
      caller,
      mute,
      seat,
      ending: () => this.ending,
      speak: (request, within) => this.dialogue.speak(request, within),
      hold: (request, signal) => this.hold(request, signal),
      changed: () => {
        this.keep();
      },
      hangUp: (reason) => this.hangUp(reason),
      leave: () => this.leave(),
      letGo: () => this.letGo(),
    };
  }

  private async leave(): Promise<void> {
    const reason = 'the other side was asked to take the caller, and what came of it was not seen';
    if (this.ending === null)
      this.tools.logger.warn('call-ended-unseen', { call: this.id, channel: this.channel, reason });
    this.channelGone = true;
    await this.hangUp('failure');
  }

  /** Closes the call and leaves the caller's channel to whoever serves them next. False: the caller has gone. */
  private async letGo(): Promise<boolean> {
    this.channelGone = true;
    let gone = this.callerGone;
    const unfollow = this.tools.telephony.follow(this.channel, { onGone: () => (gone = true) });
    await this.hangUp('handed-on');
    // The caller may have been muted still; nobody hears them now, and the next call begins without a mute.
    await this.attempt('unmute', this.mute.lift());
    unfollow();
    return !gone;
  }

  private within(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.over.signal : AbortSignal.any([this.over.signal, signal]);
  }

  /** Nothing new begins, and nothing is awaited any more. */
  private stopWaiting(reason: EndReason): void {
    this.ending = reason;
    this.over.abort(reason === 'caller' ? CALLER_GONE : CALL_CLOSED);
  }

  /** The order of docs/call-teardown.md. Every step is tried, whatever became of the one before. */
  private async close(reason: EndReason, cause: number): Promise<void> {
    const { telephony } = this.tools;
    this.dialogue.close();
    await this.handOver.hangUpLeg();
    if (!this.channelGone) await this.attempt('hang up', telephony.hangUp(this.channel, cause));
    await this.attempt('destroy bridge', this.seat.destroy());
    this.unfollow();
    this.tools.kept.forget(this.channel);
    this.tools.record(this.id, { type: 'call-ended', reason });
    this.end.resolve(reason);
  }

  /** False, and a line in the log, when it failed. */
  private async attempt(what: string, work: Promise<void>): Promise<boolean> {
    try {
      await work;
      return true;
    } catch (error) {
      this.tools.logger.warn('teardown-failed', { call: this.id, reason: what, error: messageOf(error) });
      return false;
    }
  }
}
