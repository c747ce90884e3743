import { messageOf } from '../errors';
import type { Clock } from '../ports/clock';
import type { Finding } from '../ports/findings';
import type { Logger } from '../ports/logger';
import type { ChannelHandlers, DialRequest, Farewell, OfferedCall, ReferResult, Telephony } from '../ports/telephony';
import { readAriAddress, type AriAddress } from './ari-address';
import { AriRefused, isGone } from './ari-error';
import { ChannelRegistry } from './channel-registry';
import { ChannelVariables } from './channel-variables';
import { Commands, type OnAnswered } from './commands';
import { Connection, type ConnectionState, type ConnectionTimes } from './connection';
import { USED_EVENTS } from './events';
import { bidFarewell } from './farewell';
import { Frames } from './frames';
import { checkedLine, checkedVariable, headerFunction } from './header-grammar';
import { HttpCommands } from './http-commands';
import { inspectAsterisk, type Inspection } from './inspect-asterisk';
import { LEG } from './our-channels';
import { Outages } from './outages';
import { Playbacks } from './playbacks';
import { reconcile } from './reconcile';
import { Referrals } from './referrals';
import { RestOverWebsocket } from './rest-over-websocket';
import { checkAsterisk, checkSafety, RECORDED_INTO } from './safety-check';
import { StandingCheck } from './standing-check';
import { Voices } from './voices';

/** In this order: the other way round Asterisk would let the bridge go native, and keys past the engine. */
const BRIDGE_TYPE = 'mixing,dtmf_events';

/** Written on each leg: a REFER of whoever answers comes to us, and moves nobody by itself. */
const TRANSFER_HANDLING = 'PJSIP_TRANSFER_HANDLING()';

const NO_FAREWELL: Farewell = { returnTo: null, payment: null };

/** Times in ms. */
export interface AriTimes extends ConnectionTimes {
  /** For a command that is answered at once. */
  readonly commandMs: number;
  /** For a command that may wait for its channel. */
  readonly waitingCommandMs: number;
  /** For which a call waits for a lost connection. */
  readonly outageMs: number;
}

export interface AsteriskTelephonySettings {
  /** Address of ARI, with or without `/ari` at its end. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** ARI application; one name per engine, since a second engine of the same name would replace the first. */
  readonly app: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly times?: Partial<AriTimes>;
  readonly onAnswered?: OnAnswered;
}

const TIMES: AriTimes = {
  openMs: 5_000,
  pingMs: 5_000,
  retryMs: 100,
  longestRetryMs: 5_000,
  commandMs: 5_000,
  waitingCommandMs: 10_000,
  outageMs: 30_000,
};

/**
 * The telephone switch, over Asterisk's REST interface. Events and commands that return at once share one WebSocket;
 * commands that wait for a channel go over HTTP. Key presses are read from the bytes and never become text.
 */
export class AsteriskTelephony implements Telephony {
  private readonly address: AriAddress;
  private readonly http: HttpCommands;
  private readonly webSocket: RestOverWebsocket;
  private readonly commands: Commands;
  private readonly connection: Connection;
  private readonly registry: ChannelRegistry;
  private readonly variables: ChannelVariables;
  private readonly referrals: Referrals;
  private readonly outages: Outages;
  private readonly playbacks: Playbacks;
  private readonly voices: Voices;
  private readonly standing: StandingCheck;
  private readonly bridges = new Set<string>();
  /** Channels that should be hung up, and Asterisk was not there to be told. */
  private readonly dismissed = new Set<string>();
  private records = false;

  /** @throws HushtoneError `config-invalid` for a URL or an application name that cannot be used. */
  constructor(private readonly settings: AsteriskTelephonySettings) {
    const { clock, logger } = settings;
    const times = { ...TIMES, ...settings.times };
    this.address = readAriAddress(settings.url, settings.user, settings.password, settings.app);
    this.registry = new ChannelRegistry(logger);
    this.http = new HttpCommands(this.address, clock, times.waitingCommandMs);
    this.webSocket = new RestOverWebsocket(clock, times.commandMs, (text) => {
      this.connection.send(text);
    });
    this.commands = new Commands(this.webSocket, this.http, () => this.connection.isOpen, settings.onAnswered);
    this.variables = new ChannelVariables(this.commands);
    this.outages = new Outages(clock, times.outageMs, this.registry, () => this.connection.state === 'up');
    this.referrals = new Referrals(this.commands, this.registry, this.variables, this.outages, settings.app);
    this.playbacks = new Playbacks(this.commands, this.registry, this.outages);
    this.voices = new Voices(this.commands, this.variables, this.outages);
    this.standing = new StandingCheck(clock, logger, async () => {
      this.records = (await checkSafety(this.commands, settings.app)).records;
    });
    const frames = new Frames(this.registry, logger, {
      onResponse: (response) => {
        this.webSocket.answered(response);
      },
      onReplaced: () => {
        this.connection.replaced();
      },
      onStrayLeg: (channel) => {
        this.hangUp(channel).catch((error: unknown) => {
          logger.warn('command-failed', { channel, error: messageOf(error) });
        });
      },
    });
    this.connection = new Connection(this.address, clock, logger, times, {
      onFrame: (frame) => {
        frames.receive(frame);
      },
      prepare: () => this.prepare(),
      onUp: () => {
        this.outages.ended();
      },
      onDown: () => {
        this.outages.began();
        this.webSocket.disconnected();
      },
      onOver: () => {
        this.outages.waitNoLonger();
      },
    });
  }

