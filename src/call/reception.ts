import { isError, messageOf } from '../errors';
import type { Call } from '../ports/call';
import type { KeptCall, KeptFlow } from '../ports/kept-calls';
import type { Farewell, OfferedCall } from '../ports/telephony';
import type { CallTools } from './call-tools';
import { LiveCall } from './live-call';
import type { OtherFlows } from './other-flows';
import { deferred } from './waiting';

/** Q.850: unallocated number. */
const CAUSE_UNALLOCATED = 1;

/** A kept call whose flow had begun. */
type EarlierCall = KeptCall & { readonly flow: KeptFlow };

export interface ReceptionDesk {
  /** Whether some flow answers this DID. */
  readonly answers: (did: string) => boolean;
  /**
   * Serves the call to its end. Whatever it leaves open is closed afterwards. `keep` takes how the flow stands; `earlier` is how
   * it stood in a process that died.
   */
  readonly serve: (call: Call, keep: (flow: KeptFlow) => void, earlier: KeptFlow | null) => Promise<void>;
  /** Endpoint to which the dialplan may take a caller when the engine stops, or null. */
  readonly wayBack: (flow: KeptFlow) => string | null;
  /** Whether an answer to the caller's payment is awaited, and what is known of it; null when none was tried. */
  readonly payment: (flow: KeptFlow) => { readonly underWay: boolean; readonly outcome: string | null };
  /** Whether calls outlive this process at the switch. */
  readonly callsStay: boolean;
}

/**
 * Takes each offered call to whoever serves it, and keeps the list of calls in progress. DIDs that no flow answers are
 * refused before any answer. Calls that an engine before this one left behind are taken over; one that nobody knows is handed
 * back to the dialplan.
 */
export class Reception {
  private readonly calls = new Map<LiveCall, Promise<void>>();
  private readonly earlier = new Map<string, KeptCall>();
  /** Legs of those calls, followed until their calls are: a leg that nobody follows is hung up. */
  private readonly earlierLegs = new Map<string, () => void>();
  private closed = false;
  /** Whom to tell that a call's payment is no longer under way, once this closes. */
  private readonly paid = new Map<LiveCall, () => void>();

  private readonly otherFlows: OtherFlows;

  constructor(
    private readonly tools: CallTools,
    private readonly desk: ReceptionDesk,
  ) {
    this.otherFlows = {
      answers: desk.answers,
      take: (offered, transferredBy) => {
        this.welcome(offered, transferredBy);
      },
    };
  }

  /** Begins to listen. Before the connection is made, so that calls that an earlier engine left are known when they are offered. */
  open(): void {
    for (const call of this.tools.kept.all()) {
      this.earlier.set(call.channel, call);
      if (call.leg !== null) this.earlierLegs.set(call.leg, this.tools.telephony.follow(call.leg, {}));
    }
    this.tools.telephony.onCall((offered) => {
      this.welcome(offered);
    });
  }

  /** Once every call that is still there has been offered: those that are not ended unseen, and what they left is tidied up. */
  forgetTheRest(): void {
    const { telephony, kept, logger } = this.tools;
    for (const { channel, caller, did, id, leg, bridge, releasing } of [...this.earlier.values()]) {
      if (releasing) {
        // Not in the application, and maybe on its way back to it.
        this.welcome({ channel, caller, did, adopted: true });
        continue;
      }
      logger.warn('call-ended-unseen', { call: id, channel, reason: 'it ended while no engine was there' });
      this.letLegGo(leg);
      if (leg !== null) this.quietly(telephony.hangUp(leg));
      this.quietly(telephony.destroyBridge(bridge));
      kept.forget(channel);
    }
    this.earlier.clear();
  }

  private letLegGo(leg: string | null): void {
    if (leg === null) return;
    this.earlierLegs.get(leg)?.();
    this.earlierLegs.delete(leg);
  }

  /** Calls in progress. */
  get inProgress(): number {
    return this.calls.size;
  }

  /**
   * Takes no further calls and hands those in progress back to the dialplan, but for callers who talk with an agent where calls
   * stay: the next engine finds them. One whose payment is under way is kept until its outcome is known, for at most `paymentMs`.
   * Resolves when none is left.
   */
  async close(paymentMs: number): Promise<void> {
    this.closed = true;
    const { callsStay } = this.desk;
    const leaving = [...this.calls].filter(([call]) => !(callsStay && call.talking));
    await Promise.all(
      leaving.map(async ([call, served]) => {
        await this.untilPaid(call, paymentMs);
        const { returnTo, payment } = this.farewell(call.flowNow);
        await call.giveBack({ returnTo: callsStay ? returnTo : null, payment });
        await served;
      }),
    );
  }

