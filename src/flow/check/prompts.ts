import type { PromptGap } from '../../ports/prompts';
import type { Place, SayItem, Step } from '../ast';
import { BUILT_IN_PROMPTS } from '../compile/built-in';
import { quoted } from '../nearest';
import type { Checking } from './report';
import { flowPlace } from './report';
import { saidBy } from './templates';

/** A prompt that cannot be said, and where it stands. */
interface Unsaid {
  readonly gap: PromptGap;
  readonly place: Place;
}

/** Prompts that have no words or no recording in a language in which they may be said. */
export function checkPrompts(checking: Checking): void {
  const { flow, world } = checking;
  const steps = [...flow.steps.values()];
  // A language that is not there is one mistake, not one for each prompt.
  const spoken = flow.languages.filter((language) => world.prompts.languages.includes(language));
  const unsaid = spoken.flatMap((language): readonly Unsaid[] => {
    const items = itemsIn(language, flow.languages, steps);
    const places = new Map<string, Place>();
    for (const item of items) if (item.kind === 'prompt' && !places.has(item.id)) places.set(item.id, item.place);
    const ids = [...new Set([...places.keys(), ...Object.values(BUILT_IN_PROMPTS)])];
    const gaps = world.prompts.gaps(language, ids, items.some(speaksValues));
    const words = gaps.filter(({ prompt }) => !ids.includes(prompt));
    reportWords(checking, words);
    return gaps
      .filter((gap) => !words.includes(gap))
      .map((gap) => ({ gap, place: places.get(gap.prompt) ?? flowPlace(checking, 'languages') }));
  });
  // One that is missing in every language is one slip of the pen.
  const alike = new Map<string, Unsaid[]>();
  for (const each of unsaid) {
    const key = `${each.gap.prompt} ${each.gap.reason}`;
    alike.set(key, [...(alike.get(key) ?? []), each]);
  }
  for (const [first, ...others] of alike.values()) if (first !== undefined) reportGap(checking, first, others);
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

function reportGap(checking: Checking, { gap, place }: Unsaid, others: readonly Unsaid[]): void {
  const { prompt, reason } = gap;
  const all = [gap, ...others.map((other) => other.gap)];
  const where = quoted(all.map(({ language }) => language));
  if (reason === 'no-recording') {
    const message = `the prompt \`${prompt}\` has no recording in ${where}; run \`hushtone prompts build\``;
    checking.report('missing-recording', place, message);
    return;
  }
  const near = all.find(({ nearest }) => nearest !== null)?.nearest ?? null;
  const files = all.map(({ language }) => `sounds/${language}/catalog.yaml`).join(', ');
  const hint = near === null ? `add it to ${files}` : `did you mean \`${near}\`?`;
  checking.report('unknown-prompt', place, `there is no prompt \`${prompt}\` in ${where}; ${hint}`);
}

/** Number words, letters and the like: one mistake for all of them. */
function reportWords(checking: Checking, gaps: readonly PromptGap[]): void {
  const [first] = gaps;
  if (first === undefined) return;
  const some = quoted(gaps.slice(0, 3).map(({ prompt }) => prompt));
  const message = `\`${first.language}\` lacks ${gaps.length} recordings of numbers and letters (such as ${some}); run \`hushtone prompts build\``;
  checking.report('missing-recording', flowPlace(checking, 'languages'), message);
}
