import { isError, messageOf } from '../errors';
import type { ReturnRequest, ReturnResult } from '../ports/call';
import type { Timer } from '../ports/clock';
import type { CallTools } from './call-tools';
import { deferred, orAborted } from './waiting';

/** Q.850: user busy. */
const CAUSE_BUSY = 17;
/** Q.850: no user responding, no answer, normal clearing before the answer. */
const CAUSES_NO_ANSWER = new Set([18, 19]);
/** Q.850: normal, unspecified. Of legs that went while the switch could tell nothing. */
const CAUSE_UNSEEN = 31;
/** Dialled legs that tell nothing are ended by us a little after the switch's own limit. */
const RING_GRACE_MS = 1_000;

/** A new leg to a return target: dials it, tells what became of it, and later that it hung up. */
export class ReturnLeg {
  private readonly settled = deferred<ReturnResult>();
  private readonly unfollow: () => void;
  private readonly over = deferred<undefined>();
  private talking = false;
  private gone = false;
  private unseen = false;

  constructor(
    readonly channel: string,
    private readonly tools: CallTools,
    /** Called once when the leg, having been joined with the caller, is over. */
    private readonly onHungUp: () => void,
    /** Called when whoever answered asks to send the caller to another number. */
    onReferral: (number: string) => void,
  ) {
    this.unfollow = tools.telephony.follow(channel, {
      onAnswered: () => {
        this.settled.resolve('answered');
      },
      onReferral,
      onGone: (cause) => {
        this.wentAway(cause);
      },
    });
  }

  /** Dials and waits for the answer, for at most the ring time from when it was dialled. Anything but `answered` leaves no leg behind. */
  async ring(
    request: ReturnRequest,
    caller: { channel: string; number: string },
    signal: AbortSignal,
  ): Promise<ReturnResult> {
    let limit: Timer | null = null;
    try {
      await orAborted(this.dial(request, caller), signal);
      limit = this.tools.clock.after(request.ringMs + RING_GRACE_MS, () => {
        this.settled.resolve('no-answer');
      });
      const result = await orAborted(this.settled.promise, signal);
      if (result !== 'answered') await this.hangUp();
      return result;
    } catch (error) {
      await this.hangUp();
      if (signal.aborted) throw error;
      this.tools.logger.warn('dial-failed', { channel: this.channel, target: request.target, error: messageOf(error) });
      return 'failed';
    } finally {
      limit?.cancel();
    }
  }

  private async dial(request: ReturnRequest, caller: { channel: string; number: string }): Promise<void> {
    const { endpoint, headers, ringMs } = request;
    const { channel } = this;
    await this.tools.telephony.dial({
      channel,
      endpoint,
      callerId: caller.number,
      originator: caller.channel,
      headers,
      ringMs,
    });
    // Given up before Asterisk had made it: to hang it up then was too early.
    if (this.gone) await this.tools.telephony.hangUp(channel);
  }

  /**
   * In a call taken over from another process, whose target had answered. A leg that went while nobody looked tells nobody, so
   * it is asked for. False: it is gone.
   */
  async stillThere(): Promise<boolean> {
    this.talking = true;
    try {
      await this.tools.telephony.readVariable(this.channel, 'CHANNEL(state)');
      return true;
    } catch (error) {
      // A switch that is slow or away says nothing of the leg; two who talk are not parted for that.
      if (!isError(error, 'ari-refused')) return true;
      await this.hangUp();
      return false;
    }
  }

  /** Resolves when it has been there for so long (ms), or has gone before. Rejects with the signal's reason. */
  async stays(ms: number, signal: AbortSignal): Promise<void> {
    const past = deferred<undefined>();
    const timer = this.tools.clock.after(ms, () => {
      past.resolve(undefined);
    });
    try {
      await orAborted(Promise.race([past.promise, this.over.promise]), signal);
    } finally {
      timer.cancel();
    }
  }

  get isGone(): boolean {
    return this.gone;
  }

  /** It went while the switch could tell nothing: whether anybody answered is not known. */
  get wentUnseen(): boolean {
    return this.unseen;
  }

  /** Caller and target have been joined: from now on its end is the call's. False: it has gone before. */
  talk(): boolean {
    this.talking = !this.gone;
    return this.talking;
  }

  /** Ends the leg, whatever its state. Idempotent; never rejects. */
  async hangUp(): Promise<void> {
    this.unfollow();
    if (this.gone) return;
    this.gone = true;
    await this.tools.telephony.hangUp(this.channel).catch(() => undefined);
  }

  private wentAway(cause: number): void {
    if (this.gone) return;
    this.gone = true;
    this.unseen = cause === CAUSE_UNSEEN;
    this.over.resolve(undefined);
    this.unfollow();
    if (this.talking) this.onHungUp();
    else this.settled.resolve(resultOf(cause));
  }
}

function resultOf(cause: number): ReturnResult {
  if (cause === CAUSE_BUSY) return 'busy';
  return CAUSES_NO_ANSWER.has(cause) ? 'no-answer' : 'failed';
}
