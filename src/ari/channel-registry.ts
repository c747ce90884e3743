import { messageOf } from '../errors';
import type { Logger } from '../ports/logger';
import type { ChannelHandlers, OfferedCall } from '../ports/telephony';

/** Q.850: normal, unspecified. For channels that went away unseen. */
const CAUSE_UNSPECIFIED = 31;
/** Q.850: normal clearing. */
const CAUSE_NORMAL = 16;

interface Playback {
  readonly channel: string;
  started: boolean;
}

/** How a channel's way through the dialplan ended: it is ours again, gone, or served by the dialplan (or went unseen). */
export type Errand = 'back' | 'gone' | 'lost';

/** A comparison of what is known with what there is. */
export interface Review {
  /** Reports every channel that was alive at the beginning and is not among `existing` as gone. Returns how many. */
  missing(existing: ReadonlySet<string>): number;
  /** False for a channel that has gone since the beginning. */
  isStillThere(channel: string): boolean;
  end(): void;
}

/**
 * Who follows which channel, and what is awaited there. Turns what happens into calls of handlers, each in a fence of its
 * own: one that throws is logged and hurts nobody else.
 */
export class ChannelRegistry {
  private readonly followers = new Map<string, ChannelHandlers[]>();
  /** Channels of our application that are known to exist. */
  private readonly alive = new Set<string>();
  /** Legs of this process that have not been answered. */
  private readonly legs = new Set<string>();
  private readonly causes = new Map<string, number>();
  private readonly playbacks = new Map<string, Playback>();
  /** Channels that are in the dialplan for a while, and who waits for them. */
  private readonly errands = new Map<string, (end: Errand) => void>();
  private readonly reviews = new Set<Set<string>>();
  private offer: ((call: OfferedCall) => void) | null = null;

  constructor(private readonly logger: Logger) {}

  onCall(listener: (call: OfferedCall) => void): void {
    this.offer = listener;
  }

  follow(channel: string, handlers: ChannelHandlers): () => void {
    const others = this.followers.get(channel) ?? [];
    this.followers.set(channel, [...others, handlers]);
    return () => {
      const left = (this.followers.get(channel) ?? []).filter((one) => one !== handlers);
      if (left.length === 0) this.followers.delete(channel);
      else this.followers.set(channel, left);
    };
  }

  isFollowed(channel: string): boolean {
    return this.followers.has(channel);
  }

  /** A caller's channel has entered our application, or was found there. */
  entered(call: OfferedCall): void {
    const isKnown = this.alive.has(call.channel);
    this.alive.add(call.channel);
    const cameBack = this.errands.get(call.channel);
    if (cameBack !== undefined) {
      this.errands.delete(call.channel);
      cameBack('back');
      return;
    }
    // Found by reconciliation and announced by an event as well: one call.
    if (this.isFollowed(call.channel) || (isKnown && !call.adopted)) return;
    if (this.offer === null) this.logger.warn('call-unheard', { channel: call.channel, did: call.did });
    else this.guard(call.channel, () => this.offer?.(call));
  }

  /** A leg is in our application, so it has been answered. False: nobody follows it. */
  legEntered(channel: string): boolean {
    this.alive.add(channel);
    if (this.legs.delete(channel)) this.tell(channel, (handlers) => handlers.onAnswered?.());
    return this.isFollowed(channel);
  }

  key(channel: string, key: number, at: number): void {
    this.tell(channel, (handlers) => handlers.onKey?.(key, at));
  }

  /** The far end of a channel asks to send whoever it talks with to a number. */
  referral(channel: string, number: string): void {
    this.tell(channel, (handlers) => handlers.onReferral?.(number));
  }

  /** Whether a channel is in our application. */
  isHere(channel: string): boolean {
    return this.alive.has(channel) && !this.errands.has(channel);
  }

  /** A channel is sent into the dialplan, from where it may come back. */
  errand(channel: string): Promise<Errand> {
    this.alive.add(channel);
    return new Promise((resolve) => this.errands.set(channel, resolve));
  }

