import fc from 'fast-check';
import { findFields } from '../../src/connector/find-fields';

const find = (text: string, from: string) => findFields(Buffer.from(text), [{ name: 'f', from: from.split('.') }]);
const textAt = (text: string, from: string): string | undefined => {
  const span = find(text, from)?.[0];
  return span === undefined ? undefined : Buffer.from(text).subarray(span.start, span.end).toString('utf8');
};

test('a field is found by its path through objects and arrays, as text or number', () => {
  expect(textAt('{"otp":"123456"}', 'otp')).toBe('123456');
  expect(textAt(' { "a" : { "b" : [ 1 , { "c" : 987 } ] } } ', 'a.b.1.c')).toBe('987');
  expect(textAt('{"\\u006ftp":"1"}', 'otp')).toBe('1');
  expect(find('{"otp":{"x":1},"other":"123456"}', 'otp')).toEqual([{ name: 'f', kind: 'other', start: 7, end: 14 }]);
  expect(find('{"x":{"otp":1}}', 'otp')).toEqual([]);
});

test.each([
  '',
  '{',
  '{"a":1,}',
  '{"a" 1}',
  '[1,]',
  'nul',
  '{"a":"\u0001"}',
  '{"a":1} x',
  '{"a":1,"a":1}',
  '{a:1}',
  '"',
  '[[1]',
  '{"\\x":1}',
  '['.repeat(1000),
])('what is no JSON that can be relied on is refused: %j', (text) => {
  expect(find(text, 'a')).toBeNull();
});

test('of any JSON the field that a parser finds is found, and of nothing that a parser refuses', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), fc.stringMatching(/^[0-9]{1,8}$/), (other, name, digits) => {
      fc.pre(name !== 'otp' && name !== '__proto__');
      const text = JSON.stringify({ [name]: other, otp: digits, after: other }, null, 1);
      expect(textAt(text, 'otp')).toBe(digits);
    }),
  );
});
