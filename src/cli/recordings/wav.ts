/** Reading and writing WAV files: what a studio or a text-to-speech delivers, and what Asterisk plays. */

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
/** Asterisk's format_wav counts the header's 44 bytes as if they were samples, and so never plays the last 44 bytes. */
const UNPLAYED_SAMPLES = 22;
/** Asterisk sends 20 ms at a time; a whole number of them avoids a short packet at every joint. */
const FRAMES_PER_SECOND = 50;

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

/**
 * A file that Asterisk plays (`.wav` at 8000, `.wav16` at 16000): 16-bit mono PCM with a plain header, silence added up to
 * whole 20 ms frames and for the end that Asterisk does not play.
 */
export function encodeWav({ rate, samples }: Audio): Buffer {
  const frame = rate / FRAMES_PER_SECOND;
  const total = Math.ceil(samples.length / frame) * frame + UNPLAYED_SAMPLES;
  const file = Buffer.alloc(HEADER_BYTES + total * 2);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(PCM, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(total * 2, 40);
  samples.forEach((sample, index) => {
    const rounded = Math.round(sample * 32767);
    file.writeInt16LE(Math.max(-32767, Math.min(32767, rounded)), HEADER_BYTES + index * 2);
  });
  return file;
}

/** What Asterisk would refuse about a file of this rate, or null. */
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
