import { CARDS } from './support/cards';
import { PAYS } from './support/calls-under-way';
import { journalOf } from './support/journal';
import { expectNoDigits } from './support/no-digits';
import { expectIdle } from './support/nothing-left';
import { EXPIRY, PaymentSite, ringingBriefly, shippedFlow } from './support/payment-site';
import { expectTruth } from './support/truth';

const sites = new PaymentSite(ringingBriefly(shippedFlow()));
afterAll(async () => {
  await sites.stop();
});

// In one block, because jest runs what is concurrent block by block.
describe('a transferred call', () => {
  it.concurrent('pays with the details of the headers, and the caller is back with the agent', async () => {
    const lane = await sites.lane();
    const call = await lane.dial({ keys: PAYS });
    const headers = await call.backWith(lane.agent);
    expect(call.told).toContain('two thousand five hundred rupees and fifty paise');
    expect(call.outcomes('payment')).toEqual(['approved']);
    const { charges } = await lane.charges();
    expect(charges.map(({ masked }) => masked)).toEqual(['xxxxxxxxxxxx1111']);
    expect(headers).toEqual({ 'X-Payment-Result': 'approved', 'X-Payment-Reference': charges[0]?.id });
    const entry = { state: 'approved', masked: 'xxxxxxxxxxxx1111', amount_minor: 250_050, currency: 'INR' };
    expect(journalOf(lane)).toEqual([entry]);
    const messages = await lane.sms();
    expect(messages).toHaveLength(2);
    expect(messages.map(({ message }) => message)).toEqual([
      expect.stringContaining('123456'),
      expect.stringContaining('2500.50'),
    ]);
    // What Indian carriers ask for: who sends, and the approved template.
    for (const { entity_id, sender_id, template_id } of messages) {
      expect([entity_id, sender_id, template_id]).not.toContain('');
    }
    await expectTruth(call, {
      journal: ['approved'],
      hears: ['welcome-payment', 'keypad-is-private', 'payment-approved'],
    });
  });

  it.concurrent('fetches the details by caller number when there are no headers', async () => {
    const lane = await sites.lane();
    await lane.isKnownToMerchant('999.00');
    const call = await lane.dial({ keys: PAYS, headers: null });
    const headers = await call.backWith(lane.agent);
    expect(call.told).toContain('nine hundred and ninety-nine rupees');
    expect(headers['X-Payment-Result']).toBe('approved');
    await expectTruth(call, { journal: ['approved'], hears: ['payment-approved'] });
  });

  it.concurrent('is declined, and pays with another card', async () => {
    const lane = await sites.lane();
    const call = await lane.dial({
      keys: {
        'card-number': [CARDS.declined, CARDS.approved],
        'expiration-date': [EXPIRY, EXPIRY],
        'security-code': ['123', '123'],
        otp: ['123456', '123456'],
        menu: ['1'],
      },
    });
    const headers = await call.backWith(lane.agent);
    expect(call.outcomes('payment')).toEqual(['declined', 'approved']);
    expect(headers['X-Payment-Result']).toBe('approved');
    await expectTruth(call, { journal: ['declined', 'approved'], hears: ['payment-declined', 'payment-approved'] });
  });

  it.concurrent('asks a wrong OTP again without charging anything', async () => {
    const lane = await sites.lane();
    const call = await lane.dial({ keys: { ...PAYS, otp: ['654321', '123456'] } });
    await call.backWith(lane.agent);
    expect(call.outcomes('payment')).toEqual(['otp-invalid', 'approved']);
    expect(call.outcomes('field-closed', 'card-number')).toEqual(['collected']);
    await expectTruth(call, { journal: ['declined', 'approved'], hears: ['payment-approved'] });
  });

  it.concurrent('prompts again for a silent caller, and takes them back to the agent', async () => {
    const lane = await sites.lane();
    const call = await lane.dial({ keys: {} });
    await call.backWith(lane.agent);
    expect(call.outcomes('field-closed', 'card-number')).toEqual(['timeout', 'timeout', 'timeout']);
    const hears = ['enter-card-number', 'end-with-hash', 'nothing-heard', 'sorry-not-understood'];
    await expectTruth(call, { hears });
  });

  it.concurrent('takes the third card number after two wrong ones', async () => {
    const lane = await sites.lane();
    const call = await lane.dial({
      keys: { ...PAYS, 'card-number': ['4111111111111112', '4111111111111113', CARDS.approved] },
    });
    await call.backWith(lane.agent);
    expect(call.outcomes('field-closed', 'card-number')).toEqual([
      'invalid-card-number',
      'invalid-card-number',
      'collected',
    ]);
    await expectTruth(call, { journal: ['approved'], hears: ['payment-approved'] });
  });

  it.concurrent('lets the star key start a field again', async () => {
    const lane = await sites.lane();
    const call = await lane.dial({ keys: { ...PAYS, 'card-number': [`4111*${CARDS.approved}`] } });
    await call.backWith(lane.agent);
    expect(call.outcomes('field-closed', 'card-number')).toEqual(['collected']);
    expect((await lane.charges()).charges.map(({ masked }) => masked)).toEqual(['xxxxxxxxxxxx1111']);
    await expectTruth(call, { journal: ['approved'], hears: ['payment-approved'] });
  });

  it.concurrent('charges nothing when the caller hangs up while keying', async () => {
    const lane = await sites.lane();
    const call = await lane.dial({ keys: { 'card-number': [{ hangUpAfter: '41111111' }] } });
    expect((await call.ends()).reason).toBe('caller');
    expect(lane.site.world.reached(lane.agent)).toEqual([]);
    await expectTruth(call, {});
  });

  it.concurrent('goes to the second target when the agent does not answer', async () => {
    const lane = await sites.lane();
    const call = await lane.dial({ keys: PAYS, agent: 'silent' });
    await call.backWith('support');
    expect(call.outcomes('returned')).toEqual(['no-answer', 'answered']);
    const hears = ['payment-approved', 'returning-to-agent', 'trying-another-agent'];
    await expectTruth(call, { journal: ['approved'], hears });
  });

  it.concurrent('serves three calls at once, each with its own order', async () => {
    const lanes = await Promise.all([sites.lane(), sites.lane(), sites.lane()]);
    const calls = await Promise.all(
      lanes.map((lane, index) => lane.dial({ keys: PAYS, headers: lane.headers(`${index + 1}00.00`) })),
    );
    await Promise.all(calls.map((call, index) => call.backWith(lanes[index]?.agent ?? '')));
    const words = ['one hundred rupees', 'two hundred rupees', 'three hundred rupees'];
    for (const [index, call] of calls.entries()) {
      expect(call.told).toContain(words[index]);
      await expectTruth(call, { journal: ['approved'], hears: ['payment-approved'] });
    }
  });

  it.concurrent('whose look-up knows no order: the caller is told and goes to the default target', async () => {
    const lane = await sites.lane();
    const call = await lane.dial({ keys: PAYS, headers: null });
    await call.backWith('support');
    await expectTruth(call, { hears: ['call-details-missing'] });
  });

  it.concurrent('to a number that no flow has is refused before any answer', async () => {
    const lane = await sites.lane();
    await expect(lane.dial({ keys: {}, did: '7999' })).rejects.toThrow('refused with cause 1');
  });
});

