import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promptsBuild } from '../../src/cli/prompts-build';
import { tone } from '../../src/cli/recordings/shape';
import { loadSounds } from '../../src/flow/run/load-sounds';
import { createSoundLibrary } from '../../src/flow/run/sound-library';

/** A language that ships nowhere: it builds its tens and hundreds from the units, and its plural is a letter. */
const ESPERANTO = `language: eo
voice:
  name: eo
  prompts: { speed: 150, pitch: 50, range: 50 }
  words: { speed: 150, pitch: 50, range: 50 }
prompts:
  amount-to-pay: 'Bonvolu pagi {amount} hodiaŭ.'
tones:
  pause: { ms: 100 }
characters:
  ĉ: ĉo
words: { nul: nul, unu: unu, du: du, tri: tri, kvar: kvar, kvin: kvin, ses: ses, sep: sep, ok: ok, nau: naŭ, dek: dek, dudek: dudek,
  kvindek: kvindek, cent: cent, ducent: ducent, mil: mil, euro: eŭro, euroj: eŭroj, cendo: cendo, cendoj: cendoj, kaj: kaj,
  la: la, de: de, marto: marto }
numbers:
  nombro: { 0: nul, 1: unu, 2: du, 3: tri, 4: kvar, 5: kvin, 6: ses, 7: sep, 8: ok, 9: naŭ, 10: 'dek[ >>]', 20: 'dudek[ >>]',
    50: 'kvindek[ >>]', 100: 'cent[ >>]', 200: 'ducent[ >>]', 1000: 'mil[ >>]', 2000: '<< mil[ >>]' }
currencies:
  EUR: { numbers: nombro, major: { one: eŭro, other: eŭroj }, minor: { one: cendo, other: cendoj } }
phrases:
  amount: '{major} kaj {minor}'
  date: 'la {day} de {month} {year}'
  numbers: nombro
  days: nombro
  months: [marto, marto, marto, marto, marto, marto, marto, marto, marto, marto, marto, marto]
`;

it('a language is one folder: nothing else is needed to record it and to speak an amount in it', async () => {
  const sounds = fs.mkdtempSync(path.join(os.tmpdir(), 'hushtone-languages-'));
  try {
    fs.mkdirSync(path.join(sounds, 'eo'));
    fs.writeFileSync(path.join(sounds, 'eo', 'catalog.yaml'), ESPERANTO);
    const errors: string[] = [];
    const code = await promptsBuild([], {
      soundsDir: sounds,
      command: 'some-speech {text}',
      createSpeaker: () => Promise.resolve(() => Promise.resolve(tone(300, 200, 16_000))),
      print: () => undefined,
      printError: (line) => errors.push(line),
    });
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    const { languages, mistakes } = loadSounds(sounds, fs);
    expect(mistakes).toEqual([]);
    const library = createSoundLibrary(languages);
    expect(library.gaps('eo', ['amount-to-pay'], true)).toEqual([]);
    expect(
      library.say('eo', [{ prompt: 'amount-to-pay' }, { amount: '2221.50', currency: 'EUR' }, { reference: 'Ĉ1' }]),
    ).toEqual({
      words: 'Bonvolu pagi du mil ducent dudek unu eŭroj kaj kvindek cendoj hodiaŭ. ĉo, unu',
      media: [
        'amount-to-pay.1',
        ...['du', 'mil', 'ducent', 'dudek', 'unu', 'euroj', 'kaj', 'kvindek', 'cendoj'].map((word) => `words/${word}`),
        ...['amount-to-pay.2', 'letters/u109', 'pause', 'words/unu'],
      ].map((sound) => `sound:eo/hushtone/${sound}`),
      missing: [],
    });
  } finally {
    fs.rmSync(sounds, { recursive: true });
  }
});
