import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KeypadScript } from '../../src/lab/keypad-script';
import { CARDS } from './support/cards';
import { MerchantServer, says, type Answer } from './support/merchant-server';
import { expectNoDigits } from './support/no-digits';
import { expectIdle, expectNothingLeft } from './support/nothing-left';
import { EXPIRY, PaymentSite, shippedFlow, type Lane, type TestCall } from './support/payment-site';

const CARD = { 'card-number': [CARDS.approved], 'expiration-date': [EXPIRY], 'security-code': ['123'] };
/** Wrong keys end alike for everybody, so each lane has its own. */
const keyOf = (lane: Lane): string => String(500_000 + lane.index);

let merchant: MerchantServer;
const started = MerchantServer.start(mkdtempSync(path.join(tmpdir(), 'hushtone-merchant-'))).then((server) => {
  merchant = server;
  return new PaymentSite(shippedFlow(), null, {
    flows: { 'connectors/ivr-authorizer.yaml': merchant.connectorFile() },
    environment: { NODE_EXTRA_CA_CERTS: merchant.authorityFile },
  });
});

afterAll(async () => {
  await (await started).stop();
  await merchant.stop();
});

async function newLane(): Promise<Lane> {
  return (await started).lane();
}

function charge(lane: Lane, amount = '200.00'): Answer {
  return says(200, `{"response_code":0,"amount":${amount},"description":"Cargo IVR é","order_id":"${lane.order}"}`);
}

/** A caller who first chooses a language: 1 English, 2 Spanish, 3 Hindi. */
function dial(lane: Lane, keys: KeypadScript, language = '1'): Promise<TestCall> {
  return lane.dial({ did: '7002', headers: null, keys: { ...keys, menu: [language, ...(keys.menu ?? [])] } });
}

/** The merchant answers this for the lane's key; the caller keys it, and would pay. */
async function callWith(answer: (lane: Lane) => Answer, keys: KeypadScript = {}, language = '1'): Promise<TestCall> {
  const lane = await newLane();
  merchant.answer(keyOf(lane), answer(lane));
  return dial(lane, { 'payment-key': [keyOf(lane)], confirm: ['1'], ...CARD, ...keys }, language);
}

