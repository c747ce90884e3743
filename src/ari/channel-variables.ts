import { AriRefused } from './ari-error';
import type { Commands } from './commands';

/** What Asterisk says of a variable or header that is not there, as opposed to a channel that is not. */
const NO_VALUE = new Set(['Provided variable was not found', 'Unable to read provided function']);

/** Variables and functions of channels. Names and values have been checked by whoever asks. */
export class ChannelVariables {
  constructor(private readonly commands: Commands) {}

  /** Carried out by the channel's own thread: resolves only after whatever the channel was asked before. */
  async set(channel: string, variable: string, value: string): Promise<void> {
    await this.commands.waiting('POST /channels/{channelId}/variable', { channelId: channel, variable, value });
  }

  /** Null when it is not there, or empty. */
  async read(channel: string, variable: string): Promise<string | null> {
    const operation = 'GET /channels/{channelId}/variable';
    const asked = { channelId: channel, variable };
    try {
      // A function may wait for something to find its value; a variable is just read, whatever the channel is doing.
      const { value } = variable.endsWith(')')
        ? await this.commands.waiting(operation, asked)
        : await this.commands.now(operation, asked);
      return value === '' ? null : value;
    } catch (error) {
      if (error instanceof AriRefused && NO_VALUE.has(error.answer)) return null;
      throw error;
    }
  }
}
