/**
 * Puts the default prompts behind those that a flow gives itself, so that a collecting step has something to say in every case. The
 * words are those of `default-words.ts`; an error's are followed by the step's own asking words.
 */
import type { Place, PromptChoice, SayItem, Template } from './ast';
import { CHOICE_ERROR_WORDS, errorWords, questionWords, secondEntryWords } from './default-words';
import type { FieldName } from './vocabulary';
import { BRANDS, FIELD_ERRORS, OTP_RESENT, SECOND_ENTRY } from './vocabulary';

/** Words per error. */
type ErrorWords = readonly (readonly [error: string, prompt: string])[];

/** The prompts of a `collect` step. `matching`: it is keyed twice. */
export function collectPrompts(
  field: FieldName,
  own: readonly PromptChoice[],
  place: Place,
  matching = false,
): readonly PromptChoice[] {
  const plain = questionWords(field);
  const byBrand = BRANDS.flatMap((brand) => {
    const say = questionWords(field, brand);
    return say.join() === plain.join() ? [] : [choice({ brand, say: prompts(say, place) }, place)];
  });
  const all = withDefaults(own, [...byBrand, choice({ say: prompts(plain, place) }, place)], fieldErrors(field), place);
  if (!matching || covers(own, SECOND_ENTRY, null)) return all;
  return [...all, choice({ error: SECOND_ENTRY, say: prompts(secondEntryWords(field), place) }, place)];
}

/**
 * The prompts of an `otp` step. `resendKey`: the key that sends a new one, or null; `fixed`: every OTP is equally long, so no
 * key has to end it.
 */
export function otpPrompts(
  own: readonly PromptChoice[],
  step: { readonly resendKey: string | null; readonly fixed: boolean },
  place: Place,
): readonly PromptChoice[] {
  const question = step.fixed ? ['enter-otp'] : questionWords('otp');
  const hint = step.resendKey === null ? [] : resendHint(step.resendKey, place);
  const ask = choice({ say: [...prompts(question, place), ...hint] }, place);
  const all = withDefaults(own, [ask], fieldErrors('otp'), place);
  if (step.resendKey === null || covers(own, OTP_RESENT, null)) return all;
  return [...all, choice({ error: OTP_RESENT, say: prompts(['otp-resent'], place) }, place)];
}

/** The prompts of a `menu` or `confirm` step, whose own words stand behind the step's name. */
export function choicePrompts(
  own: readonly PromptChoice[],
  say: readonly SayItem[],
  place: Place,
): readonly PromptChoice[] {
  return withDefaults(own, [choice({ say }, place)], Object.entries(CHOICE_ERROR_WORDS), place);
}

function fieldErrors(field: FieldName): ErrorWords {
  return FIELD_ERRORS.map((error) => [error, errorWords(field, error)]);
}

/**
 * A default goes when the flow has said the same case for every brand: the flow's plain asking prompt also replaces asking by
 * brand, and is what follows an error's words.
 */
function withDefaults(
  own: readonly PromptChoice[],
  asks: readonly PromptChoice[],
  errors: ErrorWords,
  place: Place,
): readonly PromptChoice[] {
  const openAsks = asks.filter((ask) => !covers(own, null, ask.brand));
  const allAsks = [...own.filter((each) => each.error === null && each.attempt === null), ...openAsks];
  const again = errors.flatMap(([error, id]) => {
    const words = prompts([id], place);
    return allAsks
      .filter((ask) => !covers(own, error, ask.brand))
      .map(({ brand, language, say }) => choice({ error, brand, language, say: [...words, ...say] }, place));
  });
  return [...own, ...openAsks, ...again];
}

/** True when the flow itself says what to say for this error and brand, at whatever attempt and in whatever language. */
function covers(own: readonly PromptChoice[], error: string | null, brand: string | null): boolean {
  return own.some(
    (each) =>
      each.attempt === null &&
      each.language === null &&
      each.error === error &&
      (each.brand === null || each.brand === brand),
  );
}

function choice(
  parts: Partial<Pick<PromptChoice, 'error' | 'brand' | 'language'>> & Pick<PromptChoice, 'say'>,
  place: Place,
): PromptChoice {
  return { attempt: null, error: null, brand: null, language: null, place, ...parts };
}

function prompts(ids: readonly string[], place: Place): readonly SayItem[] {
  return ids.map((id) => ({ kind: 'prompt', id, place }));
}

/** The catalogue's words have a placeholder for the key. */
function resendHint(key: string, place: Place): readonly SayItem[] {
  const value: Template = { text: key, dynamic: false, place };
  return [...prompts(['otp-resend-hint'], place), { kind: 'digits', value, place }];
}