describe('a caller with a payment key', () => {
  it.concurrent('hears the amount, accepts it, pays in separate steps and hears the result', async () => {
    const call = await callWith((lane) => charge(lane, '1200.50'));
    await call.ends();
    expect(call.told).toContain('The amount to pay is one thousand two hundred pesos and fifty centavos');
    expect(call.told).toContain('Your payment has been approved. Your reference is');
    expect(call.outcomes('payment')).toEqual(['approved']);
    const { charges, charged } = await call.lane.charges();
    expect(charged).toBe(1);
    expect(charges).toMatchObject([{ amount: 120_050, currency: 'MXN', masked: 'xxxxxxxxxxxx1111', channel: 'phone' }]);
    await expectNothingLeft(call);
  });

  it.concurrent('chooses Spanish, and hears the amount in Spanish', async () => {
    // The first time the caller listens to the end.
    const call = await callWith((lane) => charge(lane, '1200.50'), { confirm: [null, '2'] }, '2');
    await call.ends();
    expect(call.told).toContain('mil doscientos pesos con cincuenta centavos');
    expect(call.told).not.toContain('pesos and');
    const hearing = await call.hearing();
    expect(['es', 'en'].map((language) => hearing.has('amount-to-pay', language))).toEqual([true, false]);
    await expectNothingLeft(call);
  });

  it.concurrent("asks the merchant's server as its document says", async () => {
    const call = await callWith(charge, { confirm: ['2'] });
    await call.ends();
    const requests = merchant.asked(keyOf(call.lane));
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: '/openpay/authorizer',
      body: `{"ivr_key":${keyOf(call.lane)}}`,
      headers: {
        authorization: `Basic ${Buffer.from('sandbox-ivr:sandbox-ivr-password').toString('base64')}`,
        'content-type': 'application/json',
        'cache-control': 'no-cache',
      },
    });
  });

  it.concurrent('rejects the amount: no card is asked, nothing is charged', async () => {
    const call = await callWith(charge, { confirm: ['2'] });
    await call.ends();
    expect(call.told).toContain('You have rejected this payment. You have not been charged.');
    expect(call.outcomes('field-closed', 'card-number')).toEqual([]);
    expect((await call.lane.charges()).charges).toEqual([]);
    await expectNothingLeft(call);
  });

  it.concurrent('has three tries at the key in all, and no more', async () => {
    const lane = await newLane();
    const call = await dial(lane, { 'payment-key': [keyOf(lane), keyOf(lane), keyOf(lane), keyOf(lane)] });
    await call.ends();
    expect(call.told.match(/that payment key is not valid/g)).toHaveLength(3);
    expect(call.told).toContain('without a valid payment key we cannot go on');
    expect(merchant.asked(keyOf(lane))).toHaveLength(3);
    expect((await lane.charges()).charges).toEqual([]);
    await expectNothingLeft(call);
  });

  it.concurrent('mends a wrong key, and a key that no merchant has is not asked about', async () => {
    const lane = await newLane();
    merchant.answer(keyOf(lane), charge(lane));
    const call = await dial(lane, { ...CARD, 'payment-key': ['012345', '499999', keyOf(lane)], confirm: ['1'] });
    await call.ends();
    expect(call.told.match(/that payment key is not valid/g)).toHaveLength(2);
    expect(merchant.asked('12345')).toEqual([]);
    expect(call.outcomes('payment')).toEqual(['approved']);
    expect((await lane.charges()).charged).toBe(1);
  });

  it.concurrent('is declined, and pays with another card', async () => {
    const call = await callWith(charge, {
      'card-number': [CARDS.declined, CARDS.approved],
      'expiration-date': [EXPIRY, EXPIRY],
      'security-code': ['123', '123'],
      menu: ['1'],
    });
    await call.ends();
    expect(call.outcomes('payment')).toEqual(['declined', 'approved']);
    expect((await call.lane.charges()).charged).toBe(1);
    await expectNothingLeft(call);
  });

  it.concurrent('calls again with a key that is paid: told so, and not charged again', async () => {
    const first = await callWith(charge);
    await first.ends();
    const { lane } = first;
    const again = await dial(lane, { ...CARD, 'payment-key': [keyOf(lane)], confirm: ['1'] });
    await again.ends();
    expect(again.told).toContain('This order is already paid. You have not been charged again.');
    expect((await lane.charges()).charged).toBe(1);
  });

  it.concurrent('is told that it is being checked when the gateway does not answer', async () => {
    const call = await callWith(charge, { 'card-number': [CARDS.garbageAfterCharge] });
    await call.ends();
    expect(call.told).toContain('We do not know yet whether your payment went through');
    expect((await call.lane.charges()).charged).toBe(1);
  });

  it.concurrent('hangs up while keying the card: nothing is charged', async () => {
    const call = await callWith(charge, { 'card-number': [{ hangUpAfter: '41111111' }] });
    expect((await call.ends()).reason).toBe('caller');
    expect((await call.lane.charges()).charges).toEqual([]);
    await expectNothingLeft(call);
  });

  it.concurrent('hangs up while the merchant is asked', async () => {
    let asked = (): void => undefined;
    const beingAsked = new Promise<void>((resolve) => (asked = resolve));
    const call = await callWith(() => () => {
      asked();
    });
    await beingAsked;
    await call.caller.hangUp();
    await call.ends();
    await merchant.asked(keyOf(call.lane))[0]?.gone;
    expect((await call.awaits('exchanged')).reason).toBe('given up before a whole answer came');
    await expectNothingLeft(call);
  });

  /** Whatever is wrong with the answer; test/connector/ivr-authorizer.test.ts has more of it. */
  it.concurrent.each<readonly [string, (lane: Lane) => Answer]>([
    ['401', () => says(401, '{"response_code":0}')],
    ['500', () => says(500, '')],
    ['HTML', () => says(200, '<html>Welcome</html>', 'text/html')],
    ['an amount that nobody can say', (lane) => charge(lane, '200.005')],
  ])('is told when the merchant answers %s, and nothing is charged', async (_what, answer) => {
    const call = await callWith(answer);
    await call.ends();
    expect(call.told).toContain('we cannot find out at the moment what your payment key is for');
    expect(call.outcomes('field-closed', 'confirm')).toEqual([]);
    expect(merchant.asked(keyOf(call.lane))).toHaveLength(1);
    expect((await call.lane.charges()).charges).toEqual([]);
    await expectNothingLeft(call);
  });

  it.concurrent('is told when the merchant has not answered after 5 seconds', async () => {
    const call = await callWith(() => () => undefined);
    await call.ends();
    await merchant.asked(keyOf(call.lane))[0]?.gone;
    const { outcome, ms } = await call.awaits('exchanged');
    expect(outcome).toBe('timeout');
    expect(ms).toBeGreaterThan(4_900);
    expect(call.told).toContain('we cannot find out at the moment what your payment key is for');
    await expectNothingLeft(call);
  });
});

describe('after all these calls', () => {
  it('nothing is left, and no card number is anywhere', async () => {
    const sites = await started;
    await expectIdle(await sites.site(), sites.atRest);
    await expectNoDigits(await sites.site(), [CARDS.approved, CARDS.declined, CARDS.garbageAfterCharge]);
  });
});
