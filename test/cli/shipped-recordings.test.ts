import * as fs from 'node:fs';
import path from 'node:path';
import { promptsBuild } from '../../src/cli/prompts-build';
import type { Audio } from '../../src/cli/recordings/wav';
import { soundIds, type PromptPart } from '../../src/flow/prompts/catalogue';
import { wordsOf } from '../../src/flow/prompts/vocabulary';
import { loadSounds } from '../../src/flow/run/load-sounds';
import { readAudio } from '../support/audio-files';

const SOUNDS = 'sounds';
/** What a clone should have to carry for one language at most. */
const MOST_BYTES_PER_LANGUAGE = 7_000_000;

const { languages, mistakes } = loadSounds(SOUNDS, fs);

const decibels = (ratio: number): number => 20 * Math.log10(ratio);

/** What can be measured of a recording, in one go, because there are many. */
interface Measured {
  readonly seconds: number;
  /** dBFS. */
  readonly peak: number;
  readonly loudness: number;
  /** Mean of all samples, 0 to 1. */
  readonly offset: number;
  /** Milliseconds before the first and after the last sample above -40 dBFS. */
  readonly before: number;
  readonly after: number;
}

function measure({ rate, samples }: Audio): Measured {
  let [peak, power, sum, first, last] = [0, 0, 0, samples.length, 0];
  for (let at = 0; at < samples.length; at += 1) {
    const sample = samples[at] ?? 0;
    const size = sample < 0 ? -sample : sample;
    power += sample * sample;
    sum += sample;
    if (size > peak) peak = size;
    if (size > 0.01) last = at;
    if (size > 0.01 && first > at) first = at;
  }
  return {
    seconds: samples.length / rate,
    peak: decibels(peak),
    loudness: decibels(Math.sqrt(power / samples.length)),
    offset: Math.abs(sum / samples.length),
    before: (first * 1000) / rate,
    after: ((samples.length - 1 - last) * 1000) / rate,
  };
}

it('ships catalogues without mistakes: English, Spanish, Hindi', () => {
  expect(mistakes).toEqual([]);
  expect(languages.map(({ catalogue }) => catalogue.language).sort()).toEqual(['en', 'es', 'hi']);
});

it('says everything in every language', () => {
  const english = languages.find(({ catalogue }) => catalogue.language === 'en')?.catalogue;
  for (const { catalogue } of languages) {
    const { language, prompts, tones, characters, currencies } = catalogue;
    const lacking = (all: Iterable<string> = [], has: ReadonlyMap<string, unknown>): string[] =>
      [...all].filter((each) => !has.has(each));
    expect({
      language,
      prompts: lacking(english?.prompts.keys(), prompts),
      onlyHere: lacking(prompts.keys(), english?.prompts ?? new Map()),
      tones: lacking(english?.tones.keys(), tones),
      characters: lacking('abcdefghijklmnopqrstuvwxyz', characters),
      currencies: lacking(english?.currencies.keys(), currencies),
    }).toEqual({ language, prompts: [], onlyHere: [], tones: [], characters: [], currencies: [] });
  }
});

it('fills the same values into a prompt in every language', () => {
  const english = languages.find(({ catalogue }) => catalogue.language === 'en')?.catalogue;
  const values = (parts: readonly PromptPart[] = []): string[] =>
    parts.flatMap((part) => ('value' in part ? [part.value] : [])).sort();
  for (const { catalogue } of languages) {
    for (const [id, parts] of english?.prompts ?? [])
      expect([catalogue.language, id, values(catalogue.prompts.get(id))]).toEqual([
        catalogue.language,
        id,
        values(parts),
      ]);
  }
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
    const read = (id: string, extension: string): Measured =>
      measure(readAudio(path.join(folder, `${id}.${extension}`)));
    const sizeOf = (id: string, extension: string): number => fs.statSync(path.join(folder, `${id}.${extension}`)).size;
    const spoken = [...catalogue.sounds.values()].map((sound) => ({ ...sound, ...read(sound.id, 'ulaw') }));
    const wideband = [...catalogue.sounds.values()].map((sound) => ({ ...sound, ...read(sound.id, 'g722') }));

    it('are there at 8 kHz and 16 kHz, of the same length and of whole 20 ms', () => {
      for (const id of soundIds(catalogue)) {
        const [narrow, wide] = [sizeOf(id, 'ulaw'), sizeOf(id, 'g722')];
        expect([id, narrow % 160, wide % 160, Math.abs(narrow - wide) <= 160]).toEqual([id, 0, 0, true]);
      }
    });

    // They are made with peaks of -3 dBFS at most; the coding of G.722 adds to a few of them.
    it.each([
      ['8 kHz', spoken, -3],
      ['16 kHz', wideband, -2.5],
    ])('are loud enough and never clipped: %s', (_, sounds, highest) => {
      for (const { id, peak, loudness, offset } of sounds) {
        expect([id, peak < highest, loudness > -27, loudness < -15, offset < 0.005]).toEqual([
          id,
          true,
          true,
          true,
          true,
        ]);
      }
    });

    it.each([
      ['8 kHz', spoken],
      ['16 kHz', wideband],
    ])('last about as long as their words do, so none is cut off or empty: %s', (_, sounds) => {
      for (const { id, words, seconds } of sounds) {
        const letters = words.replace(/[^\p{L}\p{M}\p{N}]/gu, '').length;
        expect([id, seconds > 0.15 + 0.025 * letters, seconds < 0.75 + 0.13 * letters]).toEqual([id, true, true]);
      }
    });

    it('have little silence around words, so that an amount does not sound chopped', () => {
      for (const { id, before, after } of [...spoken, ...wideband].filter(({ kind }) => kind === 'word')) {
        expect([id, before < 110, after < 160]).toEqual([id, true, true]);
      }
    });

    it('have a pause after a sentence', () => {
      for (const { id, after } of [...spoken, ...wideband].filter(({ endsSentence }) => endsSentence)) {
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
