import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { soundIds } from '../../../src/flow/prompts/catalogue';
import { loadSounds } from '../../../src/flow/run/load-sounds';
import { createSoundLibrary, recordedSounds } from '../../../src/flow/run/sound-library';
import { goodCatalogue, TINY } from '../prompts/catalogues';

const catalogue = goodCatalogue(TINY);
const all = new Set(soundIds(catalogue));
const library = createSoundLibrary([{ catalogue, recorded: all }]);
const without = (...gone: string[]): ReturnType<typeof createSoundLibrary> =>
  createSoundLibrary([{ catalogue, recorded: new Set([...all].filter((sound) => !gone.includes(sound))) }]);

describe('the sound library', () => {
  it('gives the sound addresses of what is said', () => {
    expect(library.say('en', [{ prompt: 'hello' }, { amount: '1.01', currency: 'USD' }])).toEqual({
      media: ['hello', 'words/one', 'words/dollar', 'words/and', 'words/one', 'words/cent'].map(
        (id) => `sound:en/hushtone/${id}`,
      ),
      words: 'Hello there. one dollar and one cent',
      missing: [],
    });
  });

  it('addresses each language by its own folder, whatever the language of the channel', () => {
    const german = goodCatalogue(TINY.replace('language: en', 'language: de').replace('Hello there.', 'Guten Tag.'));
    const both = createSoundLibrary([
      { catalogue, recorded: all },
      { catalogue: german, recorded: all },
    ]);
    expect(both.say('de', [{ prompt: 'hello' }])).toMatchObject({
      media: ['sound:de/hushtone/hello'],
      words: 'Guten Tag.',
    });
    expect(both.say('en', [{ prompt: 'hello' }])).toMatchObject({ media: ['sound:en/hushtone/hello'] });
  });

  it('says nothing in a language that it does not have', () => {
    expect(library.say('fr', [{ prompt: 'hello' }])).toMatchObject({
      media: [],
      missing: [expect.stringContaining('"fr"')],
    });
  });

  it('lists the prompts that cannot be played, with the reason', () => {
    expect(library.gaps('en', ['hello', 'beep', 'you-pay'], true)).toEqual([]);
    expect(library.gaps('en', ['helo', 'helo'])).toEqual([
      { language: 'en', prompt: 'helo', reason: 'no-words', nearest: 'hello' },
    ]);
    expect(without('you-pay.2').gaps('en', ['you-pay', 'hello'])).toEqual([
      { language: 'en', prompt: 'you-pay', reason: 'no-recording', nearest: null },
    ]);
    expect(library.gaps('fr', ['hello'])).toEqual([
      { language: 'fr', prompt: 'hello', reason: 'no-language', nearest: null },
    ]);
  });

  it('lists missing number words only for a flow that speaks values', () => {
    const lacking = without('words/dollar', 'letters/a');
    expect(lacking.gaps('en', ['hello'])).toEqual([]);
    expect(lacking.gaps('en', ['hello'], true).map(({ prompt }) => prompt)).toEqual(['words/dollar', 'letters/a']);
  });

  it("counts a sound as recorded when its .ulaw or a person's .wav is there", () => {
    expect(recordedSounds(catalogue, ['hello.wav', 'words/one.ulaw', 'words/many.g722', 'other.wav'])).toEqual(
      new Set(['hello', 'words/one']),
    );
  });
});

describe('loading sounds', () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hushtone-sounds-'))));
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });
  const write = (file: string, text: string): void => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };

  it('reads each folder that has a catalogue', () => {
    write('en/catalog.yaml', TINY);
    write('en/hello.wav', '');
    write('en/words/one.wav', '');
    write('notes/readme.txt', '');
    const { languages, mistakes } = loadSounds(folder, fs);
    expect(mistakes).toEqual([]);
    expect(languages.map(({ catalogue: { language } }) => language)).toEqual(['en']);
    expect(languages[0]?.recorded).toEqual(new Set(['hello', 'words/one']));
  });

  it('reports the mistakes of a catalogue, and one that lies in the wrong folder', () => {
    write('en/catalog.yaml', TINY.replace('1: one', '1: uno'));
    write('es/catalog.yaml', TINY);
    const { languages, mistakes } = loadSounds(folder, fs);
    expect(languages).toEqual([]);
    expect(mistakes.map(({ message }) => message)).toEqual([
      '"uno" is not among "words", so it would not be recorded',
      'the catalogue of the folder "es" says "language: en"',
    ]);
  });
});
