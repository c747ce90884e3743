import type { AriEvent, Channel, RESTResponse } from './generated/ari-types';
import type { ChannelRegistry } from './channel-registry';
import { isLeg, offeredCall } from './our-channels';

/** The only events that Asterisk sends us. The filter holds back RESTResponse too, unless it is named. */
export const USED_EVENTS = [
  'RESTResponse',
  'ApplicationReplaced',
  'StasisStart',
  'StasisEnd',
  'ChannelHangupRequest',
  'ChannelDestroyed',
  'ChannelDtmfReceived',
  'ChannelTransfer',
  'PlaybackStarted',
  'PlaybackFinished',
] as const satisfies readonly AriEvent['type'][];

/** An event that the filter lets through. */
export type UsedEvent = Extract<AriEvent, { type: (typeof USED_EVENTS)[number] }>;

/** What the adapter itself wants to hear of. */
export interface EventHandlers {
  onResponse(response: RESTResponse): void;
  onReplaced(): void;
  /** A leg of ours has been answered, and nobody waits for it. */
  onStrayLeg(channel: string): void;
}

/** Tells the registry what an event means. Others, which come until the filter is set, mean nothing. */
export function dispatchEvent(event: UsedEvent, registry: ChannelRegistry, handlers: EventHandlers): void {
  switch (event.type) {
    case 'RESTResponse':
      handlers.onResponse(event);
      return;
    case 'ApplicationReplaced':
      handlers.onReplaced();
      return;
    case 'StasisStart':
      enter(event.channel, registry, handlers);
      return;
    case 'ChannelHangupRequest':
      // A soft request's number is Asterisk's own flag, not a Q.850 cause.
      if (event.soft !== true && event.cause !== undefined) registry.leaving(event.channel.id, event.cause);
      return;
    case 'StasisEnd':
      registry.left(event.channel.id);
      return;
    case 'ChannelDestroyed':
      registry.gone(event.channel.id, event.cause);
      return;
    case 'ChannelTransfer':
      // With a state, it echoes how we answered.
      if (event.state === undefined) registry.referral(event.referred_by.source_channel.id, destinationOf(event));
      return;
    case 'PlaybackStarted':
      registry.playbackStarted(event.playback.id);
      return;
    case 'PlaybackFinished':
      registry.playbackFinished(event.playback.id, event.playback.state === 'failed');
      return;
    case 'ChannelDtmfReceived':
      // Read from its bytes: it is never parsed, so it never comes here.
      return;
  }
}

function enter(channel: Channel, registry: ChannelRegistry, handlers: EventHandlers): void {
  if (!isLeg(channel)) registry.entered(offeredCall(channel, false));
  else if (!registry.legEntered(channel.id)) handlers.onStrayLeg(channel.id);
}

/** '' for an attended transfer, which names a channel instead of a number. */
function destinationOf({ refer_to }: Extract<UsedEvent, { type: 'ChannelTransfer' }>): string {
  return refer_to.requested_destination.destination ?? '';
}