describe('after all these calls', () => {
  it('nothing is left: no channel, bridge, timer or vault slot', async () => {
    await expectIdle(await sites.site(), sites.atRest);
  });

  it('the metrics tell of them, and of nobody', async () => {
    const { engine } = await sites.site();
    const text = await (await fetch(`${engine.runtime.http_url}/metrics`)).text();
    const count = (start: string): number => sumOf(text, start);
    expect(count('hushtone_calls_total{flow="transferred-call",outcome="approved",ended_by="caller"}')).toBeGreaterThan(
      0,
    );
    expect(count('hushtone_calls_total')).toBe(count('hushtone_calls_started_total'));
    expect(count('hushtone_calls_left_total')).toBe(count('hushtone_calls_total'));
    expect(count('hushtone_key_to_prompt_seconds_count')).toBeGreaterThan(0);
    expect(count('hushtone_exchange_seconds_count{connector="otp-pay",operation="charge"')).toBeGreaterThan(0);
    // Neither an order, nor a telephone, nor a call's id, nor an agent; a time in seconds may have many decimals.
    expect(text).not.toMatch(/ORD-|919876|call_[0-9a-f]{8}|agent-\d/);
  });

  it('no card number is in logs, database, recordings, answers or memory', async () => {
    await expectNoDigits(await sites.site(), Object.values(CARDS));
  });
});

/** Of all samples whose name and labels begin so. */
function sumOf(metrics: string, start: string): number {
  const lines = metrics.split('\n').filter((line) => line.startsWith(start));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').pop()), 0);
}
