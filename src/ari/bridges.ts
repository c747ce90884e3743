import { orThere } from './ari-error';
import type { Commands } from './commands';
import type { Outages } from './outages';

/** In this order: the other way round Asterisk would let the bridge go native, and keys past the engine. */
const BRIDGE_TYPE = 'mixing,dtmf_events';

/** The bridges that calls sit in, made and kept through losses of the connection. */
export class Bridges {
  /** Those that nobody has destroyed. */
  readonly ours = new Set<string>();

  constructor(
    private readonly commands: Commands,
    private readonly outages: Outages,
    private readonly app: string,
  ) {}

  /** The id is ours: that a bridge of this id exists says that the first time was carried out. */
  async create(bridge: string): Promise<void> {
    this.ours.add(bridge);
    const parameters = { bridgeId: bridge, type: BRIDGE_TYPE, name: this.app };
    await this.outages.outlast([bridge], (again) =>
      orThere(again, this.commands.now('POST /bridges/{bridgeId}', parameters)),
    );
  }

  /** A channel that is in the bridge already leaves it for a moment and comes back. */
  async add(bridge: string, channel: string, absorbKeys: boolean): Promise<void> {
    await this.outages.outlast([channel, bridge], () =>
      this.commands.waiting('POST /bridges/{bridgeId}/addChannel', {
        bridgeId: bridge,
        channel: [channel],
        absorbDTMF: absorbKeys,
        // Else Asterisk sends both sides a new INVITE in the middle of the call, to show them each other's number.
        inhibitConnectedLineUpdates: true,
      }),
    );
  }

  async destroy(bridge: string): Promise<void> {
    // No longer ours, whatever becomes of the command: one that is still there after an outage is destroyed by reconciling.
    this.ours.delete(bridge);
    this.outages.drop(bridge);
    await this.commands.nowOrGone('DELETE /bridges/{bridgeId}', { bridgeId: bridge });
  }
}
