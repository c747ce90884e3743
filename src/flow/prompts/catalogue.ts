import type { RuleSets } from './number-rules';
import type { Vocabulary } from './vocabulary';

/** How the text-to-speech speaks one kind of recording. */
export interface Delivery {
  /** Words per minute. */
  readonly speed: number;
  /** 0-99. */
  readonly pitch: number;
  /** How much the pitch moves, 0-99. */
  readonly range: number;
}

export interface Voice {
  readonly name: string;
  readonly prompts: Delivery;
  readonly words: Delivery;
}

/** One recording that is spoken. */
export interface SpokenSound {
  /** File name under the language's folder, without extension; `/` separates folders. */
  readonly id: string;
  readonly kind: 'prompt' | 'word';
  /** As the transcript shows it. */
  readonly words: string;
  /** As the text-to-speech gets it. */
  readonly speak: string;
  /** The words end a sentence, so a pause follows; else something is joined to them. */
  readonly endsSentence: boolean;
}

/** One recording that is calculated: a flat tone, or silence when `hz` is 0. */
export interface Tone {
  readonly id: string;
  readonly hz: number;
  readonly ms: number;
}

export const VALUE_KINDS = ['amount', 'reference', 'digits', 'date', 'number'] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

/**
 * A prompt is a recording, or recordings with spoken values between them. `mark`: the full stop or the like behind a value, where no
 * words follow it; it is read, not heard.
 */
export type PromptPart = { readonly sound: string } | { readonly value: ValueKind; readonly mark?: string };

export interface Currency {
  readonly code: string;
  /** Digits after the decimal point (ISO 4217). */
  readonly digits: number;
  /** Rule set that counts the major unit. */
  readonly numbers: string;
  /** Rule set that counts the minor unit. */
  readonly minorNumbers: string;
  /** CLDR plural category -> word; `zero` is for exactly none, in any language. */
  readonly major: ReadonlyMap<string, string>;
  readonly minor: ReadonlyMap<string, string>;
}

/** How parts are put together in this language. */
export interface Phrases {
  /** With `{major}` and `{minor}`. */
  readonly amount: string;
  /** With `{day}`, `{month}` and `{year}`. */
  readonly date: string;
  /** Rule set of plain numbers and single digits. */
  readonly numbers: string;
  /** Rule set of years. */
  readonly years: string;
  /** Rule set of the days of a month. */
  readonly days: string;
  readonly months: readonly string[];
}

/** Everything that one language says, checked: what it holds has words, rules and recordings' names that fit together. */
export interface Catalogue {
  readonly language: string;
  readonly voice: Voice;
  readonly prompts: ReadonlyMap<string, readonly PromptPart[]>;
  readonly sounds: ReadonlyMap<string, SpokenSound>;
  readonly tones: ReadonlyMap<string, Tone>;
  /** One character, in lower case -> sound id. */
  readonly characters: ReadonlyMap<string, string>;
  readonly vocabulary: Vocabulary;
  readonly numbers: RuleSets;
  readonly currencies: ReadonlyMap<string, Currency>;
  readonly phrases: Phrases;
}

/** Every sound id that the catalogue needs a recording of. */
export function soundIds(catalogue: Catalogue): string[] {
  return [...catalogue.sounds.keys(), ...catalogue.tones.keys()];
}

/** The sounds that amounts, references, digits, dates and numbers are made of. */
export function valueSoundIds(catalogue: Catalogue): string[] {
  return [...catalogue.vocabulary.sounds.values(), ...catalogue.characters.values(), PAUSE];
}

/** The silence between groups of a reference. */
export const PAUSE = 'pause';
