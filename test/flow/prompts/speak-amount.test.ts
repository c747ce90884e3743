import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { soundIds, type Catalogue } from '../../../src/flow/prompts/catalogue';
import { speakAmount, speakNumber, type Utterance } from '../../../src/flow/prompts/speak-values';
import { shipped } from './catalogues';

const CATALOGUES = new Map(['en', 'es', 'hi'].map((language) => [language, shipped(language)]));
const LANGUAGES = [...CATALOGUES.keys()];

function catalogueOf(language: string): Catalogue {
  const catalogue = CATALOGUES.get(language);
  if (catalogue === undefined) throw new Error(`no language ${language}`);
  return catalogue;
}

/** The words that the recordings themselves say. */
function heard({ sounds }: Utterance, catalogue: Catalogue): string {
  return sounds.map((sound) => catalogue.sounds.get(sound)?.words ?? `?${sound}`).join(' ');
}

const spaced = (words: string): string => words.replaceAll('-', ' ');

/** Written by hand: language, amount, currency, words. */
const AMOUNTS: readonly (readonly [string, string, string, string])[] = [
  // English. Rupees are grouped as in India, whoever calls.
  ['en', '2500.50', 'INR', 'two thousand five hundred rupees and fifty paise'],
  ['en', '250000', 'INR', 'two lakh fifty thousand rupees'],
  ['en', '1234567', 'INR', 'twelve lakh thirty-four thousand five hundred and sixty-seven rupees'],
  ['en', '30000000.00', 'INR', 'three crore rupees'],
  ['en', '1', 'INR', 'one rupee'],
  ['en', '1.01', 'INR', 'one rupee and one paisa'],
  ['en', '0007.10', 'INR', 'seven rupees and ten paise'],
  ['en', '1', 'USD', 'one dollar'],
  ['en', '0.05', 'USD', 'five cents'],
  ['en', '0.01', 'USD', 'one cent'],
  ['en', '2.5', 'USD', 'two dollars and fifty cents'],
  [
    'en',
    '1234567.89',
    'USD',
    'one million two hundred thirty-four thousand five hundred sixty-seven dollars and eighty-nine cents',
  ],
  ['en', '0', 'EUR', 'zero euros'],
  ['en', '101.00', 'EUR', 'one hundred and one euros'],
  ['en', '1.01', 'GBP', 'one pound and one penny'],
  ['en', '20.20', 'GBP', 'twenty pounds and twenty pence'],
  ['en', '200.50', 'MXN', 'two hundred pesos and fifty centavos'],
  ['en', '1500', 'JPY', 'one thousand five hundred yen'],
  ['en', '1.500', 'KWD', 'one dinar and five hundred fils'],
  ['en', '12.005', 'KWD', 'twelve dinars and five fils'],
  ['en', '0.25', 'KWD', 'two hundred and fifty fils'],

  // Spanish: short forms before the noun, its gender, and "de" after whole millions.
  ['es', '0', 'MXN', 'cero pesos'],
  ['es', '1', 'MXN', 'un peso'],
  ['es', '0.01', 'MXN', 'un centavo'],
  ['es', '0.50', 'MXN', 'cincuenta centavos'],
  ['es', '21.50', 'MXN', 'veintiún pesos con cincuenta centavos'],
  ['es', '31.21', 'MXN', 'treinta y un pesos con veintiún centavos'],
  ['es', '100', 'MXN', 'cien pesos'],
  ['es', '101', 'MXN', 'ciento un pesos'],
  ['es', '200.50', 'MXN', 'doscientos pesos con cincuenta centavos'],
  ['es', '1001', 'MXN', 'mil un pesos'],
  ['es', '21000', 'MXN', 'veintiún mil pesos'],
  ['es', '100000', 'MXN', 'cien mil pesos'],
  ['es', '1000000', 'MXN', 'un millón de pesos'],
  ['es', '1000000.50', 'MXN', 'un millón de pesos con cincuenta centavos'],
  ['es', '1000021', 'MXN', 'un millón veintiún pesos'],
  ['es', '21000000', 'MXN', 'veintiún millones de pesos'],
  ['es', '2500000000', 'MXN', 'dos mil quinientos millones de pesos'],
  ['es', '555.99', 'USD', 'quinientos cincuenta y cinco dólares con noventa y nueve centavos'],
  ['es', '1', 'USD', 'un dólar'],
  ['es', '2000000', 'USD', 'dos millones de dólares'],
  ['es', '700.01', 'EUR', 'setecientos euros con un céntimo'],
  ['es', '1', 'GBP', 'una libra'],
  ['es', '21.21', 'GBP', 'veintiuna libras con veintiún peniques'],
  ['es', '200.01', 'GBP', 'doscientas libras con un penique'],
  ['es', '121000', 'GBP', 'ciento veintiún mil libras'],
  ['es', '201000', 'GBP', 'doscientas un mil libras'],
  ['es', '1531', 'GBP', 'mil quinientas treinta y una libras'],
  ['es', '200000000', 'GBP', 'doscientos millones de libras'],
  ['es', '101.01', 'INR', 'ciento una rupias con una paisa'],
  ['es', '250000', 'INR', 'doscientas cincuenta mil rupias'],
  ['es', '1', 'JPY', 'un yen'],
  ['es', '1500', 'JPY', 'mil quinientos yenes'],
  ['es', '1.500', 'KWD', 'un dinar con quinientos fils'],

  // Hindi: a word of its own for each number below a hundred, lakh and crore for every currency.
  ['hi', '0', 'INR', 'शून्य रुपये'],
  ['hi', '1', 'INR', 'एक रुपया'],
  ['hi', '2', 'INR', 'दो रुपये'],
  ['hi', '0.01', 'INR', 'एक पैसा'],
  ['hi', '0.50', 'INR', 'पचास पैसे'],
  ['hi', '2500.50', 'INR', 'दो हज़ार पाँच सौ रुपये और पचास पैसे'],
  ['hi', '100', 'INR', 'एक सौ रुपये'],
  ['hi', '1999.99', 'INR', 'एक हज़ार नौ सौ निन्यानवे रुपये और निन्यानवे पैसे'],
  ['hi', '250000', 'INR', 'दो लाख पचास हज़ार रुपये'],
  ['hi', '1234567', 'INR', 'बारह लाख चौंतीस हज़ार पाँच सौ सड़सठ रुपये'],
  ['hi', '30000000', 'INR', 'तीन करोड़ रुपये'],
  ['hi', '250000.01', 'USD', 'दो लाख पचास हज़ार डॉलर और एक सेंट'],
  ['hi', '79', 'EUR', 'उन्यासी यूरो'],
  ['hi', '1.01', 'GBP', 'एक पाउंड और एक पेनी'],
  ['hi', '5.89', 'GBP', 'पाँच पाउंड और नवासी पेंस'],
  ['hi', '200.50', 'MXN', 'दो सौ पेसो और पचास सेंटावो'],
  ['hi', '1500', 'JPY', 'एक हज़ार पाँच सौ येन'],
  ['hi', '1.500', 'KWD', 'एक दीनार और पाँच सौ फ़िल्स'],
];

