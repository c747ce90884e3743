import type { Logger } from '../ports/logger';
import { AriRefused, isNoSuchSource } from './ari-error';
import type { ChannelRegistry, Review } from './channel-registry';
import type { Commands } from './commands';
import type { Bridge, Channel } from './generated/ari-types';
import { isInApplication, isLeg, offeredCall, REFER_CONTEXT } from './our-channels';

export interface Reconciliation {
  readonly commands: Commands;
  readonly registry: ChannelRegistry;
  readonly logger: Logger;
  readonly app: string;
  /** Bridges that this process has made and not yet destroyed. */
  readonly bridges: ReadonlySet<string>;
  /** Channels that this process could not tell to hang up. */
  readonly dismissed: ReadonlySet<string>;
}

/**
 * Finds out what happened while no events came: channels that went away, calls that nobody follows, legs that were
 * answered, playbacks that ended. Keys pressed meanwhile are lost; the field's own timers deal with that. What of ours nobody
 * knows any more is ended: legs, bridges, and channels that should have been hung up.
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
  for (const { id, dialplan } of channels)
    if (registry.onErrand.includes(id) && !ours.some((one) => one.id === id) && dialplan.context !== REFER_CONTEXT)
      registry.errandLost(id);
  await Promise.all(ours.filter(({ id }) => !known.has(id)).map(({ id }) => subscribe(world, id)));
  const ended = channels.filter(({ id }) => world.dismissed.has(id)).map(({ id }) => id);
  for (const channel of ours) if (review.isStillThere(channel.id) && !isWelcome(channel, world)) ended.push(channel.id);
  await Promise.all([
    ...registry.awaitedPlaybacks().map((playback) => checkPlayback(world, playback)),
    ...ended.map((channel) => hangUp(world, channel)),
    ...bridges.filter((bridge) => isOrphan(bridge, world)).map((bridge) => destroy(commands, bridge)),
  ]);
  logger.info('ari-reconciled', { count: ours.length, reason: `${lost} channels gone unseen` });
}

/** Offers a caller. False: a leg that nobody follows, whose target would sit in silence. */
function isWelcome(channel: Channel, { registry, dismissed }: Reconciliation): boolean {
  if (dismissed.has(channel.id)) return true;
  if (isLeg(channel)) return registry.legEntered(channel.id);
  registry.entered(offeredCall(channel, true));
  return true;
}

async function hangUp({ commands, logger }: Reconciliation, channel: string): Promise<void> {
  logger.warn('channel-left-behind', { channel, reason: 'nobody follows it, so it is hung up' });
  await commands.nowOrGone('DELETE /channels/{channelId}', { channelId: channel });
}

/** Subscriptions outlive a lost socket, but not an application that Asterisk has meanwhile forgotten. */
async function subscribe({ commands, registry, app }: Reconciliation, channel: string): Promise<void> {
  const eventSource = [`channel:${channel}`];
  try {
    await commands.waiting('POST /applications/{applicationName}/subscription', { applicationName: app, eventSource });
  } catch (error) {
    if (!isNoSuchSource(error)) throw error;
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

/** A bridge of an engine that died, or one that could not be destroyed: our name on it, and nobody in it whom somebody follows. */
function isOrphan({ id, name, channels }: Bridge, { app, bridges, registry }: Reconciliation): boolean {
  return name === app && !bridges.has(id) && !channels.some((channel) => registry.isFollowed(channel));
}

async function destroy(commands: Commands, bridge: Bridge): Promise<void> {
  await commands.nowOrGone('DELETE /bridges/{bridgeId}', { bridgeId: bridge.id });
}
