import type { PromptChoice, SayItem } from '../ast';

/** The case that a collecting step speaks to. */
export interface PromptCase {
  /** 1, 2, ... over the whole call. */
  readonly attempt: number;
  readonly error: string | null;
  /** Brand of the card already keyed, or null. */
  readonly brand: string | null;
  /** The language that is spoken. */
  readonly language: string;
}

/**
 * What to say before an attempt: the choice with most conditions of those that hold, the first among equals. One without an
 * error is about asking, so it is also said when no choice speaks to the error.
 */
export function choosePrompt(choices: readonly PromptChoice[], asked: PromptCase): readonly SayItem[] {
  let best: PromptChoice | null = null;
  for (const choice of choices) {
    if (holds(choice, asked) && (best === null || conditions(choice) > conditions(best))) best = choice;
  }
  return best?.say ?? [];
}

function holds(choice: PromptChoice, asked: PromptCase): boolean {
  return (
    (choice.attempt === null || choice.attempt === asked.attempt) &&
    (choice.error === null || choice.error === asked.error) &&
    (choice.brand === null || choice.brand === asked.brand) &&
    (choice.language === null || choice.language === asked.language)
  );
}

function conditions(choice: PromptChoice): number {
  return [choice.attempt, choice.error, choice.brand, choice.language].filter((condition) => condition !== null).length;
}
