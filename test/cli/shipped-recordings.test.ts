import * as fs from 'node:fs';
import path from 'node:path';
import { promptsBuild } from '../../src/cli/prompts-build';
import { peakOf } from '../../src/cli/recordings/shape';
import type { Audio } from '../../src/cli/recordings/wav';
import { soundIds } from '../../src/flow/prompts/catalogue';
import { wordsOf } from '../../src/flow/prompts/vocabulary';
import { loadSounds } from '../../src/flow/run/load-sounds';
import { readAudio } from '../support/audio-files';

const SOUNDS = 'sounds';
/** What a clone should have to carry for one language at most. */
const MOST_BYTES_PER_LANGUAGE = 6_000_000;
/** The wideband files are made of the same speech, and take long to decode: every so many of them is measured. */
const WIDEBAND_SAMPLE = 12;

const { languages, mistakes } = loadSounds(SOUNDS, fs);

const decibels = (ratio: number): number => 20 * Math.log10(ratio);

function rmsOf({ samples }: Audio): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

/** Milliseconds before the first and after the last sample above -40 dBFS. */
function silences({ rate, samples }: Audio): { before: number; after: number } {
  const audible = (sample: number): boolean => Math.abs(sample) > 0.01;
  const ms = 1000 / rate;
  return {
    before: samples.findIndex(audible) * ms,
    after: (samples.length - 1 - samples.findLastIndex(audible)) * ms,
  };
}

it('ships catalogues without mistakes, English among them', () => {
  expect(mistakes).toEqual([]);
  expect(languages.map(({ catalogue }) => catalogue.language)).toContain('en');
});

it('ships recordings that are in step with the catalogues', async () => {
  const errors: string[] = [];
  const code = await promptsBuild(['--check'], {
    soundsDir: SOUNDS,
    command: null,
    createSpeaker: () => Promise.reject(new Error('nothing is spoken by --check')),
    print: () => undefined,
    printError: (line) => errors.push(line),
  });
  expect(errors).toEqual([]);
  expect(code).toBe(0);
});

describe.each(languages.map(({ catalogue }) => [catalogue.language, catalogue] as const))(
  'recordings in %s',
  (language, catalogue) => {
    const folder = path.join(SOUNDS, language);
    const read = (id: string, extension: string): Audio => readAudio(path.join(folder, `${id}.${extension}`));
    const sizeOf = (id: string, extension: string): number => fs.statSync(path.join(folder, `${id}.${extension}`)).size;
    const spoken = [...catalogue.sounds.values()].map((sound) => ({ ...sound, audio: read(sound.id, 'ulaw') }));
    const wideband = [...catalogue.sounds.values()]
      .filter((_, index) => index % WIDEBAND_SAMPLE === 0)
      .map((sound) => ({ ...sound, audio: read(sound.id, 'g722') }));

    it('are there at 8 kHz and 16 kHz, of the same length and of whole 20 ms', () => {
      for (const id of soundIds(catalogue)) {
        const [narrow, wide] = [sizeOf(id, 'ulaw'), sizeOf(id, 'g722')];
        expect([id, narrow % 160, wide % 160, Math.abs(narrow - wide) <= 160]).toEqual([id, 0, 0, true]);
      }
    });

    it.each([
      ['8 kHz', spoken],
      ['16 kHz', wideband],
    ])('are loud enough and never clipped: %s', (_, sounds) => {
      for (const { id, audio } of sounds) {
        const peak = decibels(peakOf(audio.samples));
        const loudness = decibels(rmsOf(audio));
        const offset = Math.abs(audio.samples.reduce((sum, sample) => sum + sample, 0) / audio.samples.length);
        expect([id, peak <= -2, loudness > -27, loudness < -15, offset < 0.005]).toEqual([id, true, true, true, true]);
      }
    });

    it('last about as long as their words do, so none is cut off or empty', () => {
      for (const { id, words, audio } of spoken) {
        const seconds = audio.samples.length / audio.rate;
        const letters = words.replace(/[^\p{L}\p{N}]/gu, '').length;
        expect([id, seconds > 0.15 + 0.025 * letters, seconds < 0.75 + 0.13 * letters]).toEqual([id, true, true]);
      }
    });

    it('have little silence around words, so that an amount does not sound chopped', () => {
      for (const { id, audio } of spoken.filter(({ kind }) => kind === 'word')) {
        const { before, after } = silences(audio);
        expect([id, before < 110, after < 160]).toEqual([id, true, true]);
      }
    });

    it('have a pause after a sentence', () => {
      for (const { id, audio } of spoken.filter(({ endsSentence }) => endsSentence)) {
        const { after } = silences(audio);
        expect([id, after > 200, after < 500]).toEqual([id, true, true]);
      }
    });

    it('can say every single word of the vocabulary by one recording', () => {
      for (const [words, sound] of catalogue.vocabulary.sounds) {
        expect(wordsOf(catalogue.sounds.get(sound)?.words ?? '', language).join(' ')).toBe(words);
      }
    });

    it('are not too large for a repository', () => {
      const sizes = fs
        .readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((file) => fs.statSync(path.join(folder, file)))
        .map((file) => (file.isFile() ? file.size : 0));
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_BYTES_PER_LANGUAGE);
    });
  },
);

it('ships a beep of one frequency that no key of a telephone uses', () => {
  const { samples, rate } = readAudio(path.join(SOUNDS, 'en', 'beep.ulaw'));
  const power = (hz: number): number => {
    let [real, imaginary] = [0, 0];
    samples.forEach((sample, index) => {
      real += sample * Math.cos((2 * Math.PI * hz * index) / rate);
      imaginary += sample * Math.sin((2 * Math.PI * hz * index) / rate);
    });
    return real * real + imaginary * imaginary;
  };
  for (const key of [697, 770, 852, 941, 1209, 1336, 1477, 1633]) {
    expect(decibels(Math.sqrt(power(key) / power(440)))).toBeLessThan(-25);
  }
});