  errandRefused(channel: string): void {
    this.errands.delete(channel);
  }

  /** Channels on an errand. */
  get onErrand(): string[] {
    return [...this.errands.keys()];
  }

  /** It will not come back; nor is its end of any interest. */
  errandLost(channel: string): void {
    const end = this.errands.get(channel);
    if (end === undefined) return;
    this.errands.delete(channel);
    this.alive.delete(channel);
    end('lost');
  }

  /** The channel has left the application: gone, unless it is on an errand. */
  left(channel: string): void {
    if (!this.errands.has(channel)) this.gone(channel);
  }

  /** A leg is about to be dialled. */
  legAsked(channel: string): void {
    this.legs.add(channel);
  }

  /** Asterisk has made the leg's channel. It may even be answered, or gone, by now. */
  legRinging(channel: string): void {
    if (this.legs.has(channel)) this.alive.add(channel);
  }

  legRefused(channel: string): void {
    this.legs.delete(channel);
  }

  /** The Q.850 cause with which the channel is about to go. The first one said counts. */
  leaving(channel: string, cause: number): void {
    if (this.alive.has(channel) && !this.causes.has(channel)) this.causes.set(channel, cause);
  }

  /** The channel is gone. Every playback awaited on it ends first. Idempotent. */
  gone(channel: string, cause?: number): void {
    for (const [id, playback] of this.playbacks) if (playback.channel === channel) this.playbackFinished(id, true);
    const handlers = this.followers.get(channel) ?? [];
    const known = this.causes.get(channel) ?? cause ?? CAUSE_NORMAL;
    this.followers.delete(channel);
    this.alive.delete(channel);
    for (const departed of this.reviews) departed.add(channel);
    this.errands.get(channel)?.('gone');
    this.errands.delete(channel);
    this.legs.delete(channel);
    this.causes.delete(channel);
    for (const one of handlers) this.guard(channel, () => one.onGone?.(known));
  }

  /**
   * Begins a comparison with a list that Asterisk will give. Events go on meanwhile: a channel that comes later is not in
   * the list, and one that goes may still be.
   */
  beginReview(): Review {
    const wasAlive = [...this.alive];
    const departed = new Set<string>();
    this.reviews.add(departed);
    return {
      missing: (existing) => {
        const lost = wasAlive.filter((channel) => this.alive.has(channel) && !existing.has(channel));
        for (const channel of lost) this.gone(channel, CAUSE_UNSPECIFIED);
        return lost.length;
      },
      isStillThere: (channel) => !departed.has(channel),
      end: () => {
        this.reviews.delete(departed);
      },
    };
  }

  playbackAsked(playback: string, channel: string): void {
    this.playbacks.set(playback, { channel, started: false });
  }

  playbackRefused(playback: string): void {
    this.playbacks.delete(playback);
  }

  /** Asterisk says so for each item of a list; it is passed on once. */
  playbackStarted(playback: string): void {
    const known = this.playbacks.get(playback);
    if (known === undefined || known.started) return;
    known.started = true;
    this.tell(known.channel, (handlers) => handlers.onPlaybackStarted?.(playback));
  }

  playbackFinished(playback: string, failed: boolean): void {
    const known = this.playbacks.get(playback);
    if (known === undefined) return;
    this.playbacks.delete(playback);
    this.tell(known.channel, (handlers) => handlers.onPlaybackFinished?.(playback, failed));
  }

  /** Playbacks whose end is awaited. */
  awaitedPlaybacks(): string[] {
    return [...this.playbacks.keys()];
  }

  /** A playback that ended unseen. One that had begun was in all likelihood heard; one that had not counts as failed. */
  playbackMissing(playback: string): void {
    this.playbackFinished(playback, this.playbacks.get(playback)?.started !== true);
  }

  private tell(channel: string, what: (handlers: ChannelHandlers) => void): void {
    for (const handlers of this.followers.get(channel) ?? []) {
      this.guard(channel, () => {
        what(handlers);
      });
    }
  }

  private guard(channel: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.logger.error('handler-failed', { channel, error: messageOf(error) });
    }
  }
}
