import { settle } from '../../support/manual-clock';
import {
  CVV,
  EXPIRY,
  FlowWorld,
  HEADERS,
  MASTERCARD,
  OTP,
  VISA,
  type WorldScript,
} from '../../support/scripted-flow-world';

/** What must hold however a call went. */
async function finished(script: WorldScript): Promise<FlowWorld> {
  const world = new FlowWorld(script);
  await world.run();
  expectNothingLeft(world);
  return world;
}

function expectNothingLeft(world: FlowWorld): void {
  expect(world.vault.size()).toBe(0);
  expect(world.clock.running).toBe(0);
  expect(world.call.isOver).toBe(true);
}

function returnedTo(world: FlowWorld): string[] {
  return world.call.returnRequests.map(({ target }) => target);
}

describe('the transferred call', () => {
  test('pays with the details of the headers, and returns the caller with the result', async () => {
    const world = await finished({});
    expect(world.payments).toHaveLength(1);
    expect(world.payments[0]).toMatchObject({
      amount: '2500.50',
      currency: 'INR',
      reference: 'TXN-10492',
      connector: 'otp-pay',
      channel: 'phone',
      masked: 'xxxxxxxxxxxx1111',
      values: { otp_reference: 'otp-ref-1', phone: '+919800000100' },
    });
    expect(world.call.heard).toContain('payment-approved GW-77');
    expect(world.call.returnRequests).toHaveLength(1);
    expect(world.call.returnRequests[0]).toMatchObject({
      target: 'agent-101',
      endpoint: 'PJSIP/agent-101',
      headers: { 'X-Payment-Result': 'approved', 'X-Payment-Reference': 'GW-77' },
    });
    expect(world.exchangesOf('lookup-transaction.run')).toHaveLength(0);
  });

  test('pays with the details that the merchant looks up by caller number', async () => {
    const world = await finished({ headers: {} });
    expect(world.exchangesOf('lookup-transaction.run')[0]?.values).toEqual({ caller: '+919800000100' });
    expect(world.payments[0]).toMatchObject({ amount: '99.00', currency: 'USD', reference: 'TXN-7' });
    expect(world.call.heard[0]).toBe('welcome-payment 99.00 USD');
    expect(returnedTo(world)).toEqual(['agent-102']);
  });

  test('keeps where to return the caller to when only that came in a header', async () => {
    const world = await finished({ headers: { 'X-Return-To': 'agent-150' } });
    expect(world.payments[0]?.reference).toBe('TXN-7');
    expect(returnedTo(world)).toEqual(['agent-150']);
  });

  test('never puts an order together from two sources', async () => {
    const world = await finished({ headers: { 'X-Amount': '1.00', 'X-Currency': 'EUR' } });
    expect(world.payments[0]).toMatchObject({ amount: '99.00', currency: 'USD', reference: 'TXN-7' });
  });

  test('without details says so and returns the caller, unasked and uncharged', async () => {
    const world = await finished({ headers: {}, exchanges: { 'lookup-transaction.run': [{ outcome: 'none' }] } });
    expect(world.call.heard[0]).toBe('call-details-missing');
    expect(world.call.listens).toHaveLength(0);
    expect(world.payments).toHaveLength(0);
    expect(returnedTo(world)).toEqual(['support-queue']);
  });

  test('tells the receipt and the confirmation what they need', async () => {
    const world = await finished({});
    expect(world.exchangesOf('confirm-payment.run')[0]?.values).toMatchObject({
      order_id: 'TXN-10492',
      payment: { outcome: 'approved', reference: 'GW-77' },
    });
    const [otp, receipt] = world.exchangesOf('sms-dlt.send');
    expect(otp?.values).toMatchObject({ to: '+919800000100', template: 'otp' });
    expect(Object.keys(otp?.sealed ?? {})).toEqual(['otp']);
    expect(receipt?.values).toMatchObject({ to: '+919800000100', template: 'receipt' });
    expect(receipt?.sealed).toEqual({});
  });

  test('plays the waiting prompt while the payment is made', async () => {
    const world = await finished({});
    expect(world.call.held).toBe(1);
    expect(world.call.heard).toContain('taking-payment please-wait');
  });
});

