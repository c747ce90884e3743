import type { OfferedCall } from '../ports/telephony';
import type { Channel } from './generated/ari-types';

/** Argument of the application on every leg that we dial: so a leg is known for one even when nobody remembers it. */
export const LEG = 'leg';
/** Context of the dialplan that carries a REFER out (asterisk-config/extensions.conf). */
export const REFER_CONTEXT = 'hushtone-refer';

/** `Stasis(app,args...)` is the dialplan application that a channel of ours is in. */
export function isInApplication(channel: Channel, app: string): boolean {
  return channel.dialplan.app_name === 'Stasis' && channel.dialplan.app_data.split(',', 1)[0] === app;
}

/** A channel of ours that we dialled; else it is a caller's. */
export function isLeg(channel: Channel): boolean {
  return channel.dialplan.app_data.split(',')[1] === LEG;
}

/** One that comes back from a REFER was up before, and its extension is no number that was dialled. */
export function offeredCall(channel: Channel, found: boolean): OfferedCall {
  const { context, exten } = channel.dialplan;
  const adopted = found || context === REFER_CONTEXT;
  return { channel: channel.id, caller: channel.caller.number, did: exten, adopted };
}
