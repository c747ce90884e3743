import type { Farewell, ReferResult } from '../ports/telephony';
import { AriRefused, isGone, isNoSuchSource } from './ari-error';
import type { ChannelRegistry, Errand } from './channel-registry';
import type { ChannelVariables } from './channel-variables';
import type { Commands } from './commands';
import { bidFarewell, takeFarewellBack } from './farewell';
import { checkedLine } from './header-grammar';
import { isInApplication, REFER_CONTEXT } from './our-channels';
import type { Outages } from './outages';

/** Read, and set, by the dialplan as well. */
const REFER_TO = 'HUSHTONE_REFER_TO';
const REFER_STATUS = 'TRANSFERSTATUSPROTOCOL';
const READ_BY_SIP_THREAD = 'CHANNEL(pjsip,call-id)';

/**
 * REFERs of ours. Asterisk's own redirect tells no result, so the dialplan carries the REFER out (context `hushtone-refer`): a
 * channel that was refused comes back to us, and says why.
 */
export class Referrals {
  constructor(
    private readonly commands: Commands,
    private readonly registry: ChannelRegistry,
    private readonly variables: ChannelVariables,
    private readonly outages: Outages,
    private readonly app: string,
  ) {}

  async refer(channel: string, address: string, farewell: Farewell): Promise<ReferResult> {
    const to = `PJSIP/${checkedLine('the address', address)}`;
    await this.outages.outlast([channel], async () => {
      await this.variables.set(channel, REFER_TO, to);
      await bidFarewell(this.variables, channel, farewell);
      // Else nothing would tell the end of a channel that has left the application.
      await this.subscribe(channel);
    });
    const { cameBack } = await this.outages.outlast([channel], (again) => this.send(channel, again));
    return this.outcome(channel, cameBack);
  }

  /** Answers a REFER that came from the far end. */
  async answer(channel: string, accepted: boolean): Promise<void> {
    // Asterisk 22.10 tells of a REFER just before it has noted where the answer to it goes, and crashes when that comes sooner.
    // The thread that is at it reads this, too, and so only afterwards.
    await this.variables.read(channel, READ_BY_SIP_THREAD).catch(() => undefined);
    await this.commands.waiting('POST /channels/{channelId}/transfer_progress', {
      channelId: channel,
      states: accepted ? 'channel_answered' : 'channel_declined',
    });
  }

  /** Of a REFER that another process asked for. */
  async referred(channel: string): Promise<ReferResult> {
    const { registry } = this;
    const cameBack = registry.isHere(channel) ? Promise.resolve<Errand>('back') : registry.errand(channel);
    try {
      await this.subscribe(channel);
      if (await this.isElsewhere(channel)) registry.errandLost(channel);
    } catch (error) {
      if (!isNoSuchSource(error) && !isGone(error)) {
        registry.errandRefused(channel);
        throw error;
      }
      // It went before anybody looked.
      registry.errandLost(channel);
    }
    return this.outcome(channel, cameBack);
  }

  /** A channel that has left the application already was sent there when it was asked before, and the answer was lost. */
  private async send(channel: string, again: boolean): Promise<{ cameBack: Promise<Errand> }> {
    const cameBack = this.registry.errand(channel);
    try {
      const way = { context: REFER_CONTEXT, extension: 's', priority: 1 };
      await this.commands.now('POST /channels/{channelId}/continue', { channelId: channel, ...way });
    } catch (error) {
      if (!again || !(error instanceof AriRefused) || error.status !== 409) {
        this.registry.errandRefused(channel);
        throw error;
      }
      if (await this.isElsewhere(channel)) this.registry.errandLost(channel);
    }
    return { cameBack };
  }

  /** Neither with us nor on its way to the far end: the dialplan serves the caller, as no engine was there when they came back. */
  private async isElsewhere(channel: string): Promise<boolean> {
    const found = await this.commands.now('GET /channels/{channelId}', { channelId: channel });
    return !isInApplication(found, this.app) && found.dialplan.context !== REFER_CONTEXT;
  }

  private async outcome(channel: string, cameBack: Promise<Errand>): Promise<ReferResult> {
    const errand = await cameBack;
    if (errand !== 'back') return errand === 'gone' ? 'answered' : 'lost';
    return this.outages.outlast([channel], async () => {
      await takeFarewellBack(this.variables, channel);
      return resultOf(await this.variables.read(channel, REFER_STATUS));
    });
  }

  private async subscribe(channel: string): Promise<void> {
    await this.commands.waiting('POST /applications/{applicationName}/subscription', {
      applicationName: this.app,
      eventSource: [`channel:${channel}`],
    });
  }
}

/** By the SIP status with which the far end refused, or with which its attempt ended. */
function resultOf(status: string | null): ReferResult {
  if (status === '486' || status === '600') return 'busy';
  return status === '408' || status === '480' || status === '487' ? 'no-answer' : 'failed';
}
