import type { Audio } from './wav';

/**
 * G.711 mu-law (ITU-T G.711, table 2): what most telephone calls carry, so Asterisk sends it as it is. One byte a sample at
 * 8000 Hz, without a header.
 */

const BIAS = 0x84;
const LOUDEST = 32_635;

export function encodeMuLaw({ samples }: Audio): Buffer {
  return Buffer.from(Uint8Array.from(samples, (sample) => muLawByte(Math.round(sample * 32_767))));
}

function muLawByte(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), LOUDEST) + BIAS;
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

export function decodeMuLaw(file: Buffer): Audio {
  return { rate: 8000, samples: Float64Array.from(file, (byte) => muLawSample(byte) / 32_768) };
}

function muLawSample(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + BIAS) << ((bits >> 4) & 0x07)) - BIAS;
  return (bits & 0x80) === 0 ? magnitude : -magnitude;
}
