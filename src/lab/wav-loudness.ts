import { readFileSync } from 'node:fs';
import { decodeWav } from '../cli/recordings/wav';

/** Root mean square of the last `lastMs` of a recording, 0 (silence) to 1. */
export function loudness(file: string, lastMs: number): number {
  const { rate, samples } = decodeWav(readFileSync(file));
  const tail = samples.subarray(Math.max(0, samples.length - Math.round((rate * lastMs) / 1000)));
  if (tail.length === 0) return 0;
  let sum = 0;
  for (const sample of tail) sum += sample * sample;
  return Math.sqrt(sum / tail.length);
}