describe('the language of a transferred call', () => {
  test('is the one that its header names, from the first word to the last', async () => {
    const world = await finished({ headers: { ...HEADERS, 'X-Language': 'es' } });
    expect(world.call.heard.length).toBeGreaterThan(5);
    expect(world.call.heard.filter((words) => !words.startsWith('es:'))).toEqual([]);
  });

  test.each(['fr', 'ES', '../es'])('is English when the header says %s, which is reported', async (language) => {
    const world = await finished({ headers: { ...HEADERS, 'X-Language': language } });
    expect(world.call.heard[0]).toMatch(/^welcome-payment/);
    expect(world.events).toContainEqual(expect.objectContaining({ type: 'failed', code: 'context-invalid' }));
    expect(world.call.returnRequests[0]?.headers['X-Payment-Result']).toBe('approved');
  });
});

describe('a payment that does not succeed at once', () => {
  test('declined, then another card: two attempts of one order, the second approved', async () => {
    const world = await finished({
      keys: { 'card-number': [VISA, MASTERCARD], menu: ['1'] },
      payments: ['declined', 'approved'],
    });
    expect(world.payments.map(({ masked }) => masked)).toEqual(['xxxxxxxxxxxx1111', 'xxxxxxxxxxxx4444']);
    expect(new Set(world.payments.map(({ attempt }) => attempt)).size).toBe(2);
    // That it was declined has been said already; the card is asked for as at first.
    expect(world.call.heard.filter((words) => words === 'enter-card-number end-with-hash')).toHaveLength(2);
    expect(world.exchangesOf('otp-pay.generate')).toHaveLength(2);
    expect(world.call.returnRequests[0]?.headers['X-Payment-Result']).toBe('approved');
  });

  test('declined and no other card: the caller goes back with `declined`', async () => {
    const world = await finished({ payments: ['declined'] });
    expect(world.payments).toHaveLength(1);
    expect(world.call.returnRequests[0]?.headers['X-Payment-Result']).toBe('declined');
  });

  test('a wrong OTP is asked again with the same card and a new attempt, and no new OTP', async () => {
    const world = await finished({ keys: { otp: ['111111', OTP] }, payments: ['otp-invalid', 'approved'] });
    const [first, second] = world.payments;
    expect(world.steps).toContain('otp-again');
    expect(second?.card?.number).toBe(first?.card?.number);
    expect(second?.card?.otp).not.toBe(first?.card?.otp);
    expect(second?.attempt).not.toBe(first?.attempt);
    expect(world.exchangesOf('otp-pay.generate')).toHaveLength(1);
    expect(world.call.heard).toContain('otp-not-valid enter-otp');
  });

  test('an OTP that stays wrong ends when the attempts are used up, and nothing was charged', async () => {
    const world = await finished({ keys: { otp: ['111111'] }, payments: ['otp-invalid'] });
    expect(world.payments).toHaveLength(3);
    expect(world.call.heard).toContain('sorry-not-understood');
    expect(returnedTo(world)).toEqual(['agent-101']);
  });

  test.each([
    ['unknown', 'payment-being-checked'],
    ['pending', 'payment-being-checked'],
    ['already-paid', 'payment-already-made'],
    ['error', 'pay-later'],
  ] as const)('%s: the caller hears %s and goes back', async (outcome, words) => {
    const world = await finished({ payments: [outcome] });
    expect(world.call.heard).toContain(words);
    expect(world.call.heard.join(' ')).not.toMatch(/payment-approved|payment-declined/);
    expect(world.call.returnRequests[0]?.headers['X-Payment-Result']).toBe(outcome);
    expect(world.payments).toHaveLength(1);
  });
});

