import fc from 'fast-check';
import { soundIds } from '../../../src/flow/prompts/catalogue';
import {
  speakAmount,
  speakDate,
  speakDigits,
  speakNumber,
  speakReference,
  type Utterance,
} from '../../../src/flow/prompts/speak-values';
import { english, goodCatalogue, SPANISH } from './catalogues';

const catalogue = english();
const CURRENCIES = ['INR', 'USD', 'EUR', 'GBP', 'MXN'];

/** The words that the recordings themselves say. */
function heard({ sounds }: Utterance): string {
  return sounds.map((sound) => catalogue.sounds.get(sound)?.words ?? `?${sound}`).join(' ');
}

describe('speaking an amount', () => {
  it.each([
    ['2500.50', 'INR', 'two thousand five hundred rupees and fifty paise'],
    ['1234567', 'INR', 'twelve lakh thirty-four thousand five hundred and sixty-seven rupees'],
    ['30000000.00', 'INR', 'three crore rupees'],
    ['1', 'INR', 'one rupee'],
    ['1.01', 'INR', 'one rupee and one paisa'],
    ['1', 'USD', 'one dollar'],
    ['0.05', 'USD', 'five cents'],
    ['0.01', 'USD', 'one cent'],
    ['2.5', 'USD', 'two dollars and fifty cents'],
    [
      '1234567.89',
      'USD',
      'one million two hundred thirty-four thousand five hundred sixty-seven dollars and eighty-nine cents',
    ],
    ['0', 'EUR', 'zero euros'],
    ['101.00', 'EUR', 'one hundred and one euros'],
    ['1.01', 'GBP', 'one pound and one penny'],
    ['20.20', 'GBP', 'twenty pounds and twenty pence'],
    ['200.50', 'MXN', 'two hundred pesos and fifty centavos'],
    ['0007.10', 'INR', 'seven rupees and ten paise'],
  ])('says %s %s as "%s"', (amount, currency, words) => {
    const spoken = speakAmount(amount, currency, catalogue);
    expect(spoken).toMatchObject({ words, missing: [] });
    expect(heard(spoken).replaceAll('-', ' ')).toBe(words.replaceAll('-', ' '));
  });

  it('has a recording of every word of every amount up to 99,99,99,999.99', () => {
    const recorded = new Set(soundIds(catalogue));
    const amounts = fc.record({
      minor: fc.oneof(fc.bigInt(0n, 99_99_99_999_99n), fc.bigInt(0n, 200_000n)),
      currency: fc.constantFrom(...CURRENCIES),
    });
    fc.assert(
      fc.property(amounts, ({ minor, currency }) => {
        const amount = `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`;
        const spoken = speakAmount(amount, currency, catalogue);
        expect(spoken.missing).toEqual([]);
        expect(spoken.sounds.every((sound) => recorded.has(sound))).toBe(true);
        expect(heard(spoken).replaceAll('-', ' ')).toBe(spoken.words.replaceAll('-', ' '));
        expect(spoken.words).not.toMatch(/undefined|\{|\}/);
        expect(/\bzero\b/.test(spoken.words)).toBe(minor === 0n);
      }),
      { numRuns: 3000 },
    );
  });

  it('says different amounts with different words', () => {
    const minor = fc.bigInt(0n, 99_99_99_999_99n);
    const say = (value: bigint): string =>
      speakAmount(`${value / 100n}.${String(value % 100n).padStart(2, '0')}`, 'INR', catalogue).words;
    fc.assert(
      fc.property(minor, minor, (a, b) => {
        expect(say(a) === say(b)).toBe(a === b);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['-1', 'INR'],
    ['1.005', 'INR'],
    ['1,000', 'INR'],
    ['', 'INR'],
    ['1e3', 'INR'],
    ['1.', 'INR'],
  ])('refuses %p %s, because it is no amount of the currency', (amount, currency) => {
    expect(speakAmount(amount, currency, catalogue)).toEqual({
      sounds: [],
      words: '',
      missing: [`the amount "${amount}" ${currency}`],
    });
  });

  it('says nothing in a currency that the catalogue does not know', () => {
    expect(speakAmount('5', 'JPY', catalogue)).toMatchObject({
      sounds: [],
      missing: [expect.stringContaining('"JPY"')],
    });
  });

  it.each([
    ['1', 'un peso'],
    ['21.50', 'veintiún pesos con cincuenta centavos'],
    ['200.50', 'doscientos pesos con cincuenta centavos'],
    ['1000000', 'un millón de pesos'],
    ['1000021', 'un millón veintiún pesos'],
    ['0.01', 'un centavo'],
  ])("keeps another language's grammar: %s is %s", (amount, words) => {
    expect(speakAmount(amount, 'MXN', goodCatalogue(SPANISH))).toMatchObject({ words, missing: [] });
  });
});

describe('speaking a reference', () => {
  it('reads letters and digits one by one, with a pause between groups', () => {
    expect(speakReference('TXN-10492', catalogue)).toEqual({
      sounds: [
        ...['t', 'x', 'n'].map((letter) => `letters/${letter}`),
        'pause',
        ...['one', 'zero', 'four', 'nine', 'two'].map((word) => `words/${word}`),
      ],
      words: 'T X N, one zero four nine two',
      missing: [],
    });
  });

  it('cuts a long run into even groups', () => {
    expect(speakReference('12345678', catalogue).words).toBe('one two three four, five six seven eight');
    expect(speakReference('1234567', catalogue).words).toBe('one two three four, five six seven');
    expect(speakReference('123456', catalogue).words).toBe('one two three, four five six');
  });

  it('says every letter and digit of any reference, whatever stands between', () => {
    const reference = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9 _./-]{0,38}[A-Za-z0-9])?$/);
    fc.assert(
      fc.property(reference, (text) => {
        const spoken = speakReference(text, catalogue);
        expect(spoken.missing).toEqual([]);
        const characters = text.replace(/[^A-Za-z0-9]/g, '');
        expect(spoken.sounds.filter((sound) => sound !== 'pause')).toHaveLength(characters.length);
      }),
    );
  });

  it.each(['', '---', 'x'.repeat(41)])('refuses %p', (reference) => {
    expect(speakReference(reference, catalogue)).toMatchObject({
      sounds: [],
      missing: [`the reference "${reference}"`],
    });
  });

  it('says which character has no recording', () => {
    expect(speakReference('AÑ1', catalogue).missing).toEqual(['the character "Ñ"']);
    expect(speakReference('ñ', goodCatalogue(SPANISH)).words).toBe('eñe');
  });
});

describe('speaking digits, numbers and days', () => {
  it('reads digits one by one', () => {
    expect(speakDigits('1105', catalogue)).toMatchObject({ words: 'one one zero five', missing: [] });
    expect(speakDigits('11a', catalogue).missing).toEqual(['the digits "11a"']);
  });

  it('says a number as a number', () => {
    expect(speakNumber('1005', catalogue).words).toBe('one thousand and five');
    expect(speakNumber('1.5', catalogue).missing).toEqual(['the number "1.5"']);
  });

  it('says a day', () => {
    expect(speakDate('2026-03-31', catalogue).words).toBe('the thirty-first of March two thousand and twenty-six');
  });

  it('has recordings for every day of years to come', () => {
    const day = fc.date({ min: new Date('2000-01-01'), max: new Date('2199-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(day, (date) => {
        expect(speakDate(date.toISOString().slice(0, 10), catalogue).missing).toEqual([]);
      }),
    );
  });

  it.each(['2026-02-29', '2026-13-01', '2026-00-10', '2026-01-00', '26-01-01', ''])('refuses the day %p', (date) => {
    expect(speakDate(date, catalogue).missing).toEqual([`the date "${date}"`]);
  });
});