describe('speaking an amount', () => {
  it.each(AMOUNTS)('in %s, %s %s is "%s"', (language, amount, currency, words) => {
    const catalogue = catalogueOf(language);
    const spoken = speakAmount(amount, currency, catalogue);
    expect(spoken).toMatchObject({ words, missing: [] });
    expect(spaced(heard(spoken, catalogue))).toBe(spaced(words));
  });

  it('has cases for every currency of every language', () => {
    for (const [language, { currencies }] of CATALOGUES) {
      const covered = AMOUNTS.filter(([of]) => of === language).map(([, , currency]) => currency);
      expect([...currencies.keys()].filter((currency) => !covered.includes(currency))).toEqual([]);
    }
  });

  it.each(LANGUAGES)('in %s has a recording of every word of every amount below a hundred crore', (language) => {
    const catalogue = catalogueOf(language);
    const recorded = new Set(soundIds(catalogue));
    const zero = speakNumber('0', catalogue).words;
    const amounts = fc.record({
      minor: fc.oneof(fc.bigInt(0n, 99_99_99_999_99n), fc.bigInt(0n, 200_000n)),
      currency: fc.constantFrom(...catalogue.currencies.values()),
    });
    fc.assert(
      fc.property(amounts, ({ minor, currency }) => {
        const spoken = speakAmount(decimal(minor, currency.digits), currency.code, catalogue);
        expect(spoken.missing).toEqual([]);
        expect(spoken.sounds.every((sound) => recorded.has(sound))).toBe(true);
        expect(spaced(heard(spoken, catalogue))).toBe(spaced(spoken.words));
        expect(spoken.words).not.toMatch(/undefined|\{|\}| {2}/);
        expect(spoken.words.split(' ').includes(zero)).toBe(minor === 0n);
      }),
      { numRuns: 1500 },
    );
  });

  it.each(LANGUAGES)('in %s says different amounts with different words', (language) => {
    const catalogue = catalogueOf(language);
    const minor = fc.bigInt(0n, 99_99_99_999_99n);
    const say = (value: bigint): string => speakAmount(decimal(value, 2), 'INR', catalogue).words;
    fc.assert(
      fc.property(minor, minor, (a, b) => {
        expect(say(a) === say(b)).toBe(a === b);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['-1', 'INR'],
    ['1.005', 'INR'],
    ['1,000', 'INR'],
    ['', 'INR'],
    ['1e3', 'INR'],
    ['1.', 'INR'],
    ['1.5', 'JPY'],
    ['1.0005', 'KWD'],
    ['1234567890123', 'INR'],
  ])('refuses %p %s, because it is no amount of the currency', (amount, currency) => {
    for (const catalogue of CATALOGUES.values()) {
      const missing = [`the amount "${amount}" ${currency}`];
      expect(speakAmount(amount, currency, catalogue)).toEqual({ sounds: [], words: '', missing });
    }
  });

  it('says what docs/ops/prompts.md shows', () => {
    const rows = [...readFileSync('docs/ops/prompts.md', 'utf8').matchAll(/^\| `([\d.]+)` ([A-Z]{3}) +\|(.+)\|$/gm)];
    expect(rows.length).toBeGreaterThan(5);
    for (const [, amount = '', currency = '', cells = ''] of rows) {
      const said = LANGUAGES.map((language) => speakAmount(amount, currency, catalogueOf(language)).words);
      expect([amount, currency, ...cells.split('|').map((cell) => cell.trim())]).toEqual([amount, currency, ...said]);
    }
  });

  it('says nothing in a currency that the catalogue does not know', () => {
    expect(speakAmount('5', 'CHF', catalogueOf('en'))).toMatchObject({
      sounds: [],
      missing: [expect.stringContaining('"CHF"')],
    });
  });
});

function decimal(minor: bigint, digits: number): string {
  const figures = String(minor).padStart(digits + 1, '0');
  return digits === 0 ? figures : `${figures.slice(0, -digits)}.${figures.slice(-digits)}`;
}
