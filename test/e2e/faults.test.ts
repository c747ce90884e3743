import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LogLine } from '../../src/lab/engine-log';
import type { KeypadScript } from '../../src/lab/keypad-script';
import { CARDS } from './support/cards';
import { expectIdle, expectNothingLeft } from './support/nothing-left';
import {
  EXPIRY,
  PaymentSite,
  PROJECT,
  shippedFlow,
  tersely,
  type CallPlan,
  type TestCall,
} from './support/payment-site';

jest.setTimeout(300_000);

const sounds = path.join(mkdtempSync(path.join(tmpdir(), 'hushtone-sounds-')), 'sounds');
cpSync(path.join(PROJECT, 'sounds'), sounds, { recursive: true });

const sites = new PaymentSite(tersely(shippedFlow()), sounds);
const PAYS = {
  'card-number': [CARDS.approved],
  'expiration-date': [EXPIRY],
  'security-code': ['123'],
  otp: ['123456'],
};
const NO_OTP = { ...PAYS, otp: [] };
const WITH = (card: string): KeypadScript => ({ ...PAYS, 'card-number': [card] });

afterAll(async () => {
  await sites.stop();
  rmSync(path.dirname(sounds), { recursive: true, force: true });
});

/** What holds after every call: at most one charge, and what was said about it is true. */
async function expectTruth(call: TestCall): Promise<void> {
  const { charged } = await call.lane.charges();
  expect(charged).toBeLessThanOrEqual(1);
  if (call.told.includes('has been approved')) expect(charged).toBe(1);
  if (call.told.includes('You have not been charged')) expect(charged).toBe(0);
}

type Moment = (line: LogLine) => boolean;
const entered =
  (step: string): Moment =>
  (line) =>
    line.event === 'step-entered' && line.step === step;
const opened =
  (field: string): Moment =>
  (line) =>
    line.event === 'field-opened' && line.field === field;
const closed =
  (field: string): Moment =>
  (line) =>
    line.event === 'field-closed' && line.field === field;
const answered =
  (connector: string, operation: string): Moment =>
  (line) =>
    line.event === 'exchanged' && line.connector === connector && line.operation === operation;
const is =
  (event: string): Moment =>
  (line) =>
    line.event === event;

interface HangUp extends Partial<CallPlan> {
  readonly keys: KeypadScript;
  readonly fault?: readonly [endpoint: string, kind: string];
  /** Charges that the order may show at the end. */
  readonly charged: number;
}

// First what takes longest, because calls are begun in this order.
it.concurrent.each([
  ['answers nothing and does not charge', CARDS.timeoutWithoutCharge, 0, 'not_found'],
  ['answers 500 without charging', CARDS.errorWithoutCharge, 0, 'not_found'],
  ['answers 500 after charging', CARDS.errorAfterCharge, 1, 'approved'],
  ['cuts the connection after charging', CARDS.dropAfterCharge, 1, 'approved'],
  ['says another amount', CARDS.wrongAmount, 1, 'approved'],
])(
  'a gateway that %s: the caller hears that it is being checked, the sweep settles it',
  async (_what, card, charged, settled) => {
    const lane = await sites.lane();
    const call = await lane.dial({ keys: WITH(card) });
    const headers = await call.backWith(lane.agent);
    expect(headers['X-Payment-Result']).toBe('unknown');
    expect(call.told).toContain('We do not know yet whether your payment went through');
    const settlement = await call.awaits('payment-settled');
    expect(settlement.outcome).toBe(settled);
    expect((await lane.charges()).charged).toBe(charged);
    await expectNothingLeft(call);
  },
);

it.concurrent('a gateway that is slow: the caller is asked to wait, and it is approved', async () => {
  const lane = await sites.lane();
  const call = await lane.dial({ keys: WITH(CARDS.slow) });
  const headers = await call.backWith(lane.agent);
  expect(headers['X-Payment-Result']).toBe('approved');
  expect(call.told).toContain('Please wait');
  await expectTruth(call);
  await expectNothingLeft(call);
});

/** Comes after the first event of this kind in the call's story. */
function isLater(line: LogLine, call: TestCall, event: string): boolean {
  const first = call.story.findIndex((each) => each.event === event);
  return first >= 0 && call.story.indexOf(line) > first;
}

