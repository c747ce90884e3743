import type { KeypadScript } from '../../../src/lab/keypad-script';
import type { AgentManner, RobotAgent } from '../../../src/lab/robots';
import { CARDS } from './cards';
import { eventually } from './nothing-left';
import { EXPIRY, type TestCall } from './payment-site';
import type { ShakySite } from './shaky-site';

/** Of keys that a busy machine blurs, a caller makes a second and a third try. */
const thrice = (keys: string): string[] => [keys, keys, keys];

export const PAYS = {
  'card-number': thrice(CARDS.approved),
  'expiration-date': thrice(EXPIRY),
  'security-code': thrice('123'),
  otp: thrice('123456'),
};

/** The same with another card. */
export function paysWith(card: string): KeypadScript {
  return { ...PAYS, 'card-number': thrice(card) };
}

/** A call that waits in the middle of its card number. */
export async function keyingCard(shaky: ShakySite): Promise<TestCall> {
  const call = await shaky.lane().dial({ keys: { 'card-number': ['411111'] } });
  await call.awaits('field-opened', ({ field }) => field === 'card-number');
  return call;
}

/** A caller in the middle of keying their one-time password. */
export async function keyingOtp(shaky: ShakySite): Promise<TestCall> {
  const call = await shaky.lane().dial({ keys: { ...PAYS, otp: ['123'] } });
  await call.awaits('field-opened', ({ field }) => field === 'otp');
  return call;
}

/** A caller whose one-time password the SMS service was asked to send; it does not answer. */
export async function sendingOtp(shaky: ShakySite): Promise<TestCall> {
  const lane = shaky.lane();
  await lane.fault('sms', 'timeout');
  const call = await lane.dial({ keys: PAYS });
  await lane.struck();
  return call;
}

/** A call whose gateway has charged and not answered. */
export async function charging(shaky: ShakySite, card: string): Promise<TestCall> {
  const lane = shaky.lane();
  const call = await lane.dial({ keys: paysWith(card) });
  await eventually(
    'the charge',
    () => lane.charges(),
    ({ charged }) => charged === 1,
  );
  return call;
}

/** A caller whose order the merchant is slow to find. */
export async function lookedUp(shaky: ShakySite): Promise<TestCall> {
  const lane = shaky.lane();
  await lane.isKnownToMerchant('120');
  await lane.fault('lookup', 'slow');
  const call = await lane.dial({ keys: PAYS, headers: null });
  await lane.struck();
  return call;
}

/** A caller who is back with their agent. */
export async function talking(shaky: ShakySite): Promise<TestCall> {
  const call = await shaky.lane().dial({ keys: {}, headers: null });
  await call.awaits('returned', ({ outcome }) => outcome === 'answered');
  return call;
}

/** A caller who has just called, and whose agent's telephone will soon ring. */
export async function bound(shaky: ShakySite, agent: AgentManner): Promise<TestCall> {
  const lane = shaky.lane();
  return lane.dial({ keys: {}, headers: { 'X-Return-To': `agent-${lane.agent}` }, agent });
}

/** A caller whose agent's telephone is about to ring. */
export async function returning(shaky: ShakySite, agent: AgentManner): Promise<TestCall> {
  const call = await bound(shaky, agent);
  await call.awaits('returning');
  return call;
}

/** A caller whose agent's telephone rings. */
export async function ringing(shaky: ShakySite): Promise<TestCall & { readonly agent: RobotAgent }> {
  const call = await returning(shaky, 'silent');
  const agent = await shaky.site.world.called(call.lane.agent, call.lane.number);
  return Object.assign(call, { agent });
}
