import { buildRtp, parseRtp } from '../../../src/lab/phone/rtp';
import { buildSdp, parseSdp } from '../../../src/lab/phone/sdp';
import { firstOfStream, header, readMessage, statusOf, writeMessage } from '../../../src/lab/phone/sip-message';
import { keyTone } from '../../../src/lab/phone/sound';
import { deriveSessionKeys, SrtpStream } from '../../../src/lab/phone/srtp';
import { eventCode, eventPackets } from '../../../src/lab/phone/telephone-event';
import { decodeUlaw, encodeUlaw } from '../../../src/lab/phone/ulaw';

const PACKET = {
  payloadType: 101,
  marker: true,
  sequence: 65_535,
  timestamp: 0xfffffff0,
  ssrc: 0x12345678,
  payload: Buffer.from('04120320', 'hex'),
};

describe('RTP packets', () => {
  it('have the header of RFC 3550', () => {
    expect(buildRtp(PACKET).toString('hex')).toBe('80e5fffffffffff01234567804120320');
  });

  it('are read as they were built', () => {
    expect(parseRtp(buildRtp(PACKET))).toEqual(PACKET);
  });

  it.each(['', '80c80006', '80c8000612345678000000000000', '000100002112a442000000000000'])(
    'are told from what is none: %s',
    (hex) => {
      expect(parseRtp(Buffer.from(hex, 'hex'))).toBeNull();
    },
  );
});

describe('telephone-events', () => {
  it('grow each 20 ms and end three times', () => {
    const packets = eventPackets('5', 50).map(({ atMs, marker, payload }) => [atMs, marker, payload.toString('hex')]);
    expect(packets).toEqual([
      [0, true, '050a00a0'],
      [20, false, '050a0140'],
      [40, false, '050a0190'],
      [50, false, '058a0190'],
      [55, false, '058a0190'],
      [60, false, '058a0190'],
    ]);
  });

  it('know the keys of a telephone, and no others', () => {
    expect(Array.from('0123456789*#ABCD').map(eventCode)).toEqual(Array.from({ length: 16 }, (_, code) => code));
    expect(() => eventCode('E')).toThrow(RangeError);
    expect(() => eventCode('')).toThrow(RangeError);
  });
});

describe('mu-law', () => {
  it('has the code words of G.711', () => {
    expect([0, -1, 32_635, -32_635, 1_000].map(encodeUlaw)).toEqual([0xff, 0x7f, 0x80, 0x00, 0xce]);
    expect([0xff, 0x7f, 0x80, 0x00].map(decodeUlaw)).toEqual([0, 0, 32_124, -32_124]);
  });

  it('gives every code word back', () => {
    for (let byte = 0; byte < 256; byte++) {
      // 0x7f is the other way to write silence.
      expect(encodeUlaw(decodeUlaw(byte))).toBe(byte === 0x7f ? 0xff : byte);
    }
  });
});

describe('tones of keys', () => {
  it('refuse what is no key', () => {
    expect(() => keyTone('E')).toThrow(RangeError);
    expect(() => keyTone('')).toThrow(RangeError);
  });
});

describe('SRTP', () => {
  const key = Buffer.from('E1F97A0D3E018BE0D64FA32C06DE4139', 'hex');
  const salt = Buffer.from('0EC675AD498AFEEBB6960B3AABE6', 'hex');

  it('derives the session keys of RFC 3711, appendix B.3', () => {
    const keys = deriveSessionKeys(key, salt);
    expect(keys.cipher.toString('hex')).toBe('c61e7a93744f39ee10734afe3ff7a087');
    expect(keys.salt.toString('hex')).toBe('30cbbc08863d8c85d49db34a9ae1');
    expect(keys.auth.toString('hex')).toBe('cebe321f6ff7716b6fd4ab49af256a156d38baa4');
  });

  it('opens what it sealed, across the end of the sequence numbers, and late packets too', () => {
    const sender = new SrtpStream(Buffer.concat([key, salt]));
    const receiver = new SrtpStream(Buffer.concat([key, salt]));
    const plain = [65_534, 65_535, 0, 1].map((sequence) => buildRtp({ ...PACKET, sequence }));
    const [first, second, third, fourth] = plain.map((rtp) => sender.protect(rtp)) as [Buffer, Buffer, Buffer, Buffer];
    expect([first, third, second, fourth].map((srtp) => receiver.open(srtp))).toEqual([
      plain[0],
      plain[2],
      plain[1],
      plain[3],
    ]);
    expect(first.subarray(12, 16)).not.toEqual(PACKET.payload);
  });

  it('refuses what was changed, or sealed with another key', () => {
    const sealed = new SrtpStream(Buffer.concat([key, salt])).protect(buildRtp(PACKET));
    const changed = Buffer.from(sealed);
    changed[13] = changed.readUInt8(13) ^ 1;
    expect(new SrtpStream(Buffer.concat([key, salt])).open(changed)).toBeNull();
    expect(new SrtpStream(Buffer.alloc(30)).open(sealed)).toBeNull();
  });
});

describe('session descriptions', () => {
  it.each([
    [{ telephoneEvent: 101, direction: 'sendrecv', srtpKey: null }],
    [{ telephoneEvent: null, direction: 'inactive', srtpKey: null }],
    [{ telephoneEvent: 96, direction: 'sendonly', srtpKey: Buffer.alloc(30, 7) }],
  ] as const)('are read as they were built: %j', (part) => {
    const media = { address: '127.0.0.1', port: 40_000, ...part };
    expect(parseSdp(buildSdp(media, 1))).toEqual(media);
  });

  it('without audio are none', () => {
    expect(parseSdp('')).toBeNull();
  });
});

describe('SIP messages', () => {
  const text = writeMessage({ start: 'SIP/2.0 200 OK', headers: [['Call-ID', 'a@b']], body: 'v=0\r\n' });

  it('are read as they were written', () => {
    const message = readMessage(text);
    expect(message?.body).toBe('v=0\r\n');
    expect(message === null ? 0 : statusOf(message)).toBe(200);
    expect(message === null ? '' : header(message, 'call-id')).toBe('a@b');
  });

  it('are cut out of a stream only when they are all there', () => {
    const stream = Buffer.from(text + text.slice(0, 20));
    expect(firstOfStream(stream.subarray(0, text.length - 1))).toBeNull();
    const first = firstOfStream(stream);
    expect(first?.text).toBe(text);
    expect(first?.rest.toString()).toBe(text.slice(0, 20));
  });

  it('may have compact header names', () => {
    const message = readMessage('INVITE sip:a@b SIP/2.0\r\ni: 7\r\nv: SIP/2.0/UDP x\r\n\r\n');
    expect(message === null ? '' : header(message, 'Call-ID')).toBe('7');
  });
});
