import type { ReferResult } from '../ports/telephony';
import { isNoSuchSource } from './ari-error';
import type { ChannelRegistry } from './channel-registry';
import type { ChannelVariables } from './channel-variables';
import type { Commands } from './commands';
import { checkedLine } from './header-grammar';
import { REFER_CONTEXT } from './our-channels';

/** Read, and set, by the dialplan as well. */
const REFER_TO = 'HUSHTONE_REFER_TO';
const REFER_STATUS = 'TRANSFERSTATUSPROTOCOL';

/**
 * REFERs of ours. Asterisk's own redirect tells no result, so the dialplan carries the REFER out (context `hushtone-refer`): a
 * channel that was refused comes back to us, and says why.
 */
export class Referrals {
  constructor(
    private readonly commands: Commands,
    private readonly registry: ChannelRegistry,
    private readonly variables: ChannelVariables,
    private readonly app: string,
  ) {}

  async refer(channel: string, address: string): Promise<ReferResult> {
    await this.variables.set(channel, REFER_TO, `PJSIP/${checkedLine('the address', address)}`);
    // Else nothing would tell the end of a channel that has left the application.
    await this.subscribe(channel);
    const cameBack = this.registry.errand(channel);
    try {
      const way = { context: REFER_CONTEXT, extension: 's', priority: 1 };
      await this.commands.now('POST /channels/{channelId}/continue', { channelId: channel, ...way });
    } catch (error) {
      this.registry.errandRefused(channel);
      throw error;
    }
    return this.outcome(channel, cameBack);
  }

  /** Of a REFER that another process asked for. */
  async referred(channel: string): Promise<ReferResult> {
    const cameBack = this.registry.isHere(channel) ? Promise.resolve(true) : this.registry.errand(channel);
    try {
      await this.subscribe(channel);
    } catch (error) {
      if (!isNoSuchSource(error)) {
        this.registry.errandRefused(channel);
        throw error;
      }
      // It went before anybody looked.
      this.registry.gone(channel);
      return 'answered';
    }
    return this.outcome(channel, cameBack);
  }

  private async outcome(channel: string, cameBack: Promise<boolean>): Promise<ReferResult> {
    return (await cameBack) ? resultOf(await this.variables.read(channel, REFER_STATUS)) : 'answered';
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