it.concurrent.each<[string, Moment, HangUp]>([
  ['as the call begins', is('call-started'), { keys: {}, charged: 0 }],
  ['as the first words begin', entered('welcome'), { keys: {}, charged: 0 }],
  ['as the second words begin', entered('private'), { keys: {}, charged: 0 }],
  ['before the first key', opened('card-number'), { keys: {}, charged: 0 }],
  ['after a wrong card number', closed('card-number'), { keys: WITH('4111111111111112'), charged: 0 }],
  ['after the card number', closed('card-number'), { keys: PAYS, charged: 0 }],
  ['before the expiry date', opened('expiration-date'), { keys: PAYS, charged: 0 }],
  ['after the security code', closed('security-code'), { keys: PAYS, charged: 0 }],
  ['before the one-time password is made', entered('send-otp'), { keys: PAYS, charged: 0 }],
  ['while it is made', entered('send-otp'), { keys: PAYS, fault: ['otp', 'slow'], charged: 0 }],
  ['when it has been made', answered('otp-pay', 'generate'), { keys: PAYS, charged: 0 }],
  ['while it is sent', answered('otp-pay', 'generate'), { keys: PAYS, fault: ['sms', 'slow'], charged: 0 }],
  ['when it has been sent', answered('sms-dlt', 'send'), { keys: NO_OTP, charged: 0 }],
  ['before keying it', opened('otp'), { keys: NO_OTP, charged: 0 }],
  ['after keying it', closed('otp'), { keys: PAYS, charged: 1 }],
  ['when asked again for it', entered('otp-again'), { keys: { ...PAYS, otp: ['654321'] }, charged: 0 }],
  ['before the payment', entered('pay'), { keys: PAYS, charged: 1 }],
  ['while the gateway thinks', entered('pay'), { keys: WITH(CARDS.slow), charged: 1 }],
  ['when it is approved', is('payment'), { keys: PAYS, charged: 1 }],
  ['when it is declined', is('payment'), { keys: WITH(CARDS.declined), charged: 0 }],
  ['at the menu after a decline', opened('menu'), { keys: WITH(CARDS.declined), charged: 0 }],
  ['when it is unknown', is('payment'), { keys: WITH(CARDS.garbageAfterCharge), charged: 1 }],
  ['while the merchant is told', entered('confirmed'), { keys: PAYS, fault: ['confirm', 'slow'], charged: 1 }],
  ['while the receipt is sent', entered('receipt'), { keys: PAYS, charged: 1 }],
  ['while being told that it is paid', entered('thanks'), { keys: PAYS, charged: 1 }],
  ['while the agent rings', is('returning'), { keys: {}, headers: null, agent: 'silent', charged: 0 }],
  ['as the agent answers', is('returned'), { keys: {}, headers: null, charged: 0 }],
])('a caller who hangs up %s: leaves nothing, and at most one charge', async (_when, moment, plan) => {
  const lane = await sites.lane();
  if (plan.fault !== undefined) await lane.fault(...plan.fault);
  const call = await lane.dial(plan);
  await call.awaitsLine(moment);
  await call.caller.hangUp();
  expect((await call.ends()).reason).toBe('caller');
  if (plan.charged > 0) await call.awaits('payment');
  await expectTruth(call);
  expect((await lane.charges()).charged).toBeLessThanOrEqual(plan.charged);
  expect(call.outcomes('payment').length).toBeLessThanOrEqual(1);
  expect(lane.site.world.reached(lane.agent)).toEqual([]);
  await expectNothingLeft(call);
});

it.concurrent(
  'a caller who hangs up after an approval: the merchant is told and the receipt is sent all the same',
  async () => {
    const lane = await sites.lane();
    await lane.fault('confirm', 'slow');
    const call = await lane.dial({ keys: PAYS });
    await call.awaitsLine(entered('confirmed'));
    await call.caller.hangUp();
    await call.ends();
    const receipt = (line: LogLine): boolean => answered('sms-dlt', 'send')(line) && isLater(line, call, 'payment');
    await call.awaitsLine(receipt);
    expect((await lane.sms()).map(({ message }) => message)).toContainEqual(expect.stringContaining('received'));
  },
);

