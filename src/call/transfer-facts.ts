import type { CallTransfer } from '../ports/call';
import type { Telephony } from '../ports/telephony';

/** Asterisk sets it on a caller whom its own REFER handling sent here: the transferring channel's name. Gone after any bridge. */
const TRANSFERRING_CHANNEL = 'BLINDTRANSFER';
/** `Referred-By` of that REFER. */
const REFERRED_BY_OF_REFER = 'SIPREFERREDBYHDR';

/**
 * Who transferred the caller to us. To be read before the caller enters a bridge. With another PBX between, the INVITE says
 * it; when our own switch carried the REFER out, its channel does, which nobody outside can write.
 */
export async function readTransfer(telephony: Telephony, channel: string): Promise<CallTransfer> {
  const transferring = await telephony.readVariable(channel, TRANSFERRING_CHANNEL);
  if (transferring === null) {
    return { referredBy: await telephony.readHeader(channel, 'Referred-By'), endpoint: null, target: null };
  }
  const referredBy = await telephony.readVariable(channel, REFERRED_BY_OF_REFER);
  return { referredBy, endpoint: endpointOf(transferring), target: null };
}

/** `PJSIP/agent-101-0000002a` is a channel of the endpoint `PJSIP/agent-101`. */
function endpointOf(channelName: string): string | null {
  return /^(PJSIP\/[A-Za-z0-9_-]+)-[0-9a-f]{8}$/.exec(channelName)?.[1] ?? null;
}
