import { G722Band, HIGH_BAND, LOW_BAND, saturate } from './g722-band';
import type { Audio } from './wav';

/**
 * G.722 at 64 kbit/s (ITU-T G.722): what wideband telephone calls carry, a quarter of the size of PCM. Two filters split the
 * sound at 4 kHz; each half is a prediction plus a few bits for the error, six below and two above. One byte for two
 * samples at 16,000 Hz, without a header.
 */

/** Half of the 24 weights of the band-splitting filter, which is symmetrical (G.722, table 11, times 8192). */
const FILTER = Int32Array.of(3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11);
const MEMORY = 24;

/** A last sample without a partner is left out. */
export function encodeG722({ samples }: Audio): Buffer {
  const [low, high] = [new G722Band(LOW_BAND), new G722Band(HIGH_BAND)];
  const file = Buffer.alloc(Math.floor(samples.length / 2));
  const memory = new Int32Array(MEMORY);
  for (let at = 0; at < file.length; at += 1) {
    push(memory, sixteenBits(samples[2 * at]), sixteenBits(samples[2 * at + 1]));
    const even = filtered(memory, 1);
    const odd = filtered(memory, 0);
    // 2^12 for the filter's gain, one bit for the sum of its halves, one for the 15 bits that the standard works with.
    file[at] = (high.encode((even - odd) >> 14) << 6) | low.encode((even + odd) >> 14);
  }
  return file;
}

export function decodeG722(file: Buffer): Audio {
  const [low, high] = [new G722Band(LOW_BAND), new G722Band(HIGH_BAND)];
  const samples = new Float64Array(file.length * 2);
  const memory = new Int32Array(MEMORY);
  for (let at = 0; at < file.length; at += 1) {
    const byte = file[at] ?? 0;
    const below = low.decode(byte & 0x3f);
    const above = high.decode(byte >> 6);
    push(memory, below + above, below - above);
    samples[2 * at] = saturate(filtered(memory, 1) >> 11) / 32_768;
    samples[2 * at + 1] = saturate(filtered(memory, 0) >> 11) / 32_768;
  }
  return { rate: 16_000, samples };
}

function sixteenBits(sample = 0): number {
  return saturate(Math.round(sample * 32_767));
}

function push(memory: Int32Array, first: number, second: number): void {
  memory.copyWithin(0, 2);
  memory[MEMORY - 2] = first;
  memory[MEMORY - 1] = second;
}

/** One half of the filter: over every other sample, from the oldest (0, weights forwards) or from its neighbour (1, backwards). */
function filtered(memory: Int32Array, first: 0 | 1): number {
  let sum = 0;
  for (let tap = 0; tap < FILTER.length; tap += 1) {
    const weight = FILTER[first === 0 ? tap : FILTER.length - 1 - tap] ?? 0;
    sum += (memory[2 * tap + first] ?? 0) * weight;
  }
  return sum;
}
