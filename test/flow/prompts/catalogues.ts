import { readFileSync } from 'node:fs';
import type { Catalogue } from '../../../src/flow/prompts/catalogue';
import { parseCatalogue } from '../../../src/flow/prompts/parse-catalogue';

/** Parses a catalogue that must be right. */
export function goodCatalogue(text: string, file = 'catalog.yaml'): Catalogue {
  const { catalogue, mistakes } = parseCatalogue(text, file);
  if (catalogue === null) throw new Error(JSON.stringify(mistakes, null, 2));
  return catalogue;
}

/** The catalogue that ships. */
export function english(): Catalogue {
  return goodCatalogue(readFileSync('sounds/en/catalog.yaml', 'utf8'), 'sounds/en/catalog.yaml');
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

/** Enough of Spanish to show what English lacks: irregular numbers, shortened forms, and "un millón de pesos". */
export const SPANISH = `language: es
voice:
  name: nobody
  prompts: { speed: 150, pitch: 50, range: 50 }
  words: { speed: 150, pitch: 50, range: 50 }
prompts:
  hello: Hola.
tones:
  pause: { ms: 100 }
characters:
  ñ: eñe
words:
  cero: cero
  uno: uno
  un: un
  dos: dos
  cinco: cinco
  veintiun: veintiún
  veintidos: veintidós
  treinta: treinta
  y: y
  cincuenta: cincuenta
  cien: cien
  ciento: ciento
  doscientos: doscientos
  quinientos: quinientos
  mil: mil
  millon: millón
  millones: millones
  peso: peso
  pesos: pesos
  de-pesos: de pesos
  centavo: centavo
  centavos: centavos
  con: con
  enero: enero
  primero: primero
numbers:
  # Before a noun: "un peso", "veintiún pesos".
  masculine:
    0: cero
    1: un
    2: dos
    5: cinco
    21: veintiún
    22: veintidós
    30: 'treinta[ y >>]'
    50: 'cincuenta[ y >>]'
    100: cien
    101: 'ciento >>'
    200: 'doscientos[ >>]'
    500: 'quinientos[ >>]'
    1000: 'mil[ >>]'
    2000: '<< mil[ >>]'
    1000000: 'un millón[ >>]'
    2000000: '<< millones[ >>]'
  plain:
    0: '=masculine='
    1: uno
    2: '=masculine='
  days:
    1: primero
currencies:
  MXN:
    numbers: masculine
    major: { one: peso, many: de pesos, other: pesos }
    minor: { one: centavo, many: centavos, other: centavos }
phrases:
  amount: '{major} con {minor}'
  date: '{day} {month} {year}'
  numbers: plain
  days: days
  months: [enero, enero, enero, enero, enero, enero, enero, enero, enero, enero, enero, enero]
`;
