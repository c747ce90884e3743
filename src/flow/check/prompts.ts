import type { PromptGap } from '../../ports/prompts';
import type { Place, SayItem, Step } from '../ast';
import { BUILT_IN_PROMPTS } from '../compile/built-in';
import { quoted } from '../nearest';
import type { Checking } from './report';
import { flowPlace } from './report';
import { saidBy } from './templates';

/** Prompts that have no words or no recording in a language in which they may be said. */
export function checkPrompts(checking: Checking): void {
  const { flow, world } = checking;
  const steps = [...flow.steps.values()];
  for (const language of flow.languages) {
    // A language that is not there is one mistake, not one for each prompt.
    if (!world.prompts.languages.includes(language)) continue;
    const items = itemsIn(language, flow.languages, steps);
    const places = new Map<string, Place>();
    for (const item of items) if (item.kind === 'prompt' && !places.has(item.id)) places.set(item.id, item.place);
    const ids = [...new Set([...places.keys(), ...Object.values(BUILT_IN_PROMPTS)])];
    const gaps = world.prompts.gaps(language, ids, items.some(speaksValues));
    for (const gap of gaps) {
      if (ids.includes(gap.prompt)) {
        checking.report(...gapMistake(gap, places.get(gap.prompt) ?? flowPlace(checking, 'languages')));
      }
    }
    reportWords(
      checking,
      gaps.filter(({ prompt }) => !ids.includes(prompt)),
    );
  }
}

/** What may be said in a language: in calls that speak it, and in others by items that say so themselves. */
function itemsIn(language: string, languages: readonly string[], steps: readonly Step[]): readonly SayItem[] {
  const items = languages.flatMap((spoken) =>
    steps.flatMap((step) => saidBy(step, spoken)).filter((item) => (item.language ?? spoken) === language),
  );
  return [...new Set(items)];
}

function speaksValues(item: SayItem): boolean {
  return item.kind !== 'prompt';
}

function gapMistake({ language, prompt, reason, nearest }: PromptGap, place: Place): [string, Place, string] {
  if (reason === 'no-recording') {
    const message = `the prompt \`${prompt}\` has no recording in \`${language}\`; run \`hushtone prompts build\``;
    return ['missing-recording', place, message];
  }
  const hint = nearest === null ? `add it to sounds/${language}/catalog.yaml` : `did you mean \`${nearest}\`?`;
  return ['unknown-prompt', place, `there is no prompt \`${prompt}\` in \`${language}\`; ${hint}`];
}

/** Number words, letters and the like: one mistake for all of them. */
function reportWords(checking: Checking, gaps: readonly PromptGap[]): void {
  const [first] = gaps;
  if (first === undefined) return;
  const some = quoted(gaps.slice(0, 3).map(({ prompt }) => prompt));
  const message = `\`${first.language}\` lacks ${gaps.length} recordings of numbers and letters (such as ${some}); run \`hushtone prompts build\``;
  checking.report('missing-recording', flowPlace(checking, 'languages'), message);
}