describe('the resend key', () => {
  test('sends a new OTP once, and costs no attempt', async () => {
    const world = await finished({ keys: { otp: ['hot-key', OTP] } });
    expect(world.exchangesOf('otp-pay.generate')).toHaveLength(2);
    expect(world.exchangesOf('sms-dlt.send').map(({ values }) => values.template)).toEqual(['otp', 'otp', 'receipt']);
    expect(world.call.listens.filter(({ field }) => field === 'otp').map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(world.call.heard).toContain('otp-resent');
    expect(world.payments).toHaveLength(1);
  });

  test('pressed more often than `resends` counts as a wrong entry', async () => {
    const world = await finished({ keys: { otp: ['hot-key', 'hot-key', OTP] } });
    expect(world.exchangesOf('otp-pay.generate')).toHaveLength(2);
    expect(world.call.listens.filter(({ field }) => field === 'otp').map(({ attempt }) => attempt)).toEqual([1, 1, 2]);
  });

  test('works where the OTP is only asked again', async () => {
    const world = await finished({
      keys: { otp: ['111111', 'hot-key', OTP] },
      payments: ['otp-invalid', 'approved'],
    });
    expect(world.exchangesOf('otp-pay.generate')).toHaveLength(2);
    expect(world.payments).toHaveLength(2);
  });

  test('is asked of the call as a key byte', async () => {
    const world = await finished({});
    const otp = world.call.listens.find(({ field }) => field === 'otp');
    expect(otp).toMatchObject({ hotKey: 0x39, sensitive: true });
  });
});

describe('what is keyed wrong', () => {
  test('a card wrong twice, then right: each prompt speaks to its error', async () => {
    const world = await finished({ keys: { 'card-number': ['4111111111111112', '4111111111111113', VISA] } });
    expect(world.call.heard.filter((words) => words.includes('card-number'))).toEqual([
      'enter-card-number end-with-hash',
      'card-number-not-valid enter-card-number end-with-hash',
      'card-number-not-valid enter-card-number end-with-hash',
    ]);
    expect(world.payments).toHaveLength(1);
  });

  test('a brand that is not accepted is told', async () => {
    const world = await finished({ keys: { 'card-number': ['30569309025904', VISA] } });
    expect(world.call.heard).toContain('card-type-not-accepted enter-card-number end-with-hash');
  });

  test('nothing keyed at all: asked three times, then back to the agent', async () => {
    const world = await finished({ keys: { 'card-number': [{ fails: 'timeout' }] } });
    expect(world.call.listens.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(world.call.heard).toContain('sorry-not-understood');
    expect(world.call.returnRequests[0]?.headers['X-Payment-Result']).toBe('none');
  });

  test('attempts count over the whole call: however often cards are declined, it ends', async () => {
    const world = await finished({ keys: { menu: ['1'] }, payments: ['declined'] });
    expect(world.payments).toHaveLength(3);
    expect(world.call.listens.filter(({ field }) => field === 'card-number')).toHaveLength(3);
    expect(returnedTo(world)).toEqual(['agent-101']);
  });

  test('the clear key twice gives up the field', async () => {
    const world = await finished({ keys: { 'expiration-date': ['cancel'] } });
    expect(world.steps).toContain('sorry');
    expect(world.payments).toHaveLength(0);
  });

  test('the security code is asked by the words of the card that was keyed', async () => {
    const world = await finished({ keys: { 'card-number': ['371449635398431'], 'security-code': ['7312'] } });
    expect(world.call.heard).toContain('enter-security-code-4');
    expect(world.payments).toHaveLength(1);
  });

  test('a menu asks again for a key that is no choice', async () => {
    const world = await finished({ keys: { menu: ['7', '1'] }, payments: ['declined', 'approved'] });
    expect(world.call.heard.filter((words) => words.startsWith('choice-not-valid'))).toHaveLength(1);
    expect(world.payments).toHaveLength(2);
  });
});

describe('APIs that fail', () => {
  const faults = [
    ['an error', { outcome: 'error', status: 500 }],
    ['a timeout', { outcome: 'timeout', status: null }],
    ['an outcome nobody wired', { outcome: 'teapot' }],
    ['an exception', new Error('socket hang up')],
  ] as const;
  const apis = ['otp-pay.generate', 'sms-dlt.send', 'confirm-payment.run', 'lookup-transaction.run'];

  test.each(apis.flatMap((api) => faults.map(([name, fault]) => [api, name, fault] as const)))(
    '%s answers with %s: the caller is told and returned',
    async (api, _name, fault) => {
      const headers = api === 'lookup-transaction.run' ? {} : HEADERS;
      const world = await finished({ headers, exchanges: { [api]: [fault] } });
      expect(world.call.returnRequests).toHaveLength(1);
      expect(world.payments).toHaveLength(api === 'confirm-payment.run' ? 1 : 0);
    },
  );

  test('all at once, the payment included, still return the caller', async () => {
    const world = await finished({
      payments: [new Error('gateway fell over')],
      exchanges: { 'sms-dlt.send': [{}, { outcome: 'error' }], 'confirm-payment.run': [{ outcome: 'error' }] },
    });
    expect(world.call.heard).toContain('payment-being-checked');
    expect(returnedTo(world)).toEqual(['agent-101']);
  });

  test('an OTP that could not be sent is wiped', async () => {
    const world = new FlowWorld({ exchanges: { 'sms-dlt.send': [{ outcome: 'error' }] } });
    const end = world.begin();
    await settle();
    expect(world.call.heard).toContain('pay-later');
    world.call.end('agent');
    await end;
    expectNothingLeft(world);
  });
});

describe('the way back', () => {
  test.each(['no-answer', 'busy', 'failed'] as const)(
    '%s at the agent: the second target is tried',
    async (outcome) => {
      const world = await finished({ returns: { 'agent-101': outcome } });
      expect(returnedTo(world)).toEqual(['agent-101', 'support-queue']);
      expect(world.call.heard).toContain('trying-another-agent');
    },
  );

  test('nobody answers: the caller is told and the call ends', async () => {
    const world = new FlowWorld({ returns: { 'agent-101': 'no-answer', 'support-queue': 'busy' } });
    const end = await world.begin();
    expect(end.reason).toBe('engine');
    expect(world.call.heard.at(-1)).toBe('agent-not-available goodbye');
    expectNothingLeft(world);
  });

  test('the flow lasts until caller or agent hang up, and the session limit does not cut them off', async () => {
    const world = new FlowWorld();
    const end = world.begin();
    await settle();
    expect(world.vault.size()).toBe(0);
    await world.clock.advance(60 * 60_000);
    expect(world.call.isOver).toBe(false);
    world.call.end('agent');
    expect((await end).reason).toBe('agent');
    expectNothingLeft(world);
  });
});

describe('the session limit', () => {
  test('ends a field that nobody keys: told, and returned', async () => {
    const world = new FlowWorld({ keys: { 'security-code': ['silent-for-ever'] } });
    const end = world.begin();
    await settle();
    expect(world.vault.size()).toBeGreaterThan(0);
    await world.clock.advance(5 * 60_000);
    expect(world.call.heard).toContain('session-timeout');
    expect(returnedTo(world)).toEqual(['agent-101']);
    world.call.end('agent');
    await end;
    expect(world.payments).toHaveLength(0);
    expectNothingLeft(world);
  });

  test('passing while the payment is made: its outcome is told, and nothing more is asked', async () => {
    let answer: (outcome: 'declined') => void = () => undefined;
    const slow = new Promise<'declined'>((resolve) => (answer = resolve));
    const world = new FlowWorld({ payments: [() => slow], keys: { menu: ['1'] } });
    const end = world.begin();
    await settle();
    await world.clock.advance(6 * 60_000);
    expect(world.call.heard.at(-1)).toBe('taking-payment please-wait');
    answer('declined');
    await settle();
    // The caller hears that it was declined, and is not asked for another card.
    expect(world.call.listens.filter(({ field }) => field === 'menu')).toEqual([]);
    expect(world.call.heard).toContain('session-timeout');
    expect(world.call.returnRequests[0]?.headers).toEqual({
      'X-Payment-Result': 'declined',
      'X-Payment-Reference': 'GW-77',
    });
    world.call.end('agent');
    await end;
    expectNothingLeft(world);
  });
});

test('the digits of these tests never reach an event', async () => {
  const world = await finished({ keys: { otp: ['111222', OTP] }, payments: ['otp-invalid', 'approved'] });
  const told = JSON.stringify(world.events);
  for (const digits of [VISA, CVV, EXPIRY, OTP, '111222']) expect(told).not.toContain(`"${digits}"`);
});
