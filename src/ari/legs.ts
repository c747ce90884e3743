import type { DialRequest } from '../ports/telephony';
import { orThere } from './ari-error';
import type { ChannelRegistry } from './channel-registry';
import type { Commands } from './commands';
import { checkedLine, headerFunction } from './header-grammar';
import { LEG } from './our-channels';
import type { Outages } from './outages';

/** Written on each leg: a REFER of whoever answers comes to us, and moves nobody by itself. */
const TRANSFER_HANDLING = 'PJSIP_TRANSFER_HANDLING()';

/** Calls of ours: to an agent, or whoever else a caller is taken to. */
export class Legs {
  constructor(
    private readonly commands: Commands,
    private readonly registry: ChannelRegistry,
    private readonly outages: Outages,
    private readonly app: string,
  ) {}

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
      app: this.app,
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
}
