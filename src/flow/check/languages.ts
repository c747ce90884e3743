import type { Place, Step } from '../ast';
import { suggestion } from '../nearest';
import { titleOf } from '../parse/fields';
import { LANGUAGE } from '../vocabulary';
import type { Checking } from './report';
import { entryPlace, flowPlace } from './report';
import { literalsOf, promptsOf, saidBy } from './templates';

/** Languages that are named somewhere and that the flow's `languages` does not have. */
export function checkLanguages(checking: Checking): void {
  const { flow, parsed, world } = checking;
  const check = (language: string | null, place: Place): void => {
    if (language === null || flow.languages.includes(language) || flow.languages.length === 0) return;
    const message = `\`${language}\` is not among the flow's \`languages\`; ${suggestion(language, flow.languages)}`;
    checking.report('unknown-language', place, message);
  };
  for (const language of flow.languages) {
    if (world.prompts.languages.includes(language)) continue;
    const message = `there is no language \`${language}\`; ${suggestion(language, world.prompts.languages)}`;
    checking.report('unknown-language', flowPlace(checking, 'languages'), message);
  }
  for (const [did, language] of Object.entries(flow.didLanguages)) {
    check(language, parsed.places.get(titleOf(did, titleOf('dids', 'the flow'))) ?? flowPlace(checking, 'dids'));
  }
  for (const step of flow.steps.values()) checkStep(checking, step, check);
}

function checkStep(checking: Checking, step: Step, check: (language: string | null, place: Place) => void): void {
  for (const { language, place } of promptsOf(step)) check(language, place);
  for (const { language, place } of saidBy(step)) check(language ?? null, place);
  if (step.kind !== 'set') return;
  const value = step.values[LANGUAGE];
  for (const language of value === undefined ? [] : literalsOf(value)) {
    check(language, entryPlace(checking, step, 'set', LANGUAGE));
  }
}
