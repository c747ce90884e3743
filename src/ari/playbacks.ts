import { AriRefused } from './ari-error';
import type { ChannelRegistry } from './channel-registry';
import type { Commands } from './commands';
import type { Outages } from './outages';

/** Prompts of one channel each, by ids of our own. */
export class Playbacks {
  constructor(
    private readonly commands: Commands,
    private readonly registry: ChannelRegistry,
    private readonly outages: Outages,
  ) {}

  /**
   * Asterisk would play the same id twice, so a second time looks for it first. What was taken, heard and over meanwhile is said
   * again: better twice than never.
   */
  async play(channel: string, playback: string, media: readonly string[]): Promise<void> {
    await this.outages.outlast([channel, playback], async (again) => {
      this.registry.playbackAsked(playback, channel);
      try {
        if (again && (await this.isThere(playback))) return;
        await this.commands.now('POST /channels/{channelId}/play/{playbackId}', {
          channelId: channel,
          playbackId: playback,
          media,
        });
      } catch (error) {
        this.registry.playbackRefused(playback);
        throw error;
      }
    });
  }

  async isPlaying(playback: string): Promise<boolean> {
    return this.outages.outlast([playback], () => this.isThere(playback));
  }

  /** Not worth a wait: whoever stops a playback looks later whether it has gone. */
  async stop(playback: string): Promise<void> {
    this.outages.drop(playback);
    await this.commands.nowOrGone('DELETE /playbacks/{playbackId}', { playbackId: playback });
  }

  private async isThere(playback: string): Promise<boolean> {
    try {
      await this.commands.now('GET /playbacks/{playbackId}', { playbackId: playback });
      return true;
    } catch (error) {
      if (error instanceof AriRefused && error.status === 404) return false;
      throw error;
    }
  }
}
