import { HushtoneError, isError } from '../errors';
import type { Clock } from '../ports/clock';
import type { ChannelRegistry } from './channel-registry';

/** Before a command is tried again that was lost although the WebSocket is up: HTTP notices some losses first. */
const PAUSE_MS = 250;

interface Waiter {
  readonly ids: readonly string[];
  readonly go: () => void;
  readonly fail: (error: Error) => void;
}

/**
 * What a call asks for while the connection is down waits here until it is back and reconciled: the way to Asterisk says nothing
 * of the telephone. A command that was under way when the connection broke may have been carried out, or not; it is given again, so
 * only commands belong here for which a second time does no harm, or finds out.
 */
export class Outages {
  private readonly waiting = new Set<Waiter>();
  private losses = 0;
  private over = false;

  constructor(
    private readonly clock: Clock,
    /** The longest that one command outlasts, ms. */
    private readonly limitMs: number,
    private readonly registry: ChannelRegistry,
    private readonly isUp: () => boolean,
  ) {}

  /**
   * Runs `work` once the connection is up, and again (`again` is true) when it was lost on the way.
   * @param ids The channel first, or whatever else the command is for: what ends one of them (`drop`) ends the wait.
   * @throws HushtoneError `ari-disconnected` after the limit, `caller-gone` when the channel went meanwhile, `call-closed` when dropped.
   */
  async outlast<T>(ids: readonly [string, ...string[]], work: (again: boolean) => Promise<T>): Promise<T> {
    const until = this.clock.monotonic() + this.limitMs;
    for (let again = false; ; again = true) {
      // No turn is given away while it is up: commands leave in the order they were given.
      if (!this.over && !this.isUp()) await this.connected(ids, until);
      const { losses } = this;
      try {
        return await work(again);
      } catch (error) {
        if (this.over || !this.wasLost(error, losses) || this.clock.monotonic() >= until) throw error;
        if (this.isUp()) await this.pause();
      }
    }
  }

  /** The connection is up, and what was missed has been told. */
  ended(): void {
    for (const waiter of [...this.waiting]) waiter.go();
  }

  /** The connection is lost. */
  began(): void {
    this.losses++;
  }

  /** Nothing more is wanted of this channel, playback or bridge. */
  drop(id: string): void {
    for (const waiter of [...this.waiting])
      if (waiter.ids.includes(id)) waiter.fail(new HushtoneError('call-closed', 'while the connection was down'));
  }

  /** From now on nothing waits: what cannot be carried out fails at once. */
  waitNoLonger(): void {
    this.over = true;
    for (const waiter of [...this.waiting]) waiter.fail(new HushtoneError('ari-disconnected'));
  }

  private connected(ids: readonly [string, ...string[]], until: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (how: () => void): void => {
        this.waiting.delete(waiter);
        timer.cancel();
        unfollow();
        how();
      };
      const fail = (error: Error): void => {
        settle(() => {
          reject(error);
        });
      };
      const waiter: Waiter = {
        ids,
        go: () => {
          settle(resolve);
        },
        fail,
      };
      const timer = this.clock.after(until - this.clock.monotonic(), () => {
        fail(new HushtoneError('ari-disconnected', `for ${this.limitMs} ms`));
      });
      const unfollow = this.registry.follow(ids[0], {
        onGone: () => {
          fail(new HushtoneError('caller-gone', 'while the connection was down'));
        },
      });
      this.waiting.add(waiter);
    });
  }

  /** A time limit that ran out says nothing of Asterisk when the connection broke meanwhile. */
  private wasLost(error: unknown, losses: number): boolean {
    return isError(error, 'ari-disconnected') || (isError(error, 'ari-timeout') && losses !== this.losses);
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => this.clock.after(PAUSE_MS, resolve));
  }
}
