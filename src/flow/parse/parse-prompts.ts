import { isMap, isScalar } from 'yaml';
import type { PromptChoice } from '../ast';
import { PROMPT_KEYS } from '../vocabulary';
import { Fields } from './fields';
import { parseSay } from './parse-say';

/** The entries of a step's `prompts`; a plain prompt id is the asking prompt. */
export function parsePrompts(step: Fields): readonly PromptChoice[] {
  return step.list('prompts').flatMap((node) => {
    const { source } = step;
    const what = `an entry of ${step.title('prompts')}`;
    const place = source.place(node);
    if (isScalar(node)) {
      const say = parseSay(source, node, place, what);
      return say.length === 0 ? [] : [{ attempt: null, error: null, brand: null, language: null, say, place }];
    }
    if (!isMap(node)) {
      source.report(
        'wrong-type',
        place,
        `${what} must be a prompt id or a mapping such as { error: timeout, say: nothing-heard }`,
      );
      return [];
    }
    const fields = new Fields(source, node, what, PROMPT_KEYS);
    const [attempt, error, brand] = [fields.count('attempt'), fields.word('error'), fields.word('brand')];
    const language = fields.language('language');
    if (!fields.has('say')) return [];
    return [
      { attempt, error, brand, language, say: parseSay(source, fields.node('say'), fields.at('say'), what), place },
    ];
  });
}
