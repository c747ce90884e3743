import { messageOf } from '../errors';
import type { Call } from '../ports/call';
import type { OfferedCall } from '../ports/telephony';
import { LiveCall, type CallTools } from './live-call';

/** Q.850: unallocated number. */
const CAUSE_UNALLOCATED = 1;

export interface ReceptionDesk {
  /** Whether some flow answers this DID. */
  readonly answers: (did: string) => boolean;
  /** Serves the call to its end. Whatever it leaves open is closed afterwards. */
  readonly serve: (call: Call) => Promise<void>;
}

/**
 * Takes each offered call to whoever serves it, and keeps the list of calls in progress. DIDs that no flow answers are
 * refused before any answer; calls that were already up when this engine connected are handed back to the dialplan.
 */
export class Reception {
  private readonly calls = new Map<LiveCall, Promise<void>>();
  private closed = false;

  constructor(
    private readonly tools: CallTools,
    private readonly desk: ReceptionDesk,
  ) {}

  open(): void {
    this.tools.telephony.onCall((offered) => {
      this.welcome(offered);
    });
  }

  /** Calls in progress. */
  get inProgress(): number {
    return this.calls.size;
  }

  /** Takes no further calls and hands those in progress back to the dialplan. Resolves when none is left. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(
      [...this.calls].map(async ([call, served]) => {
        await call.giveBack();
        await served;
      }),
    );
  }

  private welcome(offered: OfferedCall): void {
    const { telephony, logger } = this.tools;
    if (this.closed || offered.adopted) {
      logger.warn('call-handed-back', {
        channel: offered.channel,
        did: offered.did,
        reason: offered.adopted ? 'was up before this engine' : 'engine is stopping',
      });
      this.quietly(telephony.giveBack(offered.channel));
      return;
    }
    if (!this.desk.answers(offered.did)) {
      logger.info('call-refused', { channel: offered.channel, did: offered.did, reason: 'no flow has this DID' });
      this.quietly(telephony.hangUp(offered.channel, CAUSE_UNALLOCATED));
      return;
    }
    const call = new LiveCall(offered, this.tools);
    const served = this.serve(call).finally(() => this.calls.delete(call));
    this.calls.set(call, served);
  }

  private async serve(call: LiveCall): Promise<void> {
    try {
      await this.desk.serve(call);
    } catch (error) {
      this.tools.logger.error('call-failed', { call: call.id, did: call.did, error: messageOf(error) });
    } finally {
      await call.hangUp('engine');
    }
  }

  private quietly(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.tools.logger.warn('command-failed', { error: messageOf(error) });
    });
  }
}
