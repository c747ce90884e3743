import type { Logger } from '../ports/logger';
import { AriRefused } from './ari-error';
import type { ChannelRegistry, Review } from './channel-registry';
import type { Commands } from './commands';
import { offeredCall } from './events';
import type { Bridge, Channel } from './generated/ari-types';

/** The answer to a subscription to a channel that does not exist. */
const NO_SUCH_SOURCE = 422;

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
  const review = world.registry.beginReview();
  try {
    await compare(world, review);
  } finally {
    review.end();
  }
}

async function compare(world: Reconciliation, review: Review): Promise<void> {
  const { commands, registry, logger, app } = world;
  const [channels, bridges, application] = await Promise.all([
    commands.waiting('GET /channels', {}),
    commands.waiting('GET /bridges', {}),
    commands.waiting('GET /applications/{applicationName}', { applicationName: app }),
  ]);
  const lost = review.missing(new Set(channels.map((channel) => channel.id)));
  const ours = channels.filter((channel) => isInApplication(channel, app));
  const known = new Set(application.channel_ids);
  await Promise.all(ours.filter(({ id }) => !known.has(id)).map(({ id }) => subscribe(world, id)));
  for (const channel of ours) if (review.isStillThere(channel.id)) registry.entered(offeredCall(channel, true));
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
async function subscribe({ commands, registry, app }: Reconciliation, channel: string): Promise<void> {
  const eventSource = [`channel:${channel}`];
  try {
    await commands.waiting('POST /applications/{applicationName}/subscription', { applicationName: app, eventSource });
  } catch (error) {
    if (!(error instanceof AriRefused) || error.status !== NO_SUCH_SOURCE) throw error;
    // It went between the list and now, and no event will tell.
    registry.gone(channel);
  }
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
