/** Reading WAV files: what a studio or a text-to-speech delivers. */

export interface Audio {
  /** Samples per second. */
  readonly rate: number;
  /** One channel, -1 to 1. */
  readonly samples: Float64Array;
}

interface Format {
  readonly code: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
const HEADER_BYTES = 44;

/** Reads PCM of 16, 24 or 32 bits or 32-bit float; several channels are averaged. Throws a plain Error that says what is wrong. */
export function decodeWav(file: Buffer): Audio {
  if (file.length < 12 || file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error('it is not a WAV file');
  }
  let format: Format | null = null;
  for (let at = 12; at + 8 <= file.length;) {
    const name = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    // A program that writes into a pipe cannot know the length in advance and states too much.
    const body = file.subarray(at + 8, Math.min(file.length, at + 8 + size));
    if (name === 'fmt ') format = readFormat(body);
    if (name === 'data') {
      if (format === null) throw new Error('its data come before its format');
      return { rate: format.rate, samples: readSamples(body, format) };
    }
    at += 8 + size + (size % 2);
  }
  throw new Error('it has no audio data');
}

function readFormat(body: Buffer): Format {
  if (body.length < 16) throw new Error('its format chunk is too short');
  const stated = body.readUInt16LE(0);
  const code = stated === EXTENSIBLE && body.length >= 26 ? body.readUInt16LE(24) : stated;
  const format = { code, channels: body.readUInt16LE(2), rate: body.readUInt32LE(4), bits: body.readUInt16LE(14) };
  const known = (code === PCM && [16, 24, 32].includes(format.bits)) || (code === FLOAT && format.bits === 32);
  if (!known || format.channels === 0 || format.rate === 0) {
    throw new Error('its format is not supported; save it as PCM of 16 or 24 bits');
  }
  return format;
}

function readSamples(body: Buffer, { code, channels, bits }: Format): Float64Array {
  const bytes = bits / 8;
  const samples = new Float64Array(Math.floor(body.length / (bytes * channels)));
  const full = 2 ** (bits - 1);
  for (let index = 0; index < samples.length; index += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) {
      const at = (index * channels + channel) * bytes;
      sum += code === FLOAT ? body.readFloatLE(at) : body.readIntLE(at, bytes) / full;
    }
    samples[index] = sum / channels;
  }
  return samples;
}

/** What Asterisk would refuse about a WAV file of this rate, or null. */
export function unplayable(file: Buffer, rate: number): string | null {
  if (file.length < HEADER_BYTES || file.toString('latin1', 0, 4) !== 'RIFF') return 'it is not a WAV file';
  const at = file.indexOf('fmt ', 12, 'latin1');
  if (at < 0 || at + 24 > file.length) return 'it has no format chunk';
  const [code, channels, found, bits] = [
    file.readUInt16LE(at + 8),
    file.readUInt16LE(at + 10),
    file.readUInt32LE(at + 12),
    file.readUInt16LE(at + 22),
  ];
  if (code === PCM && channels === 1 && found === rate && bits === 16) return null;
  return `it must be 16-bit PCM, mono, ${rate} Hz; it is ${bits}-bit, ${channels} channel${channels === 1 ? '' : 's'}, ${found} Hz`;
}
