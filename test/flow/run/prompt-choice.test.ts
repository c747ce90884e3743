import type { PromptChoice } from '../../../src/flow/ast';
import { choosePrompt, type PromptCase } from '../../../src/flow/run/prompt-choice';

const place = { file: 'f.yaml', line: 1, column: 1 };

function choice(id: string, conditions: Partial<PromptChoice>): PromptChoice {
  return {
    attempt: null,
    error: null,
    brand: null,
    language: null,
    say: [{ kind: 'prompt', id, place }],
    place,
    ...conditions,
  };
}

function chosen(choices: readonly PromptChoice[], asked: Partial<PromptCase>): string | undefined {
  const [item] = choosePrompt(choices, { attempt: 1, error: null, brand: null, language: 'en', ...asked });
  return item?.kind === 'prompt' ? item.id : undefined;
}

describe('the prompt of an attempt', () => {
  const choices = [
    choice('ask', {}),
    choice('second', { attempt: 2 }),
    choice('invalid', { error: 'invalid-card-number' }),
    choice('second-invalid', { attempt: 2, error: 'invalid-card-number' }),
    choice('amex', { brand: 'amex' }),
    choice('ask-again', {}),
    choice('spanish', { language: 'es' }),
  ];

  test.each([
    [{}, 'ask'],
    [{ attempt: 2 }, 'second'],
    [{ error: 'invalid-card-number' }, 'invalid'],
    [{ attempt: 2, error: 'invalid-card-number' }, 'second-invalid'],
    [{ attempt: 3, error: 'invalid-card-number' }, 'invalid'],
    [{ error: 'timeout' }, 'ask'],
    [{ brand: 'amex' }, 'amex'],
    [{ brand: 'visa' }, 'ask'],
    [{ attempt: 2, brand: 'amex' }, 'second'],
    [{ language: 'es' }, 'spanish'],
    [{ language: 'hi' }, 'ask'],
    [{ language: 'es', attempt: 2, error: 'invalid-card-number' }, 'second-invalid'],
  ])('for %j is %s', (asked, id) => {
    expect(chosen(choices, asked)).toBe(id);
  });

  test('is silence when nothing fits', () => {
    expect(chosen([choice('amex', { brand: 'amex' })], {})).toBeUndefined();
  });
});
