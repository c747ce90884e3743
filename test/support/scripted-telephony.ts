import { HushtoneError } from '../../src/errors';
import type {
  ChannelHandlers,
  DialRequest,
  Farewell,
  OfferedCall,
  ReferResult,
  Telephony,
} from '../../src/ports/telephony';

/** What became of a dialled leg, by endpoint. */
/** `vanish`: it goes while the switch could tell nothing. */
export type LegScript = 'vanish' | 'answer' | 'busy' | 'silent' | 'refuse' | 'answer-then-hang-up';

/**
 * A telephone switch that does what a test tells it: records each command, and lets the test press keys, finish
 * playbacks, hang up, or lose events. By default prompts finish only when told to, as real ones take time.
 */
export class ScriptedTelephony implements Telephony {
  readonly commands: string[] = [];
  readonly bridges = new Map<string, Set<string>>();
  readonly channels = new Set<string>();
  readonly muted = new Set<string>();
  /** Channels that the switch records. */
  readonly recorded = new Set<string>();
  /** What lets keys out of the switch now. */
  unsafe: string | null = null;
  readonly playing = new Map<string, { channel: string; media: readonly string[] }>();
  /** By endpoint; a list is used up call by call. */
  readonly legs: Record<string, LegScript | LegScript[]> = {};
  readonly headers: Record<string, string> = {};
  /** How the far end answers a REFER; null: never. */
  referral: ReferResult | null = 'answered';
  readonly variables: Record<string, string> = {};
  /** Commands that fail, by name. */
  readonly broken = new Set<string>();
  /** Commands that Asterisk refuses because what they are about has gone, by name. */
  readonly refused = new Set<string>();
  /** Playbacks end as soon as they have begun. */
  instantPlayback = false;
  /** Playbacks neither start nor finish: their events are lost. */
  losePlaybackEvents = false;
  /** Playbacks begin, but nobody is told. */
  losePlaybackStarts = false;
  /** Playbacks end, but nobody is told. */
  losePlaybackEnds = false;

  private listener: (call: OfferedCall) => void = () => undefined;
  private readonly followers = new Map<string, Set<ChannelHandlers>>();

  onCall(listener: (call: OfferedCall) => void): void {
    this.listener = listener;
  }

  offer(call: Partial<OfferedCall> = {}): OfferedCall {
    const offered = { channel: 'caller-1', caller: '+15550100', did: '7001', adopted: false, ...call };
    this.channels.add(offered.channel);
    this.listener(offered);
    return offered;
  }

  follow(channel: string, handlers: ChannelHandlers): () => void {
    const followers = this.followers.get(channel) ?? new Set();
    this.followers.set(channel, followers.add(handlers));
    return () => {
      followers.delete(handlers);
      if (followers.size === 0 && this.followers.get(channel) === followers) this.followers.delete(channel);
    };
  }

  /** Channels that somebody follows. */
  get followed(): number {
    return this.followers.size;
  }

  isFollowed(channel: string): boolean {
    return this.followers.has(channel);
  }

  press(channel: string, keys: string, at: number): void {
    for (const key of keys) this.tell(channel, (one) => one.onKey?.(key.charCodeAt(0), at));
  }

  /** The media of the one playback on a channel, or null. */
  heardBy(channel: string): readonly string[] | null {
    return [...this.playing.values()].find((playback) => playback.channel === channel)?.media ?? null;
  }

  finishPlayback(channel: string, failed = false): void {
    for (const [id, playback] of this.playing) {
      if (playback.channel !== channel) continue;
      this.playing.delete(id);
      if (!this.losePlaybackEnds) this.tell(channel, (one) => one.onPlaybackFinished?.(id, failed));
    }
  }

  disappear(channel: string, cause = 16): void {
    if (!this.channels.delete(channel)) return;
    for (const members of this.bridges.values()) members.delete(channel);
    for (const [id, playback] of this.playing) if (playback.channel === channel) this.playing.delete(id);
    this.tell(channel, (one) => one.onGone?.(cause));
  }

  async answer(channel: string): Promise<boolean> {
    await this.command('answer', channel);
    if (this.broken.has('muteVoice')) return false;
    this.muted.add(channel);
    return true;
  }

  async hangUp(channel: string, cause?: number): Promise<void> {
    await this.command('hangUp', channel, cause);
    this.disappear(channel, cause);
  }

  async giveBack(channel: string, farewell?: Farewell): Promise<void> {
    const said = [farewell?.returnTo, farewell?.payment].filter((one) => one != null).join(' ');
    await this.command('giveBack', channel, said === '' ? undefined : said);
    this.disappear(channel);
  }

