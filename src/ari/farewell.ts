import type { Farewell } from '../ports/telephony';
import type { ChannelVariables } from './channel-variables';
import { checkedLine } from './header-grammar';

/** Read by the dialplan (context `without-engine`). With an underscore the channels that it dials have it too. */
const RETURN_TO = 'HUSHTONE_RETURN_TO';
const PAYMENT_RESULT = '_HUSHTONE_PAYMENT_RESULT';

/** Tells the dialplan what to do with a caller whom it has without an engine. */
export async function bidFarewell(
  variables: ChannelVariables,
  channel: string,
  { returnTo, payment }: Farewell,
): Promise<void> {
  if (payment !== null) await variables.set(channel, PAYMENT_RESULT, checkedLine('the result', payment));
  if (returnTo !== null) await variables.set(channel, RETURN_TO, checkedLine('the endpoint', returnTo));
}

/** The caller is with us again: the flow says where they go. */
export async function takeFarewellBack(variables: ChannelVariables, channel: string): Promise<void> {
  await variables.set(channel, RETURN_TO, '');
}
