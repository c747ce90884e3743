import type { SpokenValues, SayItem as SpokenItem, Spoken } from '../../ports/prompts';
import { HushtoneError } from '../../errors';
import type { SayItem, Template } from '../ast';
import { languageOf, type FlowContext } from '../compile/context';
import { evaluateText } from './evaluating';
import type { Run } from './flow-tools';

/**
 * What a caller is told or asked in a step of its own: as `speakItems`, but before a payment an amount is said or the step
 * fails, since nobody may agree to an amount that they did not hear. Rejects with HushtoneError `amount-not-said`.
 */
export async function speakStep(run: Run, items: readonly SayItem[], context: FlowContext): Promise<Spoken> {
  if (context.payment.outcome === 'none') {
    for (const item of items) if (item.kind === 'amount') await requireAmount(run, item, context);
  }
  return speakItems(run, items, context);
}

async function requireAmount(run: Run, item: SayItem, context: FlowContext): Promise<void> {
  const spoken = await spokenItem(run, item, context);
  const { missing } = run.tools.prompts.say(item.language ?? languageOf(context), [spoken]);
  if (missing.length > 0) throw new HushtoneError('amount-not-said', missing.join('; '));
}

/** Turns what a flow says into sounds. What has no recording is left out and reported; the call goes on. */
export async function speakItems(run: Run, items: readonly SayItem[], context: FlowContext): Promise<Spoken> {
  const usual = languageOf(context);
  const spoken = await Promise.all(items.map((item) => spokenItem(run, item, context)));
  const said = inLanguages(items, usual).map(({ language, from, to }) =>
    speakIn(run, language, spoken.slice(from, to)),
  );
  return {
    media: said.flatMap(({ media }) => media),
    words: said.map(({ words }) => words).join(' '),
    missing: said.flatMap(({ missing }) => missing),
  };
}

/** The same for prompts that need no expression. */
export function speak(run: Run, items: readonly SpokenItem[], context: FlowContext): Spoken {
  return speakIn(run, languageOf(context), items);
}

function speakIn(run: Run, language: string, items: readonly SpokenItem[]): Spoken {
  const said = run.tools.prompts.say(language, items);
  for (const reason of said.missing) {
    run.tools.record(run.call.id, { type: 'failed', code: 'prompt-missing', reason });
  }
  return said;
}

interface Stretch {
  readonly language: string;
  readonly from: number;
  to: number;
}

/** Stretches of items in one language: a value fills a prompt of its own language only. */
function inLanguages(items: readonly SayItem[], usual: string): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (const [index, { language = usual }] of items.entries()) {
    const last = stretches.at(-1);
    if (last?.language === language) last.to = index + 1;
    else stretches.push({ language, from: index, to: index + 1 });
  }
  return stretches;
}

async function spokenItem(run: Run, item: SayItem, context: FlowContext): Promise<SpokenItem> {
  if (item.kind === 'prompt') return { prompt: item.id };
  if (item.kind === 'amount') return spokenValues(run, { amount: item.amount, currency: item.currency }, context);
  return spokenValues(run, { [item.kind]: item.value }, context);
}

async function spokenValues(
  run: Run,
  templates: Readonly<Partial<Record<keyof SpokenValues, Template>>>,
  context: FlowContext,
): Promise<SpokenValues> {
  const entries = Object.entries(templates).map(async ([name, template]): Promise<[string, string]> => [
    name,
    await evaluateText(run, template, context),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}
