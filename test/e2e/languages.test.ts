import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadSounds } from '../../src/flow/run/load-sounds';
import { createSoundLibrary } from '../../src/flow/run/sound-library';
import { Site } from '../../src/lab/site';
import type { SayItem } from '../../src/ports/prompts';
import { Hearing } from './support/heard';
import { countRealCall, PROJECT } from './support/payment-site';

/** Something of everything: a sentence, an amount, a reference, a day. */
const SAMPLE: readonly SayItem[] = [
  { prompt: 'enter-card-number' },
  { prompt: 'amount-to-pay' },
  { amount: '2521.50', currency: 'MXN' },
  { reference: 'TX-49' },
  { date: '2026-03-31' },
  { prompt: 'goodbye' },
];
const NUMBERS = { en: '7041', es: '7042', hi: '7043' };
/** The robot's ears are not open from the first word on, and close a little before the last. */
const FLOW = `
flow: spoken-sample
dids: { '7041': en, '7042': es, '7043': hi }
languages: [en, es, hi]
session-timeout: 2m
start: sample
steps:
  sample:
    say: [silence, please-wait, enter-card-number, amount-to-pay, { amount: '2521.50', currency: MXN }, { reference: TX-49 }, { date: '2026-03-31' }, goodbye, silence]
    next: end
  end: { end: true }
`;

const library = createSoundLibrary(loadSounds(path.join(PROJECT, 'sounds'), fs).languages);

/** The recordings of the sample, in turn; the pauses between groups are silence. */
function sampleOf(language: string): string[] {
  return library
    .say(language, SAMPLE)
    .media.map((media) => media.replace(`sound:${language}/hushtone/`, ''))
    .filter((sound) => sound !== 'pause');
}

it('a caller hears the recordings of the language: each one, whole and in its turn', async () => {
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'hushtone-languages-'));
  const site = await Site.start({
    projectDir: PROJECT,
    dataDir: path.join(folder, 'engine'),
    flows: { 'spoken-sample.yaml': FLOW },
  });
  try {
    await Promise.all(
      Object.entries(NUMBERS).map(async ([language, did]) => {
        countRealCall();
        const caller = await site.world.dial({ did, number: `+91987651${did}`, recording: language });
        await caller.ended;
        await caller.heard;
      }),
    );
    const recordings = site.world.saveRecordings(path.join(folder, 'recordings'));
    for (const language of Object.keys(NUMBERS)) {
      const hearing = Hearing.ofFile(path.join(recordings, `${language}.wav`));
      const own = sampleOf(language);
      expect(own.filter((sound) => !hearing.has(sound, language))).toEqual([]);
      // A busy machine loses a packet now and then.
      expect(hearing.shareInTurn(own, language)).toBeGreaterThan(0.9);
      // The measure can tell: not the other way round, and not in another language.
      expect(hearing.shareInTurn(own.toReversed(), language)).toBeLessThan(0.5);
      const other = language === 'en' ? 'es' : 'en';
      expect(hearing.shareInTurn(sampleOf(other), other)).toBeLessThan(0.1);
    }
  } finally {
    await site.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
