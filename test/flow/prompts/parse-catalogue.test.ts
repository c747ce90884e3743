import { parseCatalogue } from '../../../src/flow/prompts/parse-catalogue';
import { goodCatalogue, shipped, TINY } from './catalogues';

/** The mistakes as a person sees them, without the file. */
function mistakes(text: string): string[] {
  return parseCatalogue(text, 'catalog.yaml').mistakes.map(
    ({ place, message }) => `${place.line}:${place.column}: ${message}`,
  );
}

describe('a catalogue', () => {
  it.each([
    ['English', (): unknown => shipped('en')],
    ['Spanish', (): unknown => shipped('es')],
    ['Hindi', (): unknown => shipped('hi')],
    ['the smallest one', (): unknown => goodCatalogue(TINY)],
  ])('that is right has no mistakes: %s', (_, read) => {
    expect(read).not.toThrow();
  });

  it('gives the fragments around a value recordings of their own', () => {
    const { prompts, sounds } = goodCatalogue(TINY);
    expect(prompts.get('you-pay')).toEqual([{ sound: 'you-pay.1' }, { value: 'amount' }, { sound: 'you-pay.2' }]);
    expect(sounds.get('you-pay.1')).toMatchObject({ words: 'You pay', endsSentence: false });
    expect(sounds.get('you-pay.2')).toMatchObject({ words: 'today.', endsSentence: true });
    expect(sounds.has('you-pay')).toBe(false);
  });

  it('names a letter outside a-z by its code point, because it becomes a file name', () => {
    expect(shipped('es').characters.get('ñ')).toBe('letters/uf1');
  });

  it.each([
    [
      'an unknown section',
      'language: en',
      'langage: en',
      ['1:1: the catalogue does not know "langage"; did you mean "language"?', '1:1: the catalogue lacks "language"'],
    ],
    [
      'an unknown language',
      'language: en',
      'language: zz',
      ['1:11: "zz" is not a language that Node knows; write a code such as en, es or hi'],
    ],
    [
      'a wrong speed',
      'prompts: { speed: 150,',
      'prompts: { speed: fast,',
      ['4:21: "speed" must be a whole number from 80 to 450'],
    ],
    [
      'a name that is no file name',
      'hello: Hello there.',
      'Hello_1: Hello there.',
      ['7:3: "Hello_1" becomes a file name: use small letters a-z, digits and single hyphens'],
    ],
    [
      'a prompt that YAML reads as a number',
      'hello: Hello there.',
      'hello: 12',
      ['7:10: "hello" must be words; put them in quotes if YAML reads them as something else'],
    ],
    [
      'an unknown placeholder',
      '{amount}',
      '{amout}',
      ['8:12: "you-pay" has "{amout}"; it may hold {amount}, {reference}, {digits}, {date}, {number}'],
    ],
    ['a tone that is a prompt too', 'beep: { hz', 'hello: { hz', ['11:3: "hello" is a prompt already']],
    [
      'no pause',
      'pause: { ms: 100 }',
      'quiet: { ms: 100 }',
      ['10:3: "tones" lacks "pause", the silence between groups of a reference'],
    ],
    ['a character of two letters', 'a: A', 'ab: A', ['13:3: "ab" must be one character']],
    [
      'the same words twice',
      'many: many',
      'many: One',
      [
        '16:9: "One" is recorded already, as "one"',
        '26:8: "many" is not among "words", so it would not be recorded',
        '28:8: "many" is not among "words", so it would not be recorded',
      ],
    ],
    ['a rule that is not understood', '0: many', "0: 'many]'", ['26:8: the rule for 0: "]" without "["']],
    [
      'a rule with an unrecorded word',
      '1: one',
      '1: uno',
      ['27:8: "uno" is not among "words", so it would not be recorded'],
    ],
    ['a rule that hands over to nothing', '2: many', "2: '=more='", ['28:8: there is no rule set "more"']],
    [
      'a rule that begins nowhere',
      '2: many',
      'two: many',
      ['28:5: a rule begins at a whole number, such as 100 or 1100/100, not at "two"'],
    ],
    [
      'a rule in a radix that is none',
      '2: many',
      '2/0: many',
      ['28:5: a rule begins at a whole number, such as 100 or 1100/100, not at "2/0"'],
    ],
    [
      'a currency without a form',
      '{ one: dollar, other: dollars }',
      '{ other: dollars }',
      ['32:33: "major" lacks "one"'],
    ],
    [
      'a currency that does not exist',
      'USD:',
      'USX:',
      ['32:3: the currency "USX" is not an ISO 4217 code, such as INR'],
    ],
    [
      'a rule set that does not exist',
      'USD: { numbers: count',
      'USD: { numbers: cuont',
      ['32:19: there is no rule set "cuont"; there are count, order'],
    ],
    [
      'a rule set of the small unit that does not exist',
      'minor: {',
      'minor-numbers: feminine, minor: {',
      ['32:81: there is no rule set "feminine"; there are count, order'],
    ],
    ['a phrase without a slot', "'{major} and {minor}'", "'{major}'", ['34:11: "amount" lacks {minor}']],
    ['too few months', '[moon, moon, ', '[moon, ', ['38:11: "months" must list 12 months, it has 11']],
    ['a duplicate', 'hello: Hello there.', 'hello: Hi.\n  hello: Hello there.', ['8:3: Map keys must be unique']],
  ])('says what is wrong and where: %s', (_, right, wrong, expected) => {
    expect(TINY).toContain(right);
    expect(mistakes(TINY.replace(right, wrong))).toEqual(expected);
  });

  it('reports every mistake at once', () => {
    const text = TINY.replace('hello: Hello', 'Hello: Hello').replace('1: one', '1: uno').replace('ms: 100', 'ms: 1');
    expect(mistakes(text).length).toBeGreaterThanOrEqual(3);
  });

  it('refuses rules that hand over in a circle', () => {
    const text = TINY.replace('    0: many\n    1: one\n    2: many', "    0: '=order='").replace(
      '1: first',
      "0: '=count='",
    );
    expect(mistakes(text)).toContain('28:8: rule set "count" hands 0 over in a circle');
  });

  it('refuses a file that is no mapping', () => {
    expect(mistakes('- a')).toEqual(['1:1: the catalogue must be a list of "name: value" lines']);
    expect(mistakes('')).toEqual(['1:1: the catalogue must be a list of "name: value" lines']);
  });
});
