import { inspect } from 'node:util';
import fc from 'fast-check';
import { MemoryCardVault } from '../../src/card/vault';
import { HushtoneError } from '../../src/errors';
import type { OpenSlot, SensitiveField } from '../../src/ports/card-vault';
import type { CollectedField, KeySink } from '../../src/ports/key-sink';
import { ManualClock } from '../support/manual-clock';
import { bytesOf, TEST_CARDS } from './test-cards';

const CARD = '4242424242424242';

function vaultOfTest() {
  let made = 0;
  return new MemoryCardVault({
    clock: new ManualClock(),
    makeId: (prefix) => `${prefix}_${String.fromCharCode(0x61 + made++)}`,
  });
}

function press(sink: KeySink, digits: string): void {
  for (const byte of bytesOf(digits)) sink.write(byte);
}

function keyIn(vault: MemoryCardVault, digits: string, slot: Partial<OpenSlot> = {}) {
  const sink = vault.open({ owner: 'call-1', field: 'card-number', ...slot });
  press(sink, digits);
  return sink.finish();
}

function collected(
  vault: MemoryCardVault,
  digits: string,
  slot: Partial<OpenSlot> = {},
): CollectedField & { ref: string } {
  const verdict = keyIn(vault, digits, slot);
  if (!verdict.ok || verdict.field.ref === null) throw new Error('not collected');
  return { ...verdict.field, ref: verdict.field.ref };
}

