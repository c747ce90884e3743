import { readFile } from 'node:fs/promises';
import type { Delivery, SpokenSound, Tone, Voice } from '../../flow/prompts/catalogue';
import { encodeG722 } from './g722';
import { fingerprint } from './manifest';
import { encodeMuLaw } from './mu-law';
import { resample } from './resample';
import { level, tone, trim, wholeFrames, type Margins } from './shape';
import type { Speaker } from './text-to-speech';
import { decodeWav, type Audio } from './wav';

/** Extension -> sampling rate. Asterisk takes `.g722` for wideband calls and `.ulaw` for the rest. */
export const RATES = { ulaw: 8000, g722: 16_000 } as const;
export type Extension = keyof typeof RATES;
export const EXTENSIONS = Object.keys(RATES) as Extension[];

/** What a recording is made from. */
export type Recipe =
  | { readonly kind: 'speech'; readonly sound: SpokenSound; readonly voice: Voice; readonly command: string }
  | { readonly kind: 'tone'; readonly tone: Tone }
  /** A person's recording, of any common WAV format; `words` and `content` are fingerprints. */
  | {
      readonly kind: 'studio';
      readonly file: string;
      readonly content: string;
      readonly words: string;
      readonly margins: Margins;
    };

/** Raise it when the processing changes what the files hold: everything is then made again. */
const PROCESSING = 2;

const SENTENCE: Margins = { before: 20, after: 220 };
/** Something is joined to it, so only as much silence as between two words of a sentence. */
const JOINED: Margins = { before: 20, after: 60 };
const WORD: Margins = { before: 0, after: 25 };

export function marginsOf(sound: Pick<SpokenSound, 'kind' | 'endsSentence'>): Margins {
  if (sound.kind === 'word') return WORD;
  return sound.endsSentence ? SENTENCE : JOINED;
}

function deliveryOf(sound: SpokenSound, voice: Voice): Delivery {
  return sound.kind === 'word' ? voice.words : voice.prompts;
}

/** A fragment that something is joined to gets a comma, so that the voice does not fall as at the end of a sentence. */
function textOf({ kind, speak, endsSentence }: SpokenSound): string {
  return kind === 'prompt' && !endsSentence && /[\p{L}\p{M}\p{N}]$/u.test(speak) ? `${speak},` : speak;
}

/** Changes whenever the recording would. */
export function fingerprintOf(recipe: Recipe): string {
  switch (recipe.kind) {
    case 'speech': {
      const { sound, voice, command } = recipe;
      return fingerprint(
        JSON.stringify([PROCESSING, textOf(sound), marginsOf(sound), voice.name, deliveryOf(sound, voice), command]),
      );
    }
    case 'tone':
      return fingerprint(JSON.stringify([PROCESSING, recipe.tone.hz, recipe.tone.ms]));
    case 'studio':
      return fingerprint(JSON.stringify([PROCESSING, recipe.margins, recipe.content]));
  }
}

/** Makes the file of each extension. Rejects with a plain Error that says what is wrong with the speech or the studio file. */
export async function makeRecording(recipe: Recipe, speak: Speaker): Promise<Record<Extension, Buffer>> {
  if (recipe.kind === 'tone') return encodeAll((rate) => tone(recipe.tone.hz, recipe.tone.ms, rate));
  const source = recipe.kind === 'studio' ? await readStudio(recipe.file) : await speakSound(recipe, speak);
  const margins = recipe.kind === 'studio' ? recipe.margins : marginsOf(recipe.sound);
  const speech = trim(source, margins);
  return encodeAll((rate) => level(resample(speech, rate)));
}

function encodeAll(audioAt: (rate: number) => Audio): Record<Extension, Buffer> {
  const wholeAt = (rate: number): Audio => wholeFrames(audioAt(rate));
  return { ulaw: encodeMuLaw(wholeAt(RATES.ulaw)), g722: encodeG722(wholeAt(RATES.g722)) };
}

async function readStudio(file: string): Promise<Audio> {
  try {
    return decodeWav(await readFile(file));
  } catch (error) {
    throw new Error(`${file} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function speakSound({ sound, voice }: Recipe & { kind: 'speech' }, speak: Speaker): Promise<Audio> {
  return speak({ text: textOf(sound), voice: voice.name, delivery: deliveryOf(sound, voice) });
}
