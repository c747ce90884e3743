import fc from 'fast-check';
import { speakDate, speakDigits, speakNumber, speakReference } from '../../../src/flow/prompts/speak-values';
import { shipped } from './catalogues';

const catalogue = shipped('en');

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
    expect(speakReference('ñ', shipped('es')).words).toBe('eñe');
  });
});

describe('speaking digits, numbers and days', () => {
  it.each([
    ['es', 'TXN-104', 'te equis ene, uno cero cuatro'],
    ['hi', 'TXN-104', 'टी एक्स एन, एक शून्य चार'],
  ])('reads a reference in %s', (language, reference, words) => {
    expect(speakReference(reference, shipped(language))).toMatchObject({ words, missing: [] });
  });

  it('reads digits one by one', () => {
    expect(speakDigits('1105', catalogue)).toMatchObject({ words: 'one one zero five', missing: [] });
    expect(speakDigits('11a', catalogue).missing).toEqual(['the digits "11a"']);
  });

  it('says a number as a number', () => {
    expect(speakNumber('1005', catalogue).words).toBe('one thousand and five');
    expect(speakNumber('1.5', catalogue).missing).toEqual(['the number "1.5"']);
  });

  it.each([
    ['en', '2026-03-31', 'the thirty-first of March two thousand and twenty-six'],
    ['en', '1984-12-01', 'the first of December nineteen eighty-four'],
    ['es', '2026-03-31', 'treinta y uno de marzo de dos mil veintiséis'],
    ['es', '1984-12-01', 'primero de diciembre de mil novecientos ochenta y cuatro'],
    ['hi', '2026-03-31', 'इकतीस मार्च दो हज़ार छब्बीस'],
    ['hi', '1984-12-01', 'एक दिसंबर उन्नीस सौ चौरासी'],
    ['hi', '2000-01-02', 'दो जनवरी दो हज़ार'],
  ])('says a day in %s: %s', (language, date, words) => {
    expect(speakDate(date, shipped(language))).toMatchObject({ words, missing: [] });
  });

  it.each(['en', 'es', 'hi'])('has recordings for every day of years to come: %s', (language) => {
    const day = fc.date({ min: new Date('1900-01-01'), max: new Date('2199-12-31'), noInvalidDate: true });
    const spoken = shipped(language);
    fc.assert(
      fc.property(day, (date) => {
        expect(speakDate(date.toISOString().slice(0, 10), spoken).missing).toEqual([]);
      }),
    );
  });

  it.each(['2026-02-29', '2026-13-01', '2026-00-10', '2026-01-00', '26-01-01', ''])('refuses the day %p', (date) => {
    expect(speakDate(date, catalogue).missing).toEqual([`the date "${date}"`]);
  });
});