describe('the card vault', () => {
  it('gives a finished card a random reference and what may be shown of it', () => {
    const vault = vaultOfTest();
    expect(collected(vault, CARD)).toEqual({
      ref: 'sealed_a',
      value: null,
      length: 16,
      masked: 'xxxxxxxxxxxx4242',
      brand: 'visa',
      last4: '4242',
    });
  });

  it.each<[SensitiveField, string, Partial<OpenSlot>]>([
    ['expiration-date', '1230', {}],
    ['security-code', '123', { brand: 'visa' }],
    ['otp', '123456', { min: 4, max: 8 }],
    ['bank-account-number', '12345678', { min: 4, max: 20 }],
    ['bank-routing-number', '110000000', { min: 9, max: 9 }],
    ['sensitive-digits', '99', { min: 1, max: 2 }],
  ])('shows no digit of %s', (field, digits, more) => {
    expect(collected(vaultOfTest(), digits, { field, ...more })).toMatchObject({
      value: null,
      length: digits.length,
      masked: 'x'.repeat(digits.length),
      brand: null,
      last4: null,
    });
  });

  it('lends exactly what was keyed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TEST_CARDS), ([number]) => {
        const vault = vaultOfTest();
        const { ref } = collected(vault, number);
        expect(vault.lend(ref, (bytes) => Buffer.from(bytes).equals(bytesOf(number)))).toBe(true);
        expect(vault.lengthOf(ref)).toBe(number.length);
      }),
    );
  });

  it.each(['wipe', 'wipeOwner'] as const)('overwrites the bytes with zeros on %s', (how) => {
    const vault = vaultOfTest();
    const { ref } = collected(vault, CARD);
    const kept = vault.lend(ref, (bytes) => bytes);
    expect(kept.some((byte) => byte !== 0)).toBe(true);
    if (how === 'wipe') vault.wipe(ref);
    else expect(vault.wipeOwner('call-1')).toBe(1);
    expect(kept.every((byte) => byte === 0)).toBe(true);
    expect(vault.size()).toBe(0);
    expect(vault.lengthOf(ref)).toBeNull();
    expect(() => vault.lend(ref, () => 0)).toThrow(new HushtoneError('vault-sealed'));
  });

  it('says whether two slots hold the same digits, whatever their lengths, and of gone ones nothing', () => {
    const vault = vaultOfTest();
    const one = collected(vault, '123456', { field: 'sensitive-digits' });
    const same = collected(vault, '123456', { field: 'sensitive-digits' });
    const others = ['123457', '023456', '12345', '1234560'].map((digits) =>
      collected(vault, digits, { field: 'sensitive-digits' }),
    );
    expect(vault.same(one.ref, same.ref)).toBe(true);
    for (const other of others) expect(vault.same(one.ref, other.ref)).toBe(false);
    vault.wipe(same.ref);
    expect(() => vault.same(one.ref, same.ref)).toThrow(new HushtoneError('vault-sealed'));
  });

  it('wipes idempotently and only what it was asked to', () => {
    const vault = vaultOfTest();
    const mine = collected(vault, CARD);
    const theirs = collected(vault, CARD, { owner: 'call-2' });
    vault.wipe(mine.ref);
    vault.wipe(mine.ref);
    expect(vault.wipeOwner('call-1')).toBe(0);
    expect(vault.size()).toBe(1);
    expect(vault.lengthOf(theirs.ref)).toBe(16);
  });

  it('wipes a slot that is still being keyed, and takes nothing keyed afterwards', () => {
    const vault = vaultOfTest();
    const sink = vault.open({ owner: 'call-1', field: 'card-number' });
    press(sink, '4242');
    expect(vault.size()).toBe(1);
    expect(vault.wipeOwner('call-1')).toBe(1);
    press(sink, CARD);
    expect(sink.length).toBe(0);
    expect(sink.finish().ok).toBe(false);
    expect(vault.size()).toBe(0);
  });

  it('destroys the open slot of a field when the field is opened again', () => {
    const vault = vaultOfTest();
    const first = vault.open({ owner: 'call-1', field: 'otp', min: 4, max: 8 });
    press(first, '1234');
    const second = vault.open({ owner: 'call-1', field: 'otp', min: 4, max: 8 });
    press(first, '99');
    expect([first.length, second.length, vault.size()]).toEqual([0, 0, 0]);
  });

  it('keeps a finished slot when the field is opened again, and the finished sink cannot touch it', () => {
    const vault = vaultOfTest();
    const sink = vault.open({ owner: 'call-1', field: 'card-number' });
    press(sink, CARD);
    const verdict = sink.finish();
    vault.open({ owner: 'call-1', field: 'card-number' });
    sink.clear();
    press(sink, '999');
    expect(vault.lengthOf((verdict.ok ? verdict.field.ref : null) ?? '')).toBe(16);
  });

  it('keeps nothing of a field that failed', () => {
    const vault = vaultOfTest();
    expect(keyIn(vault, '4242424242424243')).toEqual({ ok: false, error: 'invalid-card-number' });
    expect(keyIn(vault, CARD, { accept: ['amex'] })).toEqual({ ok: false, error: 'invalid-card-type' });
    expect(vault.size()).toBe(0);
  });

  it('copies a value that arrived in an answer and wipes where it came from', () => {
    const vault = vaultOfTest();
    const answer = Buffer.from('{"otp":"482913"}');
    const otp = answer.subarray(8, 14);
    const field = vault.put('call-1', 'otp', otp);
    expect(field).toMatchObject({ length: 6, masked: 'xxxxxx', value: null });
    expect(vault.lend(field.ref ?? '', (bytes) => Buffer.from(bytes).toString())).toBe('482913');
    expect(answer.toString()).toBe('{"otp":"\0\0\0\0\0\0"}');
  });

  it('refuses a value that fits no slot, wiped all the same, without naming it', () => {
    const vault = vaultOfTest();
    const long = Buffer.from('4'.repeat(33));
    expect(() => vault.put('call-1', 'otp', long)).toThrow(
      new RangeError('a sensitive value has 1 to 32 bytes, not 33'),
    );
    expect(long.every((byte) => byte === 0)).toBe(true);
    expect(vault.size()).toBe(0);
  });

  it('refuses lengths that fit no slot', () => {
    const vault = vaultOfTest();
    for (const lengths of [{ min: 0 }, { max: 33 }, { min: 5, max: 4 }]) {
      expect(() => vault.open({ owner: 'call-1', field: 'otp', ...lengths })).toThrow(RangeError);
    }
  });

  it('is empty after every owner was wiped, whatever was keyed before', () => {
    const fields = fc.constantFrom<SensitiveField>('card-number', 'expiration-date', 'security-code', 'otp');
    const entry = fc.record({
      owner: fc.constantFrom('call-1', 'call-2', 'call-3'),
      field: fields,
      digits: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 25 }).map((all) => all.join('')),
      finish: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
        const vault = vaultOfTest();
        for (const { owner, field, digits, finish } of entries) {
          const sink = vault.open({ owner, field });
          press(sink, digits);
          expect(sink.length).toBeLessThanOrEqual(32);
          if (finish) sink.finish();
        }
        for (const owner of ['call-1', 'call-2', 'call-3']) vault.wipeOwner(owner);
        expect(vault.size()).toBe(0);
      }),
    );
  });
});

