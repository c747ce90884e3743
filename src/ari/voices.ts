import { AriRefused } from './ari-error';
import type { ChannelVariables } from './channel-variables';
import type { Commands } from './commands';
import type { Outages } from './outages';

/** Set only to be waited for: it is carried out after whatever the channel was asked before. */
const BARRIER = 'HUSHTONE_BARRIER';
/**
 * The longest that Asterisk takes to know a tone: two and a half of its blocks of 102 samples (dsp.c), found at the end of a
 * packet of 20 ms, and a little to spare. From there on it lets no sound of the channel through until the tone has ended.
 */
const LOOK_AHEAD_MS = 80;

/** What everyone else hears of a channel. A channel is muted or not, however often it is told. */
export class Voices {
  constructor(
    private readonly commands: Commands,
    private readonly variables: ChannelVariables,
    private readonly outages: Outages,
  ) {}

  /** The mute itself is answered before it is carried out; the barrier behind it is answered after. */
  async mute(channel: string): Promise<void> {
    await this.outages.outlast([channel], async () => {
      await this.ask(channel);
      await this.variables.set(channel, BARRIER, '1');
    });
  }

  /** In force once a command that waits for the channel has been answered after it. False: refused. */
  async askForMute(channel: string): Promise<boolean> {
    try {
      await this.outages.outlast([channel], () => this.ask(channel));
      return true;
    } catch (error) {
      if (error instanceof AriRefused) return false;
      throw error;
    }
  }

  async unmute(channel: string): Promise<void> {
    await this.outages.outlast([channel], () =>
      this.commands.now('DELETE /channels/{channelId}/mute', { channelId: channel, direction: 'in' }),
    );
  }

  private async ask(channel: string): Promise<void> {
    await this.commands.now('POST /channels/{channelId}/mute', { channelId: channel, direction: 'in' });
  }

  /** A second buffer takes the place of the first. */
  async delay(channel: string): Promise<void> {
    await this.outages.outlast([channel], () =>
      this.variables.set(channel, 'JITTERBUFFER(fixed)', String(LOOK_AHEAD_MS)),
    );
  }
}
