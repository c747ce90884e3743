import { resample } from '../../../src/cli/recordings/resample';
import { level, peakOf, tone, trim, wholeFrames } from '../../../src/cli/recordings/shape';
import type { Audio } from '../../../src/cli/recordings/wav';

function sine(hz: number, rate: number, ms: number, amplitude = 0.5): Audio {
  const length = (rate * ms) / 1000;
  return {
    rate,
    samples: Float64Array.from({ length }, (_, index) => amplitude * Math.sin((2 * Math.PI * hz * index) / rate)),
  };
}

/** Root mean square of the middle half, away from the edges. */
function middleRms({ samples }: Audio): number {
  const middle = samples.slice(samples.length / 4, (samples.length * 3) / 4);
  return Math.sqrt(middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length);
}

const decibels = (ratio: number): number => 20 * Math.log10(ratio);
const silence = (rate: number, ms: number): Float64Array => new Float64Array((rate * ms) / 1000);
const joined = (rate: number, ...parts: Float64Array[]): Audio => ({
  rate,
  samples: Float64Array.from(parts.flatMap((part) => [...part])),
});

describe('resampling', () => {
  it.each([
    [22_050, 8000],
    [22_050, 16_000],
    [44_100, 8000],
    [48_000, 8000],
    [8000, 16_000],
  ])('from %i to %i Hz keeps a tone that both can hold', (from, to) => {
    const made = resample(sine(1000, from, 400), to);
    expect(made.samples.length).toBeCloseTo(to * 0.4, -1);
    expect(Math.abs(decibels(middleRms(made) / (0.5 / Math.SQRT2)))).toBeLessThan(0.05);
    const expected = sine(1000, to, 400);
    const middle = Math.floor(made.samples.length / 2);
    for (let index = middle; index < middle + 50; index += 1) {
      expect(made.samples[index]).toBeCloseTo(expected.samples[index] ?? NaN, 2);
    }
  });

  it.each([5000, 6500, 9000])('removes %i Hz, which would fold back into a whistle at 8 kHz', (hz) => {
    expect(decibels(middleRms(resample(sine(hz, 22_050, 400), 8000)) / (0.5 / Math.SQRT2))).toBeLessThan(-70);
  });

  it('keeps the telephone band flat up to 3400 Hz', () => {
    for (const hz of [300, 2000, 3400]) {
      const loss = decibels(middleRms(resample(sine(hz, 22_050, 400), 8000)) / (0.5 / Math.SQRT2));
      expect(Math.abs(loss)).toBeLessThan(0.2);
    }
  });

  it('leaves the rate alone when it is right already', () => {
    const audio = sine(500, 8000, 20);
    expect(resample(audio, 8000)).toEqual(audio);
  });
});

describe('trimming', () => {
  const spoken = joined(8000, silence(8000, 500), sine(400, 8000, 200).samples, silence(8000, 700));

  it('leaves the margins asked for around the speech', () => {
    const { samples } = trim(spoken, { before: 20, after: 60 });
    expect(samples.length / 8).toBeGreaterThanOrEqual(280);
    expect(samples.length / 8).toBeLessThanOrEqual(290);
    expect(peakOf(samples.slice(0, 160))).toBe(0);
    expect(peakOf(samples.slice(-480))).toBe(0);
  });

  it('keeps a soft beginning such as an "f"', () => {
    const soft = joined(8000, silence(8000, 300), sine(3000, 8000, 60, 0.006).samples, sine(400, 8000, 200).samples);
    expect(trim(soft, { before: 0, after: 0 }).samples.length / 8).toBeGreaterThanOrEqual(255);
  });

  it('begins and ends without a click', () => {
    const { samples } = trim(joined(8000, sine(433, 8000, 101).samples), { before: 0, after: 0 });
    expect(Math.abs(samples[0] ?? 1)).toBeLessThan(0.01);
    expect(Math.abs(samples.at(-1) ?? 1)).toBeLessThan(0.01);
  });

  it('refuses silence', () => {
    expect(() => trim(joined(8000, silence(8000, 500)), { before: 0, after: 0 })).toThrow('it is silent');
  });
});

describe('setting the level', () => {
  it.each([0.01, 0.2, 0.9])('makes speech of amplitude %p equally loud', (amplitude) => {
    const audio = joined(8000, sine(400, 8000, 200, amplitude).samples, silence(8000, 500));
    const loudest = level(audio).samples.slice(400, 1200);
    expect(decibels(middleRms({ rate: 8000, samples: loudest }))).toBeCloseTo(-20, 0);
  });

  it('never lets a peak come near clipping', () => {
    const spiky = joined(8000, sine(400, 8000, 200, 0.01).samples, Float64Array.of(0.8));
    expect(decibels(peakOf(level(spiky).samples))).toBeLessThanOrEqual(-2.99);
  });
});

describe('a calculated tone', () => {
  it('is one frequency with soft edges', () => {
    const { samples } = tone(440, 120, 8000);
    expect(samples).toHaveLength(960);
    expect(Math.abs(samples[0] ?? 1)).toBeLessThan(0.001);
    let crossings = 0;
    for (let index = 1; index < samples.length; index += 1) {
      if ((samples[index - 1] ?? 0) < 0 && (samples[index] ?? 0) >= 0) crossings += 1;
    }
    expect(Math.abs(crossings / 0.12 - 440)).toBeLessThan(10);
  });

  it('of 0 Hz is silence', () => {
    expect(peakOf(tone(0, 100, 8000).samples)).toBe(0);
  });
});

it('a recording ends on a whole 20 ms, with silence', () => {
  const whole = wholeFrames({ rate: 8000, samples: new Float64Array(161).fill(0.5) });
  expect(whole.samples).toHaveLength(320);
  expect(whole.samples.subarray(161).every((sample) => sample === 0)).toBe(true);
  expect(wholeFrames(whole)).toEqual(whole);
});
