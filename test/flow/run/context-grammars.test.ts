import fc from 'fast-check';
import { checkContext, checkOrder } from '../../../src/flow/run/context-grammars';
import { headerValue } from '../../../src/flow/run/header-value';
import type { Value } from '../../../src/ports/connectors';

describe('what a call says about its order', () => {
  test.each([
    ['amount', '2500.5', '2500.50'],
    ['amount', 2500, '2500.00'],
    ['currency', 'INR', 'INR'],
    ['order_id', 'TXN_10.492-a', 'TXN_10.492-a'],
    ['phone', '+919800000100', '+919800000100'],
    ['phone', '009198000001', '009198000001'],
    ['return_to', 'agent-101', 'agent-101'],
    ['customer', "Anna O'Neill, Ltd.", "Anna O'Neill, Ltd."],
  ] as [string, Value, string][])('%s %j is taken as %j', (name, given, taken) => {
    expect(checkContext({ currency: 'INR', [name]: given })).toEqual({
      values: { currency: 'INR', [name]: taken },
      malformed: [],
    });
  });

  test.each([
    ['amount', '2500.505'],
    ['amount', '0'],
    ['amount', '-1'],
    ['amount', '1e3'],
    ['amount', ' 1'],
    ['amount', '1\r\nX-Return-To: agent-1'],
    ['amount', '4111111111111111'],
    ['amount', true],
    ['amount', { amount: 1 }],
    ['currency', 'inr'],
    ['currency', 'XXQ'],
    ['order_id', 'a'.repeat(65)],
    ['order_id', '../a'],
    ['order_id', 'a b'],
    ['order_id', 'a\n'],
    ['phone', '12345'],
    ['phone', '+12345678901234567'],
    ['phone', '+91 98000'],
    ['return_to', 'PJSIP/1001'],
    ['return_to', 'agent-101&PJSIP/2'],
    ['return_to', '-agent'],
    ['return_to', 'agent@host'],
    ['customer', 'line\r\nbreak'],
    ['customer', 'x'.repeat(129)],
  ] as [string, Value][])('%s %j is malformed and counts as missing', (name, given) => {
    const { values, malformed } = checkContext({ currency: 'INR', [name]: given });
    expect(malformed).toEqual([name]);
    expect(values[name]).toBeUndefined();
  });

  test('nothing and the empty text are missing, not malformed', () => {
    expect(checkContext({ amount: null, order_id: '' })).toEqual({ values: {}, malformed: [] });
  });

  test('an amount without a currency is checked as far as it can be', () => {
    expect(checkContext({ amount: '12.3456' }).values).toEqual({ amount: '12.3456' });
    expect(checkContext({ amount: '12.34567' }).malformed).toEqual(['amount']);
  });

  test('an amount is checked against no currency but a good one', () => {
    expect(checkContext({ amount: '12', currency: 'ZZZ' })).toEqual({ values: {}, malformed: ['amount', 'currency'] });
  });
});

describe('a value in a header of the way back', () => {
  test.each([
    ['approved', 'approved'],
    [12, '12'],
    [null, ''],
    [['a'], ''],
    ['a\r\nX-Evil: 1', 'a__X-Evil: 1'],
    ['1001&PJSIP/2,3', '1001_PJSIP_2_3'],
    ['"quoted" <x>', '_quoted_ _x_'],
    [' x ', 'x'],
  ] as [Value, string][])('%j becomes %j', (given, header) => {
    expect(headerValue(given)).toBe(header);
  });

  test('whatever it was, it is one line of at most 128 harmless characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(headerValue(text)).toMatch(/^[A-Za-z0-9 ._:@+-]{0,128}$/);
      }),
    );
  });
});

describe('what an answer in the middle of a call says about the order', () => {
  test('its amount is taken in the currency that the call knows', () => {
    const known = { currency: 'MXN' };
    expect(checkOrder({ amount: '200', order_id: 'ord-234', description: 'Jabón', none: null }, known)).toEqual({
      values: { amount: '200.00', order_id: 'ord-234', description: 'Jabón', none: null },
      malformed: [],
    });
  });

  test.each([
    ['amount', '200.005'],
    ['amount', '0.00'],
    ['amount', '-200.00'],
    ['order_id', 'a b'],
  ])('%s %j is malformed', (name, value) => {
    expect(checkOrder({ [name]: value }, { currency: 'MXN' }).malformed).toEqual([name]);
  });

  test("the answer's own currency counts before the call's", () => {
    expect(checkOrder({ amount: '200.5', currency: 'JPY' }, { currency: 'MXN' }).malformed).toEqual(['amount']);
  });
});
