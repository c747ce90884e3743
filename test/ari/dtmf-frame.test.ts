import fc from 'fast-check';

import { kindOf, readKeyPress } from '../../src/ari/dtmf-frame';
import { keyEvent } from './fake-ari';

const bytes = (event: unknown, indent?: number): Buffer => Buffer.from(JSON.stringify(event, null, indent), 'utf8');
const at = Date.UTC(2026, 10, 21, 9, 9, 56, 30);

describe('a key frame', () => {
  it.each('0123456789*#ABCD'.split(''))('reads the key %s as its ASCII byte, with channel and time', (digit) => {
    const frame = bytes(keyEvent('1763716194.12', digit));
    expect(kindOf(frame)).toBe('key');
    expect(readKeyPress(frame)).toEqual({ channel: '1763716194.12', key: digit.charCodeAt(0), at });
  });

  it('is read the same whatever the order and the spacing of its members', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(Object.entries(keyEvent('c1', '7')), { minLength: 7 }),
        fc.integer({ min: 0, max: 4 }),
        (members, indent) => {
          const frame = bytes(Object.fromEntries(members), indent);
          return kindOf(frame) === 'key' && readKeyPress(frame)?.key === 0x37;
        },
      ),
    );
  });

  it.each([
    ['+0200', -2],
    ['-0530', 5.5],
  ])('reads the time zone %s', (zone, hours) => {
    const frame = bytes({ ...keyEvent('c1', '1'), timestamp: `2026-11-21T09:09:56.030${zone}` });
    expect(readKeyPress(frame)?.at).toBe(at + hours * 3_600_000);
  });

  it('is not fooled by what a caller may put into a name', () => {
    const name = '"},"digit":"9","type":"StasisEnd","channel":{"id":"other"},"x":"\\';
    const channel = { name, id: 'c1', caller: { name, id: 'nested', digit: '9' } };
    const frame = bytes({ channel, ...keyEvent('c1', '5'), extra: [{ digit: '9' }, name] });
    expect(readKeyPress(frame)).toMatchObject({ channel: 'c1', key: 0x35 });
  });

  it('is refused, not guessed, when it is cut anywhere', () => {
    const whole = bytes(keyEvent('c1', '5'));
    for (let length = 0; length < whole.length; length++) {
      const press = kindOf(whole.subarray(0, length)) === 'key' ? readKeyPress(whole.subarray(0, length)) : null;
      if (press !== null) expect(press).toEqual({ channel: 'c1', key: 0x35, at });
    }
  });

  it.each([
    ['two digits', { digit: '12' }],
    ['no digit', { digit: '' }],
    ['a letter that no keypad has', { digit: 'E' }],
    ['a number', { digit: 5 }],
    ['no time', { timestamp: 'now' }],
    ['no channel', { channel: null }],
    ['a channel without id', { channel: { name: 'x' } }],
  ])('with %s is refused', (_what, wrong) => {
    expect(readKeyPress(bytes({ ...keyEvent('c1', '5'), ...wrong }))).toBeNull();
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const frame = Buffer.from(noise);
        kindOf(frame);
        readKeyPress(frame);
      }),
    );
  });
});

describe('another frame', () => {
  it('is told apart by its own type, not by one inside it', () => {
    expect(kindOf(bytes({ nested: keyEvent('c1', '5'), type: 'RESTResponse' }))).toBe('other');
    expect(kindOf(bytes({ type: 'ChannelDtmfReceivedX' }))).toBe('other');
    expect(kindOf(bytes({ type: 'StasisStart', note: 'ChannelDtmfReceived' }))).toBe('other');
  });

  it.each(['', '[]', '"ChannelDtmfReceived"', '{}', '{"type":', '{"type":5}', '{type:"x"}'])(
    '%p is unreadable',
    (text) => {
      expect(kindOf(Buffer.from(text))).toBe('unreadable');
    },
  );
});
