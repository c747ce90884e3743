import { CARDS } from './cards';
import { eventually } from './nothing-left';
import { EXPIRY, type TestCall } from './payment-site';
import type { ShakySite } from './shaky-site';

export const PAYS = {
  'card-number': [CARDS.approved],
  'expiration-date': [EXPIRY],
  'security-code': ['123'],
  otp: ['123456'],
};

/** A call that waits in the middle of its card number. */
export async function keyingCard(shaky: ShakySite): Promise<TestCall> {
  const call = await shaky.lane().dial({ keys: { 'card-number': ['411111'] } });
  await call.awaits('field-opened', ({ field }) => field === 'card-number');
  return call;
}

/** A call that waits for its one-time password. */
export async function keyingOtp(shaky: ShakySite): Promise<TestCall> {
  const call = await shaky.lane().dial({ keys: { ...PAYS, otp: [] } });
  await call.awaits('field-opened', ({ field }) => field === 'otp');
  return call;
}

/** A call whose gateway has charged and not answered. */
export async function charging(shaky: ShakySite, card: string): Promise<TestCall> {
  const lane = shaky.lane();
  const call = await lane.dial({ keys: { ...PAYS, 'card-number': [card] } });
  await eventually(
    'the charge',
    () => lane.charges(),
    ({ charged }) => charged === 1,
    60_000,
  );
  return call;
}

/** A caller who is back with their agent. */
export async function talking(shaky: ShakySite): Promise<TestCall> {
  const call = await shaky.lane().dial({ keys: {}, headers: null });
  await call.awaits('returned', ({ outcome }) => outcome === 'answered');
  return call;
}

/** A caller whose agent's telephone rings. */
export async function ringing(shaky: ShakySite): Promise<TestCall> {
  const lane = shaky.lane();
  const call = await lane.dial({ keys: {}, headers: { 'X-Return-To': `agent-${lane.agent}` }, agent: 'silent' });
  await call.awaits('returning');
  return call;
}
