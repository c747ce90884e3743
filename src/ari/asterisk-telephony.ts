import { messageOf } from '../errors';
import type { Clock } from '../ports/clock';
import type { Finding } from '../ports/findings';
import type { Logger } from '../ports/logger';
import type { ChannelHandlers, DialRequest, Farewell, OfferedCall, ReferResult, Telephony } from '../ports/telephony';
import { readAriAddress, type AriAddress } from './ari-address';
import { AriRefused, isGone } from './ari-error';
import { ARI_TIMES, type AriTimes } from './ari-times';
import { Bridges } from './bridges';
import { ChannelRegistry } from './channel-registry';
import { ChannelVariables } from './channel-variables';
import { Commands, type OnAnswered } from './commands';
import { Connection, type ConnectionState } from './connection';
import { USED_EVENTS } from './events';
import { bidFarewell } from './farewell';
import { Frames } from './frames';
import { checkedVariable, headerFunction } from './header-grammar';
import { HttpCommands } from './http-commands';
import { inspectAsterisk, type Inspection } from './inspect-asterisk';
import { Legs } from './legs';
import { Outages } from './outages';
import { Playbacks } from './playbacks';
import { reconcile } from './reconcile';
import { Referrals } from './referrals';
import { RestOverWebsocket } from './rest-over-websocket';
import { checkAsterisk, checkSafety, RECORDED_INTO } from './safety-check';
import { StandingCheck } from './standing-check';
import { Voices } from './voices';

const NO_FAREWELL: Farewell = { returnTo: null, payment: null };

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
  private readonly bridges: Bridges;
  private readonly legs: Legs;
  private readonly standing: StandingCheck;
  /** Channels that should be hung up, and Asterisk was not there to be told. */
  private readonly dismissed = new Set<string>();
  private records = false;

  /** @throws HushtoneError `config-invalid` for a URL or an application name that cannot be used. */
  constructor(private readonly settings: AsteriskTelephonySettings) {
    const { clock, logger } = settings;
    const times = { ...ARI_TIMES, ...settings.times };
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
    this.bridges = new Bridges(this.commands, this.outages, settings.app);
    this.legs = new Legs(this.commands, this.registry, this.outages, settings.app);
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

  createBridge(bridge: string): Promise<void> {
    return this.bridges.create(bridge);
  }

  addToBridge(bridge: string, channel: string, absorbKeys: boolean): Promise<void> {
    return this.bridges.add(bridge, channel, absorbKeys);
  }

  destroyBridge(bridge: string): Promise<void> {
    return this.bridges.destroy(bridge);
  }

  dial(request: DialRequest): Promise<void> {
    return this.legs.dial(request);
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
    const { commands, registry } = this;
    const bridges = this.bridges.ours;
    const dismissed = new Set(this.dismissed);
    await reconcile({ commands, registry, logger, app, bridges, dismissed });
    for (const channel of dismissed) this.dismissed.delete(channel);
  }
}
