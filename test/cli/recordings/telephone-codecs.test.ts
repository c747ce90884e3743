import { decodeG722, encodeG722 } from '../../../src/cli/recordings/g722';
import { decodeMuLaw, encodeMuLaw } from '../../../src/cli/recordings/mu-law';
import type { Audio } from '../../../src/cli/recordings/wav';

/** The delay of G.722's two filters, in samples. */
const DELAY = 22;

const CODECS = {
  'mu-law': { rate: 8000, code: encodeMuLaw, decode: decodeMuLaw, delay: 0, frequencies: [300, 1000, 3000] },
  'G.722': { rate: 16_000, code: encodeG722, decode: decodeG722, delay: DELAY, frequencies: [300, 1000, 3000, 5500] },
};

function sine(hz: number, rate: number, loudness: number): Audio {
  return {
    rate,
    samples: Float64Array.from({ length: rate }, (_, at) => loudness * Math.sin((2 * Math.PI * hz * at) / rate)),
  };
}

/** How far the difference lies below the sound, in dB. */
function purity(sound: Audio, heard: Audio, delay: number): number {
  let [power, noise] = [0, 0];
  for (let at = 200; at < sound.samples.length - delay; at += 1) {
    const sample = sound.samples[at] ?? 0;
    power += sample ** 2;
    noise += ((heard.samples[at + delay] ?? 0) - sample) ** 2;
  }
  return 10 * Math.log10(power / noise);
}

describe.each(Object.entries(CODECS))('%s', (_, { rate, code, decode, delay, frequencies }) => {
  it.each(frequencies)('keeps %i Hz as it is, loud and soft', (hz) => {
    for (const loudness of [0.7, 0.1, 0.02]) {
      const sound = sine(hz, rate, loudness);
      const heard = decode(code(sound));
      expect(heard.rate).toBe(rate);
      expect(heard.samples).toHaveLength(sound.samples.length);
      // 24 dB for the two bits above 4 kHz, 30 and more for telephone speech.
      expect(purity(sound, heard, delay)).toBeGreaterThan(hz > 4000 ? 12 : 28);
    }
  });

  it('takes one byte for 125 us', () => {
    expect(code(sine(1000, rate, 0.5))).toHaveLength(8000);
  });

  it('keeps silence silent', () => {
    const heard = decode(code({ rate, samples: new Float64Array(rate) }));
    expect(Math.max(...heard.samples.map(Math.abs))).toBeLessThan(0.001);
  });

  it('never wraps a loud sample round to the other side', () => {
    const square = Float64Array.from({ length: 1600 }, (__, at) => (at % 160 < 80 ? 1.5 : -1.5));
    const heard = decode(code({ rate, samples: square })).samples;
    const middles = Array.from({ length: 18 }, (__, half) => heard[half * 80 + 40 + delay] ?? 0);
    expect(middles.map(Math.sign)).toEqual(middles.map((__, half) => (half % 2 === 0 ? 1 : -1)));
  });
});