  async assertSafe(): Promise<void> {
    if (this.unsafe !== null) throw new HushtoneError('asterisk-unsafe', this.unsafe);
    return Promise.resolve();
  }

  async isRecorded(channel: string): Promise<boolean> {
    return Promise.resolve(this.recorded.has(channel));
  }

  async refer(channel: string, address: string, { returnTo, payment }: Farewell): Promise<ReferResult> {
    await this.command('refer', channel, `${address} (else ${returnTo} ${payment})`);
    for (const members of this.bridges.values()) members.delete(channel);
    return this.referral ?? new Promise<ReferResult>(() => undefined);
  }

  async referred(channel: string): Promise<ReferResult> {
    await this.command('referred', channel);
    return this.referral ?? new Promise<ReferResult>(() => undefined);
  }

  async answerReferral(channel: string, accepted: boolean): Promise<void> {
    await this.command('answerReferral', channel, accepted);
  }

  /** Whoever answered a leg asks to send the caller to a number. */
  refersTo(channel: string, number: string): void {
    this.tell(channel, (one) => one.onReferral?.(number));
  }

  async readHeader(channel: string, name: string): Promise<string | null> {
    await this.command('readHeader', channel, name);
    return this.headers[name] ?? null;
  }

  async readVariable(channel: string, name: string): Promise<string | null> {
    await this.command('readVariable', channel, name);
    return this.variables[name] ?? null;
  }

  async play(channel: string, playback: string, media: readonly string[]): Promise<void> {
    await this.command('play', channel, ...media);
    if (this.losePlaybackEvents) return;
    this.playing.set(playback, { channel, media });
    queueMicrotask(() => {
      if (!this.losePlaybackStarts) this.tell(channel, (one) => one.onPlaybackStarted?.(playback));
      if (this.instantPlayback) this.finishPlayback(channel);
    });
  }

  isPlaying(playback: string): Promise<boolean> {
    return Promise.resolve(this.playing.has(playback));
  }

  async stopPlayback(playback: string): Promise<void> {
    await this.command('stopPlayback');
    const stopped = this.playing.get(playback);
    if (stopped === undefined) return;
    this.playing.delete(playback);
    if (this.losePlaybackEnds) return;
    queueMicrotask(() => {
      this.tell(stopped.channel, (one) => one.onPlaybackFinished?.(playback, false));
    });
  }

  async muteVoice(channel: string): Promise<void> {
    await this.command('muteVoice', channel);
    this.muted.add(channel);
  }

  async unmuteVoice(channel: string): Promise<void> {
    await this.command('unmuteVoice', channel);
    this.muted.delete(channel);
  }

  async delayVoice(channel: string): Promise<void> {
    await this.command('delayVoice', channel);
  }

  async createBridge(bridge: string): Promise<void> {
    await this.command('createBridge');
    this.bridges.set(bridge, new Set());
  }

  async addToBridge(bridge: string, channel: string, absorbKeys: boolean): Promise<void> {
    await this.command('addToBridge', this.channels.has(channel) ? channel : 'gone', absorbKeys);
    this.bridges.get(bridge)?.add(channel);
  }

  async destroyBridge(bridge: string): Promise<void> {
    await this.command('destroyBridge');
    this.bridges.delete(bridge);
  }

  async dial(request: DialRequest): Promise<void> {
    await this.command('dial', request.endpoint);
    this.channels.add(request.channel);
    const found = this.legs[request.endpoint] ?? [];
    const script = (typeof found === 'string' ? found : found.shift()) ?? 'silent';
    setImmediate(() => {
      this.actOut(script, request.channel);
    });
  }

  private actOut(script: LegScript, channel: string): void {
    if (script === 'busy') this.disappear(channel, 17);
    if (script === 'vanish') this.disappear(channel, 31);
    if (script === 'refuse') this.disappear(channel, 21);
    if (script === 'answer' || script === 'answer-then-hang-up') this.tell(channel, (one) => one.onAnswered?.());
    if (script === 'answer-then-hang-up') this.disappear(channel, 16);
  }

  private tell(channel: string, what: (handlers: ChannelHandlers) => void): void {
    for (const one of [...(this.followers.get(channel) ?? [])]) what(one);
  }

  private async command(name: string, ...details: unknown[]): Promise<void> {
    this.commands.push([name, ...details.filter((detail) => detail !== undefined).map(String)].join(' '));
    await Promise.resolve();
    if (this.broken.has(name)) throw new Error(`${name} is broken`);
    if (this.refused.has(name)) throw new HushtoneError('ari-refused', `${name}: it has gone`);
  }
}
