import { readFileSync } from 'node:fs';
import type { Catalogue } from '../../../src/flow/prompts/catalogue';
import { parseCatalogue } from '../../../src/flow/prompts/parse-catalogue';

/** Parses a catalogue that must be right. */
export function goodCatalogue(text: string, file = 'catalog.yaml'): Catalogue {
  const { catalogue, mistakes } = parseCatalogue(text, file);
  if (catalogue === null) throw new Error(JSON.stringify(mistakes, null, 2));
  return catalogue;
}

/** A catalogue that ships. */
export function shipped(language: string): Catalogue {
  const file = `sounds/${language}/catalog.yaml`;
  return goodCatalogue(readFileSync(file, 'utf8'), file);
}

/** The smallest catalogue that is right: a language that counts to three. */
export const TINY = `language: en
voice:
  name: nobody
  prompts: { speed: 150, pitch: 50, range: 50 }
  words: { speed: 150, pitch: 50, range: 50 }
prompts:
  hello: Hello there.
  you-pay: 'You pay {amount} today.'
tones:
  pause: { ms: 100 }
  beep: { hz: 440, ms: 100 }
characters:
  a: A
words:
  one: one
  many: many
  first: first
  dollar: dollar
  dollars: dollars
  cent: cent
  cents: cents
  and: and
  moon: moon
numbers:
  count:
    0: many
    1: one
    2: many
  order:
    1: first
currencies:
  USD: { numbers: count, major: { one: dollar, other: dollars }, minor: { one: cent, other: cents } }
phrases:
  amount: '{major} and {minor}'
  date: '{day} {month} {year}'
  numbers: count
  days: order
  months: [moon, moon, moon, moon, moon, moon, moon, moon, moon, moon, moon, moon]
`;