  /** Resolves when no payment of the call is under way, when the call is over, or after `ms`. */
  private async untilPaid(call: LiveCall, ms: number): Promise<void> {
    if (!this.isPaying(call)) return;
    const paid = deferred<undefined>();
    const enough = (): void => {
      paid.resolve(undefined);
    };
    this.paid.set(call, enough);
    const limit = this.tools.clock.after(ms, enough);
    await Promise.race([paid.promise, call.ended]);
    limit.cancel();
    this.paid.delete(call);
  }

  private stateChanged(call: LiveCall): void {
    const told = this.paid.get(call);
    if (told !== undefined && !this.isPaying(call)) told();
  }

  private isPaying({ flowNow }: LiveCall): boolean {
    return this.read('payment-unknown', flowNow, this.desk.payment)?.underWay === true;
  }

  /** What an engine of another version has kept may read as anything: a caller is handed back all the same. */
  private farewell(flow: KeptFlow | null): Farewell {
    return {
      returnTo: this.read('way-back-unknown', flow, this.desk.wayBack),
      payment: this.read('payment-unknown', flow, this.desk.payment)?.outcome ?? null,
    };
  }

  private read<T>(event: string, flow: KeptFlow | null, how: (flow: KeptFlow) => T): T | null {
    try {
      return flow === null ? null : how(flow);
    } catch (error) {
      this.tools.logger.warn(event, { error: messageOf(error) });
      return null;
    }
  }

  private welcome(offered: OfferedCall, transferredBy: string | null = null): void {
    const { telephony, logger, record } = this.tools;
    const earlier = this.takeEarlier(offered.channel);
    if (this.closed || (offered.adopted && earlier === null)) {
      const reason = offered.adopted ? 'was up before this engine' : 'engine is stopping';
      logger.warn('call-handed-back', { channel: offered.channel, did: offered.did, reason });
      this.quietly(telephony.giveBack(offered.channel));
      return;
    }
    const did = earlier?.did ?? offered.did;
    if (earlier === null && !this.desk.answers(did)) {
      record(offered.channel, { type: 'call-refused', did, reason: 'no flow has this DID' });
      this.quietly(telephony.hangUp(offered.channel, CAUSE_UNALLOCATED));
      return;
    }
    const call = new LiveCall({ ...offered, did }, this.tools, earlier?.id, this.otherFlows, transferredBy);
    const served = (earlier === null ? this.serve(call) : this.takeOver(call, earlier)).finally(() =>
      this.calls.delete(call),
    );
    this.calls.set(call, served);
  }

  /** The kept call of this channel, if it can go on. One whose flow had not begun cannot. */
  private takeEarlier(channel: string): EarlierCall | null {
    const earlier = this.earlier.get(channel);
    if (earlier === undefined) return null;
    this.earlier.delete(channel);
    if (isUnderWay(earlier)) return earlier;
    this.tools.kept.forget(channel);
    return null;
  }

  private async serve(call: LiveCall, earlier: KeptFlow | null = null): Promise<void> {
    try {
      await this.desk.serve(
        call,
        (flow) => {
          call.keepFlow(flow);
          this.stateChanged(call);
        },
        earlier,
      );
    } catch (error) {
      await this.failed(call, call.flowNow ?? earlier, error);
    } finally {
      await call.hangUp('engine');
    }
  }

  private async takeOver(call: LiveCall, earlier: EarlierCall): Promise<void> {
    const state = earlier.joined ? 'talking' : 'in its flow';
    this.tools.logger.warn('call-taken-over', { call: call.id, channel: earlier.channel, did: call.did, state });
    try {
      await call.takeOver(earlier);
    } catch (error) {
      await this.failed(call, earlier.flow, error);
      return;
    } finally {
      this.letLegGo(earlier.leg);
    }
    await this.serve(call, earlier.flow);
  }

  /** A caller who was in the middle of something is not just cut off: the dialplan has them, and the way to their agent. */
  private async failed(call: LiveCall, flow: KeptFlow | null, error: unknown): Promise<void> {
    if (!isError(error, 'caller-gone') && !isError(error, 'call-closed'))
      this.tools.logger.error('call-failed', { call: call.id, did: call.did, error: messageOf(error) });
    await call.giveBack(this.farewell(flow));
  }

  private quietly(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.tools.logger.warn('command-failed', { error: messageOf(error) });
    });
  }
}

function isUnderWay(call: KeptCall): call is EarlierCall {
  return call.flow !== null;
}
