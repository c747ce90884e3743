import { settle } from '../support/manual-clock';
import type { ChargeScript } from '../support/scripted-gateway';
import { PaymentWorld, WHOLE_CARD } from './payment-world';

let world: PaymentWorld;
beforeEach(() => {
  world = new PaymentWorld();
});

/** Takes a payment and lets the given time pass. */
async function take(script: ChargeScript, attempt = 'att_1', ms = 10_000) {
  world.gateway.charges.push(script);
  const taking = world.payments.take(world.request(attempt));
  await world.clock.advance(ms);
  return taking;
}

describe('an approved payment', () => {
  test('is told with the id that the gateway gave', async () => {
    expect(await take('approved')).toEqual({ outcome: 'approved', reference: 'gw_TXN-1-1', reason: '' });
  });

  test('was sent once, with its own key and reference, in minor units', async () => {
    await take('approved');
    expect(world.gateway.sends).toHaveLength(1);
    expect(world.gateway.sends[0]).toMatchObject({
      attempt: 'att_1',
      gatewayReference: 'TXN-1-1',
      amountMinor: 250050,
      currency: 'INR',
      channel: 'phone',
      owner: 'call_1',
      values: { phone: '+15550100' },
    });
  });

  test('was in the journal before the first byte left', async () => {
    let before: string[] = [];
    world.gateway.onSend = () => (before = [...world.journal.history]);
    await take('approved');
    expect(before).toEqual(['att_1 created', 'att_1 submitting']);
    expect(world.journal.history).toEqual([...before, 'att_1 approved']);
  });

  test('leaves no card, no timer and nothing under way', async () => {
    await take('approved');
    expect(world.wiped()).toEqual(WHOLE_CARD);
    expect(world.clock.running).toBe(0);
    await world.payments.idle();
    expect(await world.payments.sweep()).toBe(0);
  });

  test('is told to the observers of the call and to whoever sends messages', async () => {
    await take('approved');
    expect(world.events).toEqual([
      {
        call: 'call_1',
        type: 'payment',
        outcome: 'approved',
        order: 'TXN-1',
        reference: 'gw_TXN-1-1',
        attempt: 'att_1',
        reason: '',
        amount: '2500.50',
        currency: 'INR',
        masked: 'xxxxxxxxxxxx1111',
      },
    ]);
    expect(world.settled).toMatchObject([{ attempt: 'att_1', state: 'approved', gatewayId: 'gw_TXN-1-1' }]);
  });

  test('makes every later attempt at its order already-paid, without a send', async () => {
    await take('approved');
    const second = await take('approved', 'att_2');
    expect(second).toMatchObject({ outcome: 'already-paid', reference: 'gw_TXN-1-1' });
    expect(world.gateway.sends).toHaveLength(1);
    expect(world.wiped('att_2')).toEqual(WHOLE_CARD);
  });

  test('survives listeners that throw', async () => {
    world.start(() => {
      throw new Error('no');
    });
    expect(await take('approved')).toMatchObject({ outcome: 'approved' });
    await world.payments.idle();
    expect(world.logger.at('error')).toEqual(['payment-listener-failed']);
  });
});

describe('a declined payment', () => {
  test('wipes the card, and another card opens a new attempt with its own key and reference', async () => {
    expect(await take('declined')).toMatchObject({ outcome: 'declined', reason: 'insufficient funds' });
    expect(world.wiped()).toEqual(WHOLE_CARD);
    expect(await take('approved', 'att_2')).toMatchObject({ outcome: 'approved', reference: 'gw_TXN-1-2' });
    expect(world.gateway.sends.map(({ attempt, gatewayReference }) => [attempt, gatewayReference])).toEqual([
      ['att_1', 'TXN-1-1'],
      ['att_2', 'TXN-1-2'],
    ]);
  });
});

describe('a wrong OTP', () => {
  test('wipes the OTP alone, so that the same card can be tried with another', async () => {
    expect(await take('otp-invalid')).toMatchObject({ outcome: 'otp-invalid' });
    expect(world.wiped()).toEqual(['otp']);
    expect(world.journal.all()).toMatchObject([{ state: 'declined', otpInvalid: true }]);
    const { card } = world.request('att_1');
    const again = world.request('att_2', { card: card === null ? null : { ...card, otp: 'att_2.otp' } });
    expect(await world.payments.take(again)).toMatchObject({ outcome: 'approved' });
    expect(world.wiped()).toEqual(['otp', 'pan', 'exp', 'cvv']);
    expect(world.wiped('att_2')).toEqual(['otp']);
  });
});