it.concurrent.each([
  ['otp', 'timeout', 'none', 'we cannot take your payment on this call', 0],
  ['otp', 'slow', 'approved', 'has been approved', 1],
  ['sms', 'timeout', 'none', 'we cannot take your payment on this call', 0],
  ['sms', 'garbage', 'none', 'we cannot take your payment on this call', 0],
  ['confirm', 'timeout', 'approved', 'has been approved', 1],
  ['charge-lookup', '500', 'unknown', 'We do not know yet', 1],
])("the merchant's service: %s: %s", async (endpoint, kind, result, words, charged) => {
  const lane = await sites.lane();
  await lane.fault(endpoint, kind);
  const card = endpoint === 'charge-lookup' ? CARDS.errorAfterCharge : CARDS.approved;
  const call = await lane.dial({ keys: WITH(card) });
  const headers = await call.backWith(lane.agent);
  expect(call.told).toContain(words);
  expect(headers['X-Payment-Result']).toBe(result);
  expect((await lane.charges()).charged).toBe(charged);
  await expectTruth(call);
  await expectNothingLeft(call);
});

it.concurrent.each([
  ['slow', false],
  ['timeout', true],
  ['garbage', true],
])("the merchant's service: looks orders up, and is %s", async (kind, unknown) => {
  const lane = await sites.lane();
  await lane.site.sandbox('/transactions', {
    caller: lane.number,
    order_id: lane.order,
    amount: '2500.50',
    currency: 'INR',
    phone: lane.number,
    return_to: `agent-${lane.agent}`,
  });
  await lane.fault('lookup', kind);
  const call = await lane.dial({ keys: PAYS, headers: null });
  const headers = await call.backWith(unknown ? 'support' : lane.agent);
  expect(call.told.includes('we do not have the details of your order')).toBe(unknown);
  expect(headers['X-Payment-Result']).toBe(unknown ? 'none' : 'approved');
  await expectNothingLeft(call);
});

it.concurrent(
  'a recording that was deleted while the engine runs is left out and reported, and the caller goes back',
  async () => {
    const lane = await sites.lane();
    for (const suffix of ['ulaw', 'g722']) rmSync(path.join(sounds, 'en', `sorry-not-understood.${suffix}`));
    const call = await lane.dial({ keys: { 'card-number': ['1', '1', '1'] } });
    await call.backWith(lane.agent);
    const failures = call.story.filter(({ event }) => event === 'failed');
    expect(failures).toEqual([expect.objectContaining({ code: 'playback-failed' })]);
    await expectNothingLeft(call);
  },
);

/** Sent as they are by the robot's own Asterisk; each may be cut, refused or dropped on the way, but never obeyed. */
const HOSTILE = [
  'agent-201,1,Dial(PJSIP/evil)',
  'agent-201&PJSIP/evil@10.0.0.1',
  '../../../etc/passwd',
  'agent-201/evil',
  'sip:evil@10.0.0.1',
  '${SHELL(id)}',
  '{{ secrets.gateway }}',
  '"; DROP TABLE attempts; --',
  "' OR '1'='1",
  'agent-201 X-Evil: yes',
  '%0d%0aX-Evil: yes',
  '4111111111111111',
  '-1.00',
  '1e9',
  '٣٤٥',
  'agent-２０１',
  '\u0007\u001b[31m',
  '<script>alert(1)</script>',
  'A'.repeat(900),
  '$(reboot)',
  '`reboot`',
  '{"event":"payment","outcome":"approved"}',
  'agent-201;rport',
  'агент-201',
];

const HOSTILE_CALLS = 12;

it.concurrent.each(Array.from({ length: HOSTILE_CALLS }, (_, index) => index))(
  'hostile headers over SIP: set %i',
  async (index) => {
    const lane = await sites.lane();
    const values = ['X-Amount', 'X-Currency', 'X-Order-Id', 'X-Customer-Phone', 'X-Return-To'].map(
      (name, place): [string, string] => [name, HOSTILE[(index * 2 + place * 5) % HOSTILE.length] ?? ''],
    );
    const call = await lane.dial({ keys: PAYS, headers: Object.fromEntries(values) });
    const shown = await call.backWith('support');
    expect(call.outcomes('returned')).toEqual(['answered']);
    expect(call.told).toContain('we do not have the details of your order');
    expect(shown['X-Payment-Result']).toBe('none');
    const said = JSON.stringify(call.story);
    for (const [, value] of values) expect(said).not.toContain(JSON.stringify(value).slice(1, -1));
    await expectNothingLeft(call);
  },
);

describe('after all these calls', () => {
  it('nothing is left: no channel, bridge, timer or vault slot', async () => {
    await expectIdle(await sites.site(), sites.atRest);
  });
});
