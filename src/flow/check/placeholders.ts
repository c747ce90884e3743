import type { SpokenValues } from '../../ports/prompts';
import type { Place, SayItem } from '../ast';
import { BUILT_IN_PROMPTS } from '../compile/built-in';
import { quoted } from '../nearest';
import type { Checking } from './report';
import { flowPlace } from './report';
import { saidTogether } from './templates';

/** A place in a prompt's words that nothing fills, in which languages. */
interface Unfilled {
  readonly prompt: string;
  readonly value: keyof SpokenValues;
  /** What would be right. */
  readonly right: (languages: readonly string[]) => string;
  readonly place: Place;
  readonly languages: readonly string[];
}

/** Prompts with a place for a value (`{amount}`) that nothing right behind them gives: each call would leave it out. */
export function checkPlaceholders(checking: Checking): void {
  const found = new Map<string, Unfilled>();
  for (const each of [...inSteps(checking), ...builtIn(checking)]) {
    const key = `${each.place.line}:${each.place.column} ${each.prompt} ${each.value}`;
    const languages = new Set([...(found.get(key)?.languages ?? []), ...each.languages]);
    found.set(key, { ...each, languages: [...languages] });
  }
  for (const each of found.values()) report(checking, each);
}

function inSteps({ flow, world }: Checking): readonly Unfilled[] {
  const steps = [...flow.steps.values()];
  return flow.languages.flatMap((spoken) =>
    steps
      .flatMap((step) => saidTogether(step, spoken))
      .flatMap((said) =>
        said.flatMap((item, at): readonly Unfilled[] => {
          if (item.kind !== 'prompt') return [];
          const { id: prompt, place, language = spoken } = item;
          const missing = world.prompts.unfilled(language, prompt, valuesBehind(said, at, spoken));
          return missing.map((value) => {
            return { prompt, value, place, right: () => rightBehind(item, value), languages: [language] };
          });
        }),
      ),
  );
}

/** What stands right behind a prompt, in its language: a value fills a prompt of its own language only. */
function valuesBehind(said: readonly SayItem[], at: number, spoken: string): readonly SpokenValues[] {
  const values: SpokenValues[] = [];
  for (const item of said.slice(at + 1)) {
    if (item.kind === 'prompt' || (item.language ?? spoken) !== (said[at]?.language ?? spoken)) break;
    values.push(item.kind === 'amount' ? { amount: '', currency: '' } : { [item.kind]: '' });
  }
  return values;
}

function builtIn(checking: Checking): readonly Unfilled[] {
  const place = flowPlace(checking, 'languages');
  return checking.flow.languages.flatMap((language) =>
    Object.values(BUILT_IN_PROMPTS).flatMap((prompt) =>
      checking.world.prompts
        .unfilled(language, prompt, [])
        .map((value) => ({ prompt, value, place, right: takeOut, languages: [language] })),
    ),
  );
}

function report(checking: Checking, { prompt, value, right, place, languages }: Unfilled): void {
  const message = `nothing fills the \`{${value}}\` of the prompt \`${prompt}\` in ${quoted(languages)}; ${right(languages)}`;
  checking.report('unfilled-prompt', place, message);
}

const MONEY = 'amount: "{{ amount }}", currency: "{{ currency }}"';
const EXAMPLES: Readonly<Record<keyof SpokenValues, string>> = {
  amount: MONEY,
  currency: MONEY,
  reference: 'reference: "{{ payment.reference }}"',
  digits: 'digits: "1"',
  date: 'date: "2026-01-31"',
  number: 'number: "3"',
};

function rightBehind({ language }: SayItem, value: keyof SpokenValues): string {
  const alike = language === undefined ? '' : `, with \`language: ${language}\``;
  return `put \`{ ${EXAMPLES[value]} }\` right behind it${alike}`;
}

/** Of the engine's own prompts, which no flow says. */
function takeOut(languages: readonly string[]): string {
  return `take it out of ${languages.map((language) => `sounds/${language}/catalog.yaml`).join(', ')}`;
}
