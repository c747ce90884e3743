import type { LogLine } from '../../src/lab/engine-log';
import type { KeypadScript } from '../../src/lab/keypad-script';
import type { AttemptState } from '../../src/ports/payment-journal';
import { PAYS, paysWith } from './support/calls-under-way';
import { CARDS } from './support/cards';
import { expectIdle } from './support/nothing-left';
import { PaymentSite, shippedFlow, tersely, type CallPlan, type Lane, type TestCall } from './support/payment-site';
import { expectTruth } from './support/truth';

const sites = new PaymentSite(tersely(shippedFlow()));
/**
 * For who hangs up before the one-time password: keys that have begun are pressed to the last, whoever hangs up meanwhile, and
 * would pay.
 */
const NO_OTP = { ...PAYS, otp: [] };
/** Begins in the moment in which the caller hangs up; how much of it they hear is no matter. */
const RESULTS = ['payment-approved', 'payment-declined', 'payment-being-checked'];

afterAll(async () => {
  await sites.stop();
});

/** A line of the log; `struck`: the faulty request has arrived at the merchant's service. */
type Moment = 'struck' | ((line: LogLine) => boolean);
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
  (connector: string, operation: string) =>
  (line: LogLine): boolean =>
    line.event === 'exchanged' && line.connector === connector && line.operation === operation;
const is =
  (event: string): Moment =>
  (line) =>
    line.event === event;

interface HangUp extends Partial<CallPlan> {
  readonly keys: KeypadScript;
  readonly fault?: readonly [endpoint: string, kind: string];
  /** What the journal has of the order at the end; nothing when left out. */
  readonly journal?: readonly AttemptState[];
  readonly hears?: readonly string[];
  /** Dials with where to return to alone, so that there is nothing to pay for and the agent is called at once. */
  readonly straightBack?: true;
}

async function dial(lane: Lane, plan: HangUp): Promise<TestCall> {
  const headers = plan.straightBack === true ? { headers: { 'X-Return-To': `agent-${lane.agent}` } } : {};
  return lane.dial({ ...plan, ...headers });
}

// First what takes longest, because calls are begun in this order: that nothing was charged is believed after 15 s.
it.concurrent.each<[string, Moment, HangUp]>([
  [
    'while the gateway cuts the connection',
    'struck',
    { keys: PAYS, fault: ['charge', 'drop'], journal: ['not_found'] },
  ],
  ['as the call begins', is('call-started'), { keys: {} }],
  ['as the first words begin', entered('welcome'), { keys: {} }],
  ['as the second words begin', entered('private'), { keys: {} }],
  ['while the order is looked up', 'struck', { keys: {}, headers: null, fault: ['lookup', 'timeout'] }],
  ['before the first key', opened('card-number'), { keys: {} }],
  ['after a wrong card number', closed('card-number'), { keys: { ...NO_OTP, 'card-number': ['4111111111111112'] } }],
  ['after the card number', closed('card-number'), { keys: NO_OTP }],
  ['before the expiry date', opened('expiration-date'), { keys: NO_OTP }],
  ['after the security code', closed('security-code'), { keys: NO_OTP }],
  ['before the one-time password is made', entered('send-otp'), { keys: NO_OTP }],
  ['while it is made', 'struck', { keys: NO_OTP, fault: ['otp', 'slow'] }],
  ['when it has been made', answered('otp-pay', 'generate'), { keys: NO_OTP }],
  ['while it is sent', 'struck', { keys: NO_OTP, fault: ['sms', 'slow'] }],
  ['when it has been sent', answered('sms-dlt', 'send'), { keys: NO_OTP }],
  ['before keying it', opened('otp'), { keys: NO_OTP }],
  ['after keying it', closed('otp'), { keys: PAYS, journal: ['approved'] }],
  ['when asked again for it', entered('otp-again'), { keys: { ...PAYS, otp: ['654321'] }, journal: ['declined'] }],
  ['before the payment', entered('pay'), { keys: PAYS, journal: ['approved'] }],
  ['while the gateway thinks', entered('pay'), { keys: paysWith(CARDS.slow), journal: ['approved'] }],
  ['when it is approved', is('payment'), { keys: PAYS, journal: ['approved'] }],
  ['when it is declined', is('payment'), { keys: paysWith(CARDS.declined), journal: ['declined'] }],
  [
    'at the menu after a decline',
    opened('menu'),
    { keys: paysWith(CARDS.declined), journal: ['declined'], hears: ['payment-declined'] },
  ],
  ['when it is unknown', is('payment'), { keys: paysWith(CARDS.garbageAfterCharge), journal: ['approved'] }],
  ['while the merchant is told', 'struck', { keys: PAYS, fault: ['confirm', 'slow'], journal: ['approved'] }],
  ['while the receipt is sent', entered('receipt'), { keys: PAYS, journal: ['approved'] }],
  ['while being told that it is paid', entered('thanks'), { keys: PAYS, journal: ['approved'] }],
])(
  'a caller who hangs up %s: leaves nothing, and what was begun at the gateway is finished',
  async (_w, moment, plan) => {
    const lane = await sites.lane();
    if (plan.fault?.[0] === 'lookup') await lane.isKnownToMerchant('2500.50');
    if (plan.fault !== undefined) await lane.fault(...plan.fault);
    const call = await dial(lane, plan);
    await (moment === 'struck' ? lane.struck() : call.awaitsLine(moment));
    await call.caller.hangUp();
    expect((await call.ends()).reason).toBe('caller');
    await expectTruth(call, { mayHear: RESULTS, ...plan });
    expect(call.outcomes('payment').length).toBeLessThanOrEqual(1);
    expect(lane.site.world.reached(lane.agent)).toEqual([]);
  },
);

it.concurrent.each<[string, Moment, HangUp]>([
  ["while the agent's telephone rings", is('returning'), { keys: {}, agent: 'silent', straightBack: true }],
  ['as the agent answers', is('returned'), { keys: {}, straightBack: true }],
])('a caller who hangs up %s: the agent has one call, and it ends', async (_when, moment, plan) => {
  const lane = await sites.lane();
  const call = await dial(lane, plan);
  if (moment !== 'struck') await call.awaitsLine(moment);
  const agent = await lane.site.world.called(lane.agent, lane.number);
  await call.caller.hangUp();
  expect((await call.ends()).reason).toBe('caller');
  await agent.ended;
  expect(lane.site.world.reached(lane.agent)).toEqual([agent]);
  await expectTruth(call, { hears: ['call-details-missing'] });
});

it.concurrent(
  'a caller who hangs up after an approval: the merchant is told and the receipt is sent all the same',
  async () => {
    const lane = await sites.lane();
    await lane.fault('confirm', 'slow');
    const call = await lane.dial({ keys: PAYS });
    await lane.struck();
    await call.caller.hangUp();
    await call.ends();
    const payment = call.story.findIndex(({ event }) => event === 'payment');
    await call.awaitsLine((line) => answered('sms-dlt', 'send')(line) && call.story.indexOf(line) > payment);
    expect((await lane.sms()).map(({ message }) => message)).toContainEqual(expect.stringContaining('received'));
    await expectTruth(call, { journal: ['approved'], mayHear: RESULTS });
  },
);

describe('after all these calls', () => {
  it('nothing is left: no channel, bridge, timer or vault slot', async () => {
    await expectIdle(await sites.site(), sites.atRest);
  });
});
