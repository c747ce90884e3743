import type { SayItem } from '../../../src/ports/prompts';
import { speakItems } from '../../../src/flow/prompts/speak-items';
import { shipped, goodCatalogue, TINY } from './catalogues';

const tiny = goodCatalogue(TINY);
const everything = (): boolean => true;
const say = (...items: SayItem[]): ReturnType<typeof speakItems> => speakItems(items, tiny, everything);

describe('saying the items of a step', () => {
  it('says prompts and values in their order', () => {
    const items = [{ prompt: 'welcome-payment' }, { amount: '2500.50', currency: 'INR' }, { prompt: 'please-wait' }];
    expect(speakItems(items, shipped('en'), everything)).toEqual({
      sounds: [
        'welcome-payment.1',
        ...['two', 'thousand', 'five', 'hundred', 'rupees', 'and', 'fifty', 'paise'].map((word) => `words/${word}`),
        'please-wait',
      ],
      words:
        'Welcome to the secure payment line. The amount to pay is two thousand five hundred rupees and fifty paise. Please wait.',
      missing: [],
    });
  });

  it('puts a value into the placeholder of its prompt', () => {
    const whole = {
      sounds: ['you-pay.1', 'words/one', 'words/dollar', 'you-pay.2'],
      words: 'You pay one dollar today.',
      missing: [],
    };
    expect(say({ prompt: 'you-pay', values: { amount: '1', currency: 'USD' } })).toEqual(whole);
    expect(say({ prompt: 'you-pay' }, { amount: '1', currency: 'USD' })).toEqual(whole);
  });

  it('speaks a value of another kind after the prompt, and misses the one that the prompt needs', () => {
    expect(say({ prompt: 'you-pay' }, { digits: '1' })).toEqual({
      sounds: ['you-pay.1', 'you-pay.2', 'words/one'],
      words: 'You pay today. one',
      missing: ['the {amount} of the prompt "you-pay"'],
    });
  });

  it.each([
    ['en', 'The amount to pay is twenty-one pesos.', 'Your reference is T X, four.'],
    ['es', 'El importe a pagar es de veintiún pesos.', 'Su número de referencia es te equis, cuatro.'],
    ['hi', 'आपकी भुगतान राशि इक्कीस पेसो है।', 'आपका रेफ़रेंस नंबर टी एक्स, चार है।'],
  ])('puts an amount and a reference where the language wants them: %s', (language, amount, reference) => {
    const words = (...items: SayItem[]): string => speakItems(items, shipped(language), everything).words;
    expect(words({ prompt: 'amount-to-pay' }, { amount: '21', currency: 'MXN' })).toBe(amount);
    const approved = words({ prompt: 'payment-approved' }, { reference: 'TX4' });
    expect(approved.slice(approved.lastIndexOf(reference))).toBe(reference);
  });

  it('ends a sentence behind a value as it is written, and only where the value is said', () => {
    const words = TINY.replace("'You pay {amount} today.'", "'Is it {digits}, {amount}? Yes: {amount} - {digits}.'");
    const asked = (...items: SayItem[]): string => speakItems(items, goodCatalogue(words), everything).words;
    const values = [{ digits: '1' }, { amount: '1', currency: 'USD' }];
    expect(asked({ prompt: 'you-pay' }, ...values)).toBe('Is it one, one dollar? Yes: one dollar one.');
    expect(asked({ prompt: 'you-pay' }, { digits: '1' })).toBe('Is it one,? Yes: one.');
  });

  it('plays a tone, which has no words', () => {
    expect(say({ prompt: 'beep' })).toEqual({ sounds: ['beep'], words: '', missing: [] });
  });

  it('leaves out what it cannot say, and names the prompt that was probably meant', () => {
    expect(say({ prompt: 'helo' }, { prompt: 'hello' }, {})).toEqual({
      sounds: ['hello'],
      words: 'Hello there.',
      missing: ['the prompt "helo" (did you mean "hello"?)', 'an item without a value'],
    });
  });

  it('leaves an amount out altogether when one of its words is not recorded, because half of it would be a wrong amount', () => {
    const recorded = (sound: string): boolean => sound !== 'words/dollar';
    expect(speakItems([{ prompt: 'you-pay' }, { amount: '1', currency: 'USD' }], tiny, recorded)).toEqual({
      sounds: ['you-pay.1', 'you-pay.2'],
      words: 'You pay today.',
      missing: ['the recording "words/dollar"'],
    });
  });
});
