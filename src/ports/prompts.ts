/**
 * What a flow asks of the recordings: which sounds say this, and what are its words. No text-to-speech runs during a call:
 * everything is a list of recorded sounds, because a list can be stopped by a key.
 */

/** Values that fill the placeholders of a prompt, or that are spoken as an item of their own. */
export interface SpokenValues {
  /** Decimal number in major units, as a flow has it (`2500.50`). Needs `currency`. */
  readonly amount?: string;
  /** ISO 4217 code (`INR`). */
  readonly currency?: string;
  /** Letters and digits, spoken one by one with a pause between groups (`TXN-10492`). */
  readonly reference?: string;
  /** Digits, spoken one by one (`9`, `1111`). */
  readonly digits?: string;
  /** A calendar day, `YYYY-MM-DD`. */
  readonly date?: string;
  /** A whole number, zero or more, spoken as a number. */
  readonly number?: string;
}

/** A recorded prompt by its id in `sounds/<language>/catalog.yaml`; `values` fills the `{placeholders}` of its words. */
export interface SayPrompt {
  readonly prompt: string;
  readonly values?: SpokenValues;
}

/** One item of a flow's `say`, with every expression already evaluated. */
export type SayItem = SayPrompt | SpokenValues;

export interface Spoken {
  /** Sound URIs in order (`sound:en/hushtone/welcome-payment`); empty when nothing can be said. */
  readonly media: readonly string[];
  /** The same in words, for the transcript. */
  readonly words: string;
  /** What could not be said and was left out, each as a phrase for a log line. Empty when all is well. */
  readonly missing: readonly string[];
}

/** A prompt that a flow names and that cannot be played, for `flow check`. */
export interface PromptGap {
  readonly language: string;
  readonly prompt: string;
  /** `no-language`: no catalogue for it; `no-words`: not in the catalogue; `no-recording`: in it, but not recorded. */
  readonly reason: 'no-language' | 'no-words' | 'no-recording';
  /** The most similar id of the catalogue, when there is one close enough to be a slip of the pen. */
  readonly nearest: string | null;
}

export interface Prompts {
  /** Languages that have a catalogue, in alphabetical order. */
  readonly languages: readonly string[];
  /** Turns items into sounds. Never throws: what cannot be said is left out and listed in `missing`. */
  say(language: string, items: readonly SayItem[]): Spoken;
  /** Whether a language has the words for amounts in a currency (ISO 4217). */
  speaksCurrency(language: string, currency: string): boolean;
  /**
   * The prompts of `ids` that cannot be played in `language`. Pass `speaksValues` when the flow speaks amounts, references,
   * digits, dates or numbers there: the recordings of number words and letters are then checked as well.
   */
  gaps(language: string, ids: readonly string[], speaksValues?: boolean): readonly PromptGap[];
  /** The values that the words of a prompt have a place for, and that `behind` (the values right behind it) does not give. */
  unfilled(language: string, prompt: string, behind: readonly SpokenValues[]): readonly (keyof SpokenValues)[];
}