describe('a payment of which nothing left', () => {
  test('is an error, and the order may be tried again at once', async () => {
    expect(await take('not-sent')).toMatchObject({ outcome: 'error', reason: 'not sent: no address for the host' });
    expect(world.stateOf('att_1')).toBe('abandoned');
    expect(world.wiped()).toEqual(WHOLE_CARD);
    expect(await take('approved', 'att_2')).toMatchObject({ outcome: 'approved' });
  });

  test.each([
    ['an amount that is none', { amount: '2500,50' }],
    ['more decimals than the currency has', { amount: '1.005' }],
    ['no such currency', { currency: 'RUPEES' }],
    ['no such connector', { connector: 'no-such' }],
  ])('%s: is an error before anything is written', async (_name, changes) => {
    expect(await world.payments.take(world.request('att_1', changes))).toMatchObject({ outcome: 'error' });
    expect(world.journal.all()).toEqual([]);
    expect(world.gateway.sends).toEqual([]);
    expect(world.wiped()).toEqual(WHOLE_CARD);
  });

  test('the same attempt id for another payment is refused', async () => {
    await take('approved');
    const other = await world.payments.take(world.request('att_1', { reference: 'TXN-2' }));
    expect(other).toEqual({ outcome: 'error', reference: '', reason: 'this attempt id belongs to another payment' });
    expect(world.gateway.sends).toHaveLength(1);
  });
});

describe('the same payment twice at once', () => {
  test('a double # is one attempt with one answer and one send', async () => {
    world.gateway.charges.push('slow-approved');
    const both = [world.payments.take(world.request()), world.payments.take(world.request())];
    await world.clock.advance(10_000);
    const [first, second] = await Promise.all(both);
    expect(first).toMatchObject({ outcome: 'approved' });
    expect(second).toEqual(first);
    expect(world.gateway.sends).toHaveLength(1);
  });

  test('of 50 attempts at one order at once, one is sent and the others are pending', async () => {
    world.gateway.charges.push('slow-approved');
    const all = Array.from({ length: 50 }, (_, index) => world.payments.take(world.request(`att_${index}`)));
    await world.clock.advance(10_000);
    const outcomes = (await Promise.all(all)).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'approved')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'pending')).toHaveLength(49);
    expect(world.gateway.sends).toHaveLength(1);
  });

  test('two engines with the same attempt: one sends, the other does not claim anything', async () => {
    const first = world.payments;
    const second = world.start();
    world.gateway.charges.push('slow-approved');
    const both = [first.take(world.request()), second.take(world.request())];
    await world.clock.advance(10_000);
    const outcomes = (await Promise.all(both)).map(({ outcome }) => outcome).sort();
    expect(world.gateway.sends).toHaveLength(1);
    expect(outcomes).toEqual(['approved', 'unknown']);
  });

  test('a second attempt that is refused does not wipe the card of the first', async () => {
    world.gateway.charges.push('slow-approved');
    const { card } = world.request('att_1');
    const first = world.payments.take(world.request('att_1'));
    await settle();
    expect(await world.payments.take(world.request('att_2', { card }))).toMatchObject({ outcome: 'pending' });
    expect(world.wiped()).toEqual([]);
    await world.clock.advance(10_000);
    await first;
    expect(world.wiped()).toEqual(WHOLE_CARD);
  });

  test('orders do not hold up each other', async () => {
    world.gateway.charges.push('slow-approved', 'approved');
    const slow = world.payments.take(world.request('att_1'));
    await settle();
    expect(await world.payments.take(world.request('att_2', { reference: 'TXN-2' }))).toMatchObject({
      outcome: 'approved',
    });
    await world.clock.advance(10_000);
    await slow;
  });
});

describe('a caller who hangs up', () => {
  test('while the charge is under way: it finishes, and its outcome is told', async () => {
    world.gateway.charges.push('slow-approved');
    void world.payments.take(world.request());
    await settle();
    let idle = false;
    const waiting = world.payments.idle().then(() => (idle = true));
    await settle();
    expect(idle).toBe(false);
    await world.clock.advance(10_000);
    await waiting;
    expect(world.settled).toMatchObject([{ attempt: 'att_1', state: 'approved' }]);
  });
});
