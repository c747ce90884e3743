import { decodeWav, unplayable, type Audio } from '../../../src/cli/recordings/wav';
import { encodeWav } from '../../support/audio-files';

function ramp(rate: number, length: number): Audio {
  return { rate, samples: Float64Array.from({ length }, (_, index) => (index % 200) / 250 - 0.4) };
}

/** A WAV file with any format, as a studio might send it. */
function studioWav(code: number, channels: number, bits: number, data: Buffer, before = Buffer.alloc(0)): Buffer {
  const format = Buffer.alloc(code === 0xfffe ? 40 : 16);
  format.writeUInt16LE(code, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(48_000, 4);
  format.writeUInt16LE(bits, 14);
  if (code === 0xfffe) format.writeUInt16LE(1, 24);
  const chunk = (name: string, body: Buffer): Buffer => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(body.length);
    return Buffer.concat([Buffer.from(name), size, body, Buffer.alloc(body.length % 2)]);
  };
  return Buffer.concat([
    Buffer.from('RIFF\0\0\0\0WAVE'),
    before,
    chunk('fmt ', format),
    chunk('LIST', Buffer.from('odd')),
    chunk('data', data),
  ]);
}

describe('a WAV file', () => {
  it('is read as it was written', () => {
    const audio = ramp(8000, 320);
    const read = decodeWav(encodeWav(audio));
    expect(read.rate).toBe(8000);
    audio.samples.forEach((sample, index) => {
      expect(read.samples[index]).toBeCloseTo(sample, 3);
    });
  });

  it('reads 24-bit stereo of a studio, averaged, past chunks that it does not know', () => {
    const data = Buffer.alloc(12);
    data.writeIntLE(4_194_304, 0, 3);
    data.writeIntLE(0, 3, 3);
    data.writeIntLE(-4_194_304, 6, 3);
    data.writeIntLE(-4_194_304, 9, 3);
    for (const code of [1, 0xfffe]) {
      expect(decodeWav(studioWav(code, 2, 24, data))).toEqual({ rate: 48_000, samples: Float64Array.of(0.25, -0.5) });
    }
  });

  it('reads 32-bit float', () => {
    const data = Buffer.alloc(4);
    data.writeFloatLE(0.5);
    expect(decodeWav(studioWav(3, 1, 32, data)).samples).toEqual(Float64Array.of(0.5));
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'it is not a WAV file'],
    ['an MP3', Buffer.from('ID3 and some more bytes'), 'it is not a WAV file'],
    ['no audio', Buffer.from('RIFF\0\0\0\0WAVE'), 'it has no audio data'],
    ['A-law', studioWav(6, 1, 8, Buffer.alloc(2)), 'its format is not supported; save it as PCM of 16 or 24 bits'],
    [
      'data before the format',
      studioWav(1, 1, 16, Buffer.alloc(2), Buffer.from('data\0\0\0\0')),
      'its data come before its format',
    ],
  ])('is refused with a reason: %s', (_, file, message) => {
    expect(() => decodeWav(file)).toThrow(message);
  });

  it('that Asterisk would refuse is described', () => {
    expect(unplayable(studioWav(1, 2, 24, Buffer.alloc(6)), 8000)).toBe(
      'it must be 16-bit PCM, mono, 8000 Hz; it is 24-bit, 2 channels, 48000 Hz',
    );
    expect(unplayable(Buffer.from('hello'), 8000)).toBe('it is not a WAV file');
    expect(unplayable(encodeWav(ramp(8000, 10)), 8000)).toBeNull();
  });
});
