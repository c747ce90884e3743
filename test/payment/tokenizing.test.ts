import type { PaymentRequest } from '../../src/ports/payments';
import { PaymentWorld } from './payment-world';

let world: PaymentWorld;

beforeEach(() => {
  world = new PaymentWorld();
});

function take(changes: Partial<PaymentRequest>) {
  return world.payments.take(world.request('att_1', changes));
}

describe('tokenize', () => {
  test('has the gateway keep the card, says its token, wipes the card, and leaves the order unpaid', async () => {
    const result = await take({ operation: 'tokenize' });
    expect(result).toEqual({ outcome: 'approved', reference: 'gw-9', reason: '', token: 'tok-9' });
    expect(world.wiped()).toEqual(['pan', 'exp', 'cvv', 'otp']);
    expect(world.gateway.tokenized).toMatchObject([{ reference: 'TXN-1', amount: '2500.50', currency: 'INR' }]);
    expect(world.journal.all()).toEqual([]);
    expect(world.gateway.sends).toEqual([]);
    await world.payments.idle();
  });

  test.each(['declined', 'otp-invalid', 'error'] as const)('says %s as it is, without a token', async (outcome) => {
    world.gateway.tokenizing = outcome;
    const result = await take({ operation: 'tokenize' });
    expect(result).toEqual({ outcome, reference: '', reason: '' });
    expect(world.wiped()).toEqual(outcome === 'otp-invalid' ? ['otp'] : ['pan', 'exp', 'cvv', 'otp']);
  });

  test('is an error when the gateway fails, and a restored flow starts again: no money moved', async () => {
    world.gateway.tokenizing = 'throws';
    expect(await take({ operation: 'tokenize' })).toMatchObject({ outcome: 'error', reason: 'a bug in the gateway' });
    await world.payments.idle();
    expect(await world.payments.resume('att_1')).toBe('start-again');
  });
});

test('authorize is journaled as a charge is, by its own operation', async () => {
  expect(await take({ operation: 'authorize' })).toMatchObject({ outcome: 'approved' });
  expect(world.gateway.sends).toMatchObject([{ operation: 'authorize' }]);
  expect(world.journal.all()).toMatchObject([{ state: 'approved' }]);
});

test('a card that the gateway keeps pays without a keyed one', async () => {
  const result = await take({ operation: 'charge-token', card: null, masked: '', values: { token: 'tok-9' } });
  expect(result).toMatchObject({ outcome: 'approved' });
  expect(world.gateway.sends).toMatchObject([{ operation: 'charge-token', card: null, values: { token: 'tok-9' } }]);
  expect(world.wiped()).toEqual([]);
});
