import type { Audio } from './wav';

/** Zero crossings of the filter on each side: long enough to pass 3400 Hz whole and stop at 4000 Hz. */
const CROSSINGS = 48;
/** The pass band ends this far below half the lower rate, to leave the filter room to fall. */
const PASS_BAND = 0.92;

/** Changes the sampling rate with a band-limited filter (windowed sinc), so that nothing folds back as a whistle. */
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
    return cutoff * sinc(cutoff * distance) * blackmanHarris(distance / reach);
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

/** Window from -1 to 1 whose side lobes lie 92 dB down (Harris 1978, "On the Use of Windows", four terms). */
function blackmanHarris(x: number): number {
  if (Math.abs(x) >= 1) return 0;
  return (
    0.35875 +
    0.48829 * Math.cos(Math.PI * x) +
    0.14128 * Math.cos(2 * Math.PI * x) +
    0.01168 * Math.cos(3 * Math.PI * x)
  );
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
