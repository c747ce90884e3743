import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AttemptState } from '../../src/ports/payment-journal';
import { PAYS, paysWith } from './support/calls-under-way';
import { CARDS } from './support/cards';
import { expectIdle } from './support/nothing-left';
import { PaymentSite, PROJECT, shippedFlow, tersely } from './support/payment-site';
import { expectTruth } from './support/truth';

const sounds = path.join(mkdtempSync(path.join(tmpdir(), 'hushtone-sounds-')), 'sounds');
cpSync(path.join(PROJECT, 'sounds'), sounds, { recursive: true });

const sites = new PaymentSite(tersely(shippedFlow()), sounds);

afterAll(async () => {
  await sites.stop();
  rmSync(path.dirname(sounds), { recursive: true, force: true });
});

// First what takes longest, because calls are begun in this order: that nothing was charged is believed after 15 s.
it.concurrent.each<[string, string, AttemptState]>([
  ['answers nothing and does not charge', CARDS.timeoutWithoutCharge, 'not_found'],
  ['answers 500 without charging', CARDS.errorWithoutCharge, 'not_found'],
  ['cuts the connection before charging', 'drop', 'not_found'],
  ['answers nothing after charging', CARDS.timeoutAfterCharge, 'approved'],
  ['answers 500 after charging', CARDS.errorAfterCharge, 'approved'],
  ['cuts the connection after charging', CARDS.dropAfterCharge, 'approved'],
  ['answers garbage after charging', CARDS.garbageAfterCharge, 'approved'],
  ['says another amount', CARDS.wrongAmount, 'approved'],
  ['says another currency', CARDS.wrongCurrency, 'approved'],
  ['says another reference', CARDS.wrongReference, 'approved'],
])(
  'a gateway that %s: the caller hears that it is being checked, the sweep settles it',
  async (_what, card, settled) => {
    const lane = await sites.lane();
    if (card === 'drop') await lane.fault('charge', 'drop');
    const call = await lane.dial({ keys: paysWith(card === 'drop' ? CARDS.approved : card) });
    const headers = await call.backWith(lane.agent);
    expect(headers['X-Payment-Result']).toBe('unknown');
    expect((await call.awaits('payment-settled')).outcome).toBe(settled);
    expect(call.outcomes('payment')).toEqual(['unknown']);
    await expectTruth(call, { journal: [settled], hears: ['payment-being-checked'] });
  },
);

it.concurrent('a gateway that is slow: the caller is asked to wait, and it is approved', async () => {
  const lane = await sites.lane();
  const call = await lane.dial({ keys: paysWith(CARDS.slow) });
  const headers = await call.backWith(lane.agent);
  const [charge] = (await lane.charges()).charges;
  expect(headers).toEqual({ 'X-Payment-Result': 'approved', 'X-Payment-Reference': charge?.id });
  await expectTruth(call, { journal: ['approved'], hears: ['taking-payment', 'payment-approved'] });
});

it.concurrent.each<[string, string, string, string, AttemptState[]]>([
  ['otp', 'timeout', 'none', 'pay-later', []],
  ['otp', 'slow', 'approved', 'payment-approved', ['approved']],
  ['otp', '500', 'none', 'pay-later', []],
  ['otp', 'garbage', 'none', 'pay-later', []],
  ['sms', 'timeout', 'none', 'pay-later', []],
  ['sms', '500', 'none', 'pay-later', []],
  ['sms', 'garbage', 'none', 'pay-later', []],
  ['confirm', 'timeout', 'approved', 'payment-approved', ['approved']],
  ['confirm', '500', 'approved', 'payment-approved', ['approved']],
  ['confirm', 'garbage', 'approved', 'payment-approved', ['approved']],
  ['charge-lookup', '500', 'unknown', 'payment-being-checked', ['approved']],
])("the merchant's service: %s: %s", async (endpoint, kind, result, verdict, journal) => {
  const lane = await sites.lane();
  await lane.fault(endpoint, kind);
  const card = endpoint === 'charge-lookup' ? CARDS.errorAfterCharge : CARDS.approved;
  const call = await lane.dial({ keys: paysWith(card) });
  const headers = await call.backWith(lane.agent);
  expect(headers['X-Payment-Result']).toBe(result);
  await lane.struck();
  await expectTruth(call, { journal, hears: [verdict] });
});

it.concurrent.each([
  ['slow', false],
  ['timeout', true],
  ['500', true],
  ['garbage', true],
])("the merchant's service: looks orders up, and is %s", async (kind, unknown) => {
  const lane = await sites.lane();
  await lane.isKnownToMerchant('2500.50');
  await lane.fault('lookup', kind);
  const call = await lane.dial({ keys: PAYS, headers: null });
  const headers = await call.backWith(unknown ? 'support' : lane.agent);
  expect(headers['X-Payment-Result']).toBe(unknown ? 'none' : 'approved');
  const truth = unknown
    ? { hears: ['call-details-missing'] }
    : { journal: ['approved'] as const, hears: ['payment-approved'], hearsNot: ['call-details-missing'] };
  await expectTruth(call, truth);
});

it.concurrent(
  'a recording that was deleted while the engine runs is left out and reported, and the caller goes back',
  async () => {
    const lane = await sites.lane();
    for (const suffix of ['ulaw', 'g722']) rmSync(path.join(sounds, 'en', `sorry-not-understood.${suffix}`));
    const call = await lane.dial({ keys: { 'card-number': ['1', null, '1'] } });
    const headers = await call.backWith(lane.agent);
    expect(headers['X-Payment-Result']).toBe('none');
    const failures = call.story.filter(({ event }) => event === 'failed');
    expect(failures).toEqual([expect.objectContaining({ code: 'playback-failed' })]);
    await expectTruth(call, { hears: ['card-number-not-valid'], hearsNot: ['sorry-not-understood'] });
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
    expect(shown['X-Payment-Result']).toBe('none');
    const said = JSON.stringify(call.story);
    for (const [, value] of values) expect(said).not.toContain(JSON.stringify(value).slice(1, -1));
    await expectTruth(call, { hears: ['call-details-missing'] });
  },
);

describe('after all these calls', () => {
  it('nothing is left: no channel, bridge, timer or vault slot', async () => {
    await expectIdle(await sites.site(), sites.atRest);
  });
});