  /**
   * Checks the Asterisk, connects, and offers the calls that are already waiting. Set `onCall` before. Later losses of the
   * connection are repaired without a word but for the log; a first failure is not tried again.
   * @throws HushtoneError `asterisk-unavailable`, `asterisk-too-old` or `asterisk-unsafe`.
   */
  async start(): Promise<void> {
    await this.checkSwitch();
    await this.connection.open();
  }

  /** Everything that can be seen of the Asterisk. @throws HushtoneError `asterisk-unavailable` */
  inspect(recordings: Inspection['recordings']): Promise<readonly Finding[]> {
    const { app, clock } = this.settings;
    const { origin } = this.address;
    return inspectAsterisk(this.commands, { app, origin, recordings, now: () => clock.now() });
  }

  /** Ends the connection. Calls stay in Asterisk. Idempotent. */
  async close(): Promise<void> {
    this.connection.close();
    this.webSocket.disconnected();
    await this.http.close();
  }

  /** The engine stops: from now on no command waits for a lost connection. */
  waitNoLonger(): void {
    this.outages.waitNoLonger();
  }

  /** State of the connection, for readiness. */
  get state(): ConnectionState {
    return this.connection.state;
  }

  /** Why no card may be keyed now, for readiness: what the Asterisk has become since the connection is up. */
  get unsafe(): string | null {
    return this.state === 'up' ? this.standing.problem : null;
  }

  onCall(listener: (call: OfferedCall) => void): void {
    this.registry.onCall(listener);
  }

  follow(channel: string, handlers: ChannelHandlers): () => void {
    return this.registry.follow(channel, handlers);
  }

  /** Of a channel that is up already, a success: so it may be given twice. Carried out behind the mute, and so its barrier. */
  async answer(channel: string): Promise<boolean> {
    const muted = await this.voices.askForMute(channel);
    await this.outages.outlast([channel], () =>
      this.commands.waiting('POST /channels/{channelId}/answer', { channelId: channel }),
    );
    return muted;
  }

  async hangUp(channel: string, cause?: number): Promise<void> {
    this.outages.drop(channel);
    if (cause !== undefined) this.registry.leaving(channel, cause);
    // One that is on an errand ends by itself, or is in good hands.
    if (!this.registry.onErrand.includes(channel)) this.dismissed.add(channel);
    try {
      const reason = cause === undefined ? {} : { reason_code: String(cause) };
      await this.commands.nowOrGone('DELETE /channels/{channelId}', { channelId: channel, ...reason });
    } catch (error) {
      if (error instanceof AriRefused) this.dismissed.delete(channel);
      throw error;
    }
    this.dismissed.delete(channel);
  }

  async giveBack(channel: string, farewell: Farewell = NO_FAREWELL): Promise<void> {
    this.outages.drop(channel);
    try {
      await bidFarewell(this.variables, channel, farewell);
    } catch (error) {
      // Gone, or with the dialplan already, as while the other side is asked to take the caller over.
      if (!isGone(error)) throw error;
    }
    await this.commands.nowOrGone('POST /channels/{channelId}/continue', { channelId: channel });
  }

  refer(channel: string, address: string, farewell: Farewell): Promise<ReferResult> {
    return this.referrals.refer(channel, address, farewell);
  }

  referred(channel: string): Promise<ReferResult> {
    return this.referrals.referred(channel);
  }

  answerReferral(channel: string, accepted: boolean): Promise<void> {
    return this.referrals.answer(channel, accepted);
  }

  /** @throws HushtoneError `ari-refused` when `name` is no header name. */
  async readHeader(channel: string, name: string): Promise<string | null> {
    return this.read(channel, headerFunction('read', name));
  }

  /** @throws HushtoneError `ari-refused` when `name` is neither a variable nor a function of plain arguments. */
  async readVariable(channel: string, name: string): Promise<string | null> {
    return this.read(channel, checkedVariable(name));
  }

  play(channel: string, playback: string, media: readonly string[]): Promise<void> {
    return this.playbacks.play(channel, playback, media);
  }

