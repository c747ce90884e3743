import type { Audio } from './wav';

/** Zero crossings of the filter on each side: long enough that what folds back stays 80 dB down. */
const CROSSINGS = 32;
/** The pass band ends this far below half the lower rate, to leave the filter room to fall. */
const PASS_BAND = 0.92;
const KAISER_BETA = 9;

/** Changes the sampling rate with a band-limited (Kaiser-windowed sinc) filter, so that nothing folds back as a whistle. */
export function resample({ rate, samples }: Audio, wanted: number): Audio {
  if (rate === wanted) return { rate, samples };
  const common = gcd(rate, wanted);
  const [up, down] = [wanted / common, rate / common];
  const cutoff = PASS_BAND * Math.min(1, wanted / rate);
  const reach = Math.ceil(CROSSINGS / cutoff);
  const phases = Array.from({ length: up }, (_, phase) => tapsOf(phase / up, cutoff, reach));
  const output = new Float64Array(Math.ceil((samples.length * up) / down));
  for (let index = 0; index < output.length; index += 1) {
    const position = index * down;
    output[index] = convolve(samples, Math.floor(position / up), phases[position % up] ?? [], reach);
  }
  return { rate: wanted, samples: output };
}

/** The filter's weights for input samples `-reach + 1` to `reach` around a point `offset` samples after one of them. */
function tapsOf(offset: number, cutoff: number, reach: number): number[] {
  const taps = Array.from({ length: 2 * reach }, (_, index) => {
    const distance = index - reach + 1 - offset;
    return cutoff * sinc(cutoff * distance) * kaiser(distance / reach);
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

function convolve(samples: Float64Array, at: number, taps: readonly number[], reach: number): number {
  let sum = 0;
  for (let tap = 0; tap < taps.length; tap += 1) {
    sum += (taps[tap] ?? 0) * (samples[at + tap - reach + 1] ?? 0);
  }
  return sum;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