describe('the rules of each slot', () => {
  const open = (slot: Partial<OpenSlot>) => vaultOfTest().open({ owner: 'call-1', field: 'otp', ...slot });

  it.each<[string, Partial<OpenSlot>, (string | undefined)[]]>([
    ['an expiry', { field: 'expiration-date' }, ['more', 'more', 'more', 'complete']],
    ['a Visa security code', { field: 'security-code', brand: 'visa' }, ['more', 'more', 'complete']],
    ['an Amex security code', { field: 'security-code', brand: 'amex' }, ['more', 'more', 'more', 'complete']],
    ['a security code of an unknown brand', { field: 'security-code' }, ['more', 'more', 'may-end', 'complete']],
    ['an OTP of 2 to 3 digits', { min: 2, max: 3 }, ['more', 'may-end', 'may-end', 'may-end']],
    ['an OTP of 3 digits', { min: 3, max: 3 }, ['more', 'more', 'complete']],
  ])('%s goes on and ends at its lengths', (_name, slot, expected) => {
    const sink = open(slot);
    const seen = expected.map(() => {
      sink.write(0x31);
      return sink.progress();
    });
    expect(seen).toEqual(expected);
  });

  it.each<[string, Partial<OpenSlot>, string, string]>([
    ['an expiry in the past', { field: 'expiration-date' }, '1225', 'invalid-date'],
    ['half an expiry', { field: 'expiration-date' }, '12', 'invalid-date'],
    ['3 digits for an Amex', { field: 'security-code', brand: 'amex' }, '123', 'invalid-security-code'],
    ['a short OTP', { min: 4, max: 8 }, '123', 'too-short'],
    ['half a card number', { field: 'card-number' }, '42424242', 'invalid-card-number'],
  ])('%s fails by its own name', (_name, slot, digits, error) => {
    const sink = open(slot);
    press(sink, digits);
    expect(sink.finish()).toEqual({ ok: false, error });
    expect(sink.length).toBe(0);
  });

  it('never holds more than its longest', () => {
    const sink = open({ min: 4, max: 6 });
    press(sink, '1234567890');
    expect(sink.length).toBe(6);
  });
});

describe('what a slip of the tongue would print', () => {
  const seen = (thing: { toString(): string }): string =>
    [
      inspect(thing, { depth: 20, showHidden: true, getters: true }),
      JSON.stringify(thing),
      Object.keys(thing).join(),
      Object.entries(thing).join(),
      thing.toString(),
    ].join(' ');

  it('is no digit, of the vault, of a sink, of a reference or of lent bytes', () => {
    const vault = vaultOfTest();
    const field = collected(vault, CARD);
    const sink = vault.open({ owner: 'call-1', field: 'otp' });
    press(sink, '4242');
    const lent = vault.lend(field.ref, (bytes) => bytes);
    for (const thing of [vault, sink]) {
      expect(seen(thing)).not.toMatch(/42|52, 50|0x34/);
      expect(seen(thing)).toContain('[sealed]');
    }
    expect(inspect(lent)).toBe('[sealed]');
    expect(JSON.stringify({ lent })).toBe('{"lent":"[sealed]"}');
    expect([String(lent), lent.toLocaleString()]).toEqual(['[sealed]', '[sealed]']);
    expect(field.ref).not.toMatch(/\d/);
  });
});