  isPlaying(playback: string): Promise<boolean> {
    return this.playbacks.isPlaying(playback);
  }

  stopPlayback(playback: string): Promise<void> {
    return this.playbacks.stop(playback);
  }

  muteVoice(channel: string): Promise<void> {
    return this.voices.mute(channel);
  }

  unmuteVoice(channel: string): Promise<void> {
    return this.voices.unmute(channel);
  }

  delayVoice(channel: string): Promise<void> {
    return this.voices.delay(channel);
  }

  /** The id is ours: that a bridge of this id exists says that the first time was carried out. */
  async createBridge(bridge: string): Promise<void> {
    this.bridges.add(bridge);
    const parameters = { bridgeId: bridge, type: BRIDGE_TYPE, name: this.settings.app };
    await this.outages.outlast([bridge], (again) =>
      orThere(again, this.commands.now('POST /bridges/{bridgeId}', parameters)),
    );
  }

  /** A channel that is in the bridge already leaves it for a moment and comes back. */
  async addToBridge(bridge: string, channel: string, absorbKeys: boolean): Promise<void> {
    await this.outages.outlast([channel, bridge], () =>
      this.commands.waiting('POST /bridges/{bridgeId}/addChannel', {
        bridgeId: bridge,
        channel: [channel],
        absorbDTMF: absorbKeys,
        // Else Asterisk sends both sides a new INVITE in the middle of the call, to show them each other's number.
        inhibitConnectedLineUpdates: true,
      }),
    );
  }

  async destroyBridge(bridge: string): Promise<void> {
    // No longer ours, whatever becomes of the command: one that is still there after an outage is destroyed by reconciling.
    this.bridges.delete(bridge);
    this.outages.drop(bridge);
    await this.commands.nowOrGone('DELETE /bridges/{bridgeId}', { bridgeId: bridge });
  }

  /**
   * The id is ours: that a channel of this id exists says that the first time was carried out, and it counts as asked for until then.
   * @throws HushtoneError `ari-refused` when a header, the endpoint or the caller id could break out of its place.
   */
  async dial(request: DialRequest): Promise<void> {
    const headers = Object.entries(request.headers).map(
      ([name, value]) => [headerFunction('add', name), checkedLine(`the header ${name}`, value)] as const,
    );
    const parameters = {
      channelId: request.channel,
      endpoint: checkedLine('the endpoint', request.endpoint),
      callerId: checkedLine('the caller id', request.callerId),
      app: this.settings.app,
      appArgs: LEG,
      originator: request.originator,
      timeout: Math.max(1, Math.ceil(request.ringMs / 1000)),
    };
    this.registry.legAsked(request.channel);
    try {
      const variables = { ...Object.fromEntries(headers), [TRANSFER_HANDLING]: 'ari-only' };
      await this.outages.outlast([request.channel], (again) =>
        orThere(again, this.commands.waiting('POST /channels/{channelId}', parameters, { variables })),
      );
    } catch (error) {
      this.registry.legRefused(request.channel);
      throw error;
    }
    this.registry.legRinging(request.channel);
  }

  assertSafe(channel: string): Promise<void> {
    return this.outages.outlast([channel], () => this.standing.assertSafe());
  }

  /** Asterisk has no command for it; its recorder leaves the name of the file on the channel. */
  async isRecorded(channel: string): Promise<boolean> {
    return this.records && (await this.read(channel, RECORDED_INTO)) !== null;
  }

  private read(channel: string, variable: string): Promise<string | null> {
    return this.outages.outlast([channel], () => this.variables.read(channel, variable));
  }

  private async checkSwitch(): Promise<void> {
    const { records } = await checkAsterisk(this.commands, this.settings.app, this.address.origin);
    this.records = records;
    this.standing.passed();
  }

  /** After every connect: an Asterisk that was restarted has forgotten the filter, and may be another version. */
  private async prepare(): Promise<void> {
    const { app, logger } = this.settings;
    await this.commands.waiting(
      'PUT /applications/{applicationName}/eventFilter',
      { applicationName: app },
      { allowed: USED_EVENTS.map((type) => ({ type })) },
    );
    await this.checkSwitch();
    const { commands, registry, bridges } = this;
    const dismissed = new Set(this.dismissed);
    await reconcile({ commands, registry, logger, app, bridges, dismissed });
    for (const channel of dismissed) this.dismissed.delete(channel);
  }
}

/** Asterisk refuses to make again what it has made when it was asked before, and the answer was lost. */
async function orThere(again: boolean, making: Promise<unknown>): Promise<void> {
  try {
    await making;
  } catch (error) {
    if (!again || !(error instanceof AriRefused) || error.status !== 409) throw error;
  }
}
