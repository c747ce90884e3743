import type { Logger } from '../ports/logger';
import { AriRefused } from './ari-error';
import type { ChannelRegistry } from './channel-registry';
import type { Commands } from './commands';
import { offeredCall } from './events';
import type { Bridge, Channel } from './generated/ari-types';

export interface Reconciliation {
  readonly commands: Commands;
  readonly registry: ChannelRegistry;
  readonly logger: Logger;
  readonly app: string;
  /** Bridges that this process has made and not yet destroyed. */
  readonly bridges: ReadonlySet<string>;
}

/**
 * Finds out what happened while no events came: channels that went away, calls that nobody follows, legs that were
 * answered, playbacks that ended. Keys pressed meanwhile are lost; the field's own timers deal with that.
 */
export async function reconcile(world: Reconciliation): Promise<void> {
  const { commands, registry, logger, app } = world;
  const [channels, bridges, application] = await Promise.all([
    commands.waiting('GET /channels', {}),
    commands.waiting('GET /bridges', {}),
    commands.waiting('GET /applications/{applicationName}', { applicationName: app }),
  ]);
  const lost = registry.missing(new Set(channels.map((channel) => channel.id)));
  const ours = channels.filter((channel) => isInApplication(channel, app));
  await subscribe(world, ours, new Set(application.channel_ids));
  for (const channel of ours) registry.entered(offeredCall(channel, true));
  await Promise.all([
    ...registry.awaitedPlaybacks().map((playback) => checkPlayback(world, playback)),
    ...bridges.filter((bridge) => isOrphan(bridge, world)).map((bridge) => destroy(commands, bridge)),
  ]);
  logger.info('ari-reconciled', { count: ours.length, reason: `${lost} channels gone unseen` });
}

/** `Stasis(app,args...)` is the dialplan application that a channel of ours is in. */
function isInApplication(channel: Channel, app: string): boolean {
  return channel.dialplan.app_name === 'Stasis' && channel.dialplan.app_data.split(',', 1)[0] === app;
}

/** Subscriptions outlive a lost socket, but not an application that Asterisk has meanwhile forgotten. */
async function subscribe(world: Reconciliation, ours: readonly Channel[], known: ReadonlySet<string>): Promise<void> {
  const missing = ours.filter((channel) => !known.has(channel.id));
  if (missing.length === 0) return;
  await world.commands.waiting('POST /applications/{applicationName}/subscription', {
    applicationName: world.app,
    eventSource: missing.map((channel) => `channel:${channel.id}`),
  });
}

async function checkPlayback(world: Reconciliation, playback: string): Promise<void> {
  try {
    await world.commands.now('GET /playbacks/{playbackId}', { playbackId: playback });
  } catch (error) {
    if (!(error instanceof AriRefused) || error.status !== 404) throw error;
    world.registry.playbackMissing(playback);
  }
}

/** A bridge of an engine that died: our name on it, nobody in it, and not made by this process. */
function isOrphan(bridge: Bridge, world: Reconciliation): boolean {
  return bridge.name === world.app && bridge.channels.length === 0 && !world.bridges.has(bridge.id);
}

async function destroy(commands: Commands, bridge: Bridge): Promise<void> {
  await commands.nowOrGone('DELETE /bridges/{bridgeId}', { bridgeId: bridge.id });
}
