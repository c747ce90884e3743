import { MemoryCardVault } from '../../src/card/vault';
import { FIELDS, openSink, type FieldRequest } from '../../src/dtmf/fields';
import { ManualClock } from '../support/manual-clock';

const vault = new MemoryCardVault({ clock: new ManualClock(), makeId: (prefix) => `${prefix}_x` });

function keyed(field: string, digits: string, more: Partial<FieldRequest> = {}) {
  const sink = openSink(vault, { owner: 'call', field, sensitive: false, ...more });
  for (const byte of Buffer.from(digits)) sink.write(byte);
  return sink.finish();
}

afterEach(() => {
  vault.wipeOwner('call');
});

describe('the fields of collect', () => {
  it.each(['card-number', 'expiration-date', 'security-code', 'otp', 'bank-account-number'])(
    '%s goes to the vault whatever the flow says',
    (field) => {
      const sink = openSink(vault, { owner: 'call', field, sensitive: false });
      sink.write(0x31);
      expect(vault.size()).toBe(1);
    },
  );

  it.each(Object.keys(FIELDS).filter((field) => FIELDS[field]?.sensitive === 'on-request'))(
    '%s is text, unless the flow calls it sensitive',
    (field) => {
      const digits = field === 'date' ? '20260115' : '123456789';
      expect(keyed(field, digits)).toMatchObject({ ok: true, field: { value: digits, ref: null } });
      expect(vault.size()).toBe(0);
      expect(keyed(field, digits, { sensitive: true })).toMatchObject({
        ok: true,
        field: { value: null, ref: 'sealed_x', masked: 'x'.repeat(digits.length) },
      });
    },
  );

  it('uses the lengths that the flow gives', () => {
    expect(keyed('digits', '12', { min: 3, max: 3 })).toEqual({ ok: false, error: 'too-short' });
    expect(keyed('otp', '1234567', { min: 6, max: 6 })).toMatchObject({ ok: true, field: { length: 6 } });
    expect(keyed('payment-key', '12', { max: 2 })).toMatchObject({ ok: true, field: { value: '12' } });
    expect(keyed('security-code', '1234', { brand: 'amex' })).toMatchObject({ ok: true, field: { length: 4 } });
    expect(keyed('card-number', '4242424242424242', { accept: ['amex'] })).toEqual({
      ok: false,
      error: 'invalid-card-type',
    });
  });

  it('judges a field alike when the flow calls it sensitive', () => {
    const sensitive = true;
    expect(keyed('date', '20260229', { sensitive })).toEqual({ ok: false, error: 'invalid-date' });
    expect(keyed('postal-code', '12', { sensitive })).toEqual({ ok: false, error: 'invalid-postal-code' });
    expect(keyed('payment-key', '12', { sensitive })).toEqual({ ok: false, error: 'too-short' });
    expect(vault.size()).toBe(0);
  });

  it.each(['20260229', '20261301', '20260100', '2026011', '00000000'])('refuses %s as a date', (digits) => {
    expect(keyed('date', digits)).toEqual({ ok: false, error: 'invalid-date' });
  });

  it('takes the 29th of February of a leap year', () => {
    expect(keyed('date', '20280229')).toMatchObject({ ok: true });
  });

  it('refuses a field that does not exist', () => {
    expect(() => openSink(vault, { owner: 'call', field: 'pin', sensitive: false })).toThrow('there is no field pin');
  });
});

describe('a sink of text', () => {
  it('holds no more than its longest and forgets when cleared', () => {
    const sink = openSink(vault, { owner: 'call', field: 'digits', sensitive: false, min: 2, max: 4 });
    for (const byte of Buffer.from('12345')) sink.write(byte);
    expect([sink.length, sink.progress()]).toEqual([4, 'may-end']);
    sink.clear();
    expect([sink.length, sink.progress()]).toEqual([0, 'more']);
  });
});
