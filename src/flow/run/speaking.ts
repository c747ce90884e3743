import type { SpokenValues, SayItem as SpokenItem, Spoken } from '../../ports/prompts';
import type { SayItem, Template } from '../ast';
import type { FlowContext } from '../compile/context';
import { evaluateText } from './evaluating';
import type { Run } from './flow-tools';

/** Turns what a flow says into sounds. What has no recording is left out and reported; the call goes on. */
export async function speakItems(run: Run, items: readonly SayItem[], context: FlowContext): Promise<Spoken> {
  const spoken = await Promise.all(items.map((item) => spokenItem(run, item, context)));
  return speak(run, spoken, context);
}

/** The same for prompts that need no expression. */
export function speak(run: Run, items: readonly SpokenItem[], context: FlowContext): Spoken {
  const said = run.tools.prompts.say(context.call.language, items);
  for (const reason of said.missing) {
    run.tools.record(run.call.id, { type: 'failed', code: 'prompt-missing', reason });
  }
  return said;
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
