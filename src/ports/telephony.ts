/**
 * What the engine asks of a telephone switch, in the field's words. The adapter in ari/ speaks Asterisk's wire; the
 * simulated world has a scripted one. Every id is chosen by us, so that events can be awaited before acting.
 */

export interface OfferedCall {
  readonly channel: string;
  /** As the trunk said it; '' when withheld. */
  readonly caller: string;
  /** The number that was dialled. */
  readonly did: string;
  /** True when the switch is offering a call that was already up (after a reconnect). */
  readonly adopted: boolean;
}

export interface ChannelHandlers {
  /** A key was released. `key` is its ASCII byte (0-9 * # A-D); `at` is the switch's event time in ms since the epoch. */
  onKey?(key: number, at: number): void;
  onPlaybackStarted?(playback: string): void;
  onPlaybackFinished?(playback: string, failed: boolean): void;
  /** A leg that we dialled has been answered. */
  onAnswered?(): void;
  /**
   * The far end of a leg that we dialled asks (REFER) to send whoever it talks with to `number`, which is what it said and may be
   * anything. Nothing happens by itself; `answerReferral` is due.
   */
  onReferral?(number: string): void;
  /** The channel is gone. `cause` is the Q.850 cause; 31 when it vanished while disconnected. Comes exactly once. */
  onGone?(cause: number): void;
}

export interface DialRequest {
  /** Our own id for the new leg. */
  readonly channel: string;
  /** Endpoint in the switch's notation, from configuration only (`PJSIP/outbound/sip:agent-1@127.0.0.1:5070`). */
  readonly endpoint: string;
  readonly callerId: string;
  /** The caller's channel, so that the switch links the two in its records. */
  readonly originator: string;
  /** SIP headers on the new INVITE. Names and values have been checked against the header grammar. */
  readonly headers: Readonly<Record<string, string>>;
  readonly ringMs: number;
}

/** What the dialplan is told with a caller whom it gets back. */
export interface Farewell {
  /** Endpoint from configuration to which it takes the caller; null: it speaks and ends the call. */
  readonly returnTo: string | null;
  /** What became of the caller's payment, as `PaymentOutcome` has it (`none`: none was tried); null when nobody knows. */
  readonly payment: string | null;
}

/** `lost`: the switch serves the caller by itself, or they went unseen; what came of it is not known, and the channel is not ours. */
export type ReferResult = 'answered' | 'busy' | 'no-answer' | 'failed' | 'lost';

export interface Telephony {
  /** Sets what happens with each new call. The listener must not throw. */
  onCall(listener: (call: OfferedCall) => void): void;
  /** Follows one channel. Set handlers before acting on the channel. Returns the un-follow function. */
  follow(channel: string, handlers: ChannelHandlers): () => void;

  /**
   * Resolves when the channel is up. True: the caller's voice has been taken away from everyone else before, as by `muteVoice`;
   * false: that could not be had.
   */
  answer(channel: string): Promise<boolean>;
  /** Refuses an unanswered call with a Q.850 cause, or hangs up an answered one. Resolves when asked; a channel already gone is success. */
  hangUp(channel: string, cause?: number): Promise<void>;
  /**
   * Hands the channel back to the dialplan, which says that the call was interrupted and dials, telling the payment; or it says
   * what became of the payment, or apologises, and ends the call. A channel already gone is success.
   */
  giveBack(channel: string, farewell?: Farewell): Promise<void>;
  /**
   * Asks the far end of an answered channel to take it to `address` by itself (REFER): a SIP address from configuration. The
   * channel leaves its bridge. `answered`: the far end has it, and the channel is gone or goes. Else it is ours again, in no
   * bridge: `busy` and `no-answer` as the far end said, `failed` for any other refusal. A caller who comes back while no engine is
   * there is the dialplan's, as after `giveBack`.
   */
  refer(channel: string, address: string, farewell: Farewell): Promise<ReferResult>;
  /** Of a REFER that another process asked for: as `refer`. */
  referred(channel: string): Promise<ReferResult>;
  /** Answers what `onReferral` told of. */
  answerReferral(channel: string, accepted: boolean): Promise<void>;
  /** A header of the INVITE that brought the call, or null. */
  readHeader(channel: string, name: string): Promise<string | null>;
  /** A variable of the channel, or null (`CHANNEL(audioreadformat)`, `BLINDTRANSFER`). */
  readVariable(channel: string, name: string): Promise<string | null>;

  /** Asks for a list of media to be played to this channel alone. Resolves when accepted, not when finished. */
  play(channel: string, playback: string, media: readonly string[]): Promise<void>;
  /** Whether the switch still has this playback, playing or waiting to: the event of its end may get lost. */
  isPlaying(playback: string): Promise<boolean>;
  /** A playback already over is success. */
  stopPlayback(playback: string): Promise<void>;

  /** Takes the caller's voice away from everyone else. Resolves when the mute is in force (after its barrier). */
  muteVoice(channel: string): Promise<void>;
  unmuteVoice(channel: string): Promise<void>;
  /**
   * Lets the caller's voice come a little later than the keys in it, for the rest of the call: so a tone is known for a key before
   * it could be heard. Resolves when it is in force.
   */
  delayVoice(channel: string): Promise<void>;

  /**
   * That the switch still keeps keys to itself: somebody may have switched a log on since the start.
   * @throws HushtoneError `asterisk-unsafe`, or what keeps it from finding out: then no card may be keyed.
   */
  assertSafe(channel: string): Promise<void>;

  /** Whether the switch is recording this channel, as far as it tells. */
  isRecorded(channel: string): Promise<boolean>;

  /** A bridge in which keys reach the engine and nobody else (`mixing,dtmf_events`). */
  createBridge(bridge: string): Promise<void>;
  /** `absorbKeys` must be true for a caller and stays in force while the channel is in the bridge. */
  addToBridge(bridge: string, channel: string, absorbKeys: boolean): Promise<void>;
  /** A bridge already gone is success. */
  destroyBridge(bridge: string): Promise<void>;

  /** Dials a new leg. Resolves when dialling has begun; `onAnswered` or `onGone` of the channel tell the rest. */
  dial(request: DialRequest): Promise<void>;
}
