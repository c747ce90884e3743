import type { Prompts } from '../../ports/prompts';
import type { Flow, PromptChoice, SayItem, Step } from '../ast';
import { DONE } from '../vocabulary';
import { isSideWay, kindInWords, nameInWords, outcomeInWords } from './plain-words';

export interface PictureNode {
  /** The step's name; `$start` and `$end` are the beginning and the end. */
  readonly id: string;
  readonly title: string;
  /** What it does, in words. */
  readonly about: string;
  /** What is said there, in words; '' for nothing. */
  readonly said: string;
  /** Card data is keyed or used there. */
  readonly sensitive: boolean;
  /** The order of its ways says something: keys of a menu, conditions that are tried one after another. */
  readonly inOrder: boolean;
}

export interface PictureEdge {
  readonly from: string;
  readonly to: string;
  /** The outcomes that lead there, in words; '' where there is one way only. */
  readonly label: string;
  /** A way for when something does not come as hoped: drawn lighter. */
  readonly side: boolean;
}

/** A flow as it is drawn: Mermaid and SVG show the same. */
export interface Picture {
  readonly title: string;
  readonly nodes: readonly PictureNode[];
  readonly edges: readonly PictureEdge[];
}

export const START = '$start';
export const END = '$end';

/** @param prompts tell the words of prompts, in the flow's first language where an item names none. */
export function pictureOf(flow: Flow, prompts: Prompts): Picture {
  const language = flow.languages[0] ?? 'en';
  const words = (items: readonly SayItem[]): string =>
    items.map((item) => itemInWords(item, prompts, item.language ?? language)).join(' ');
  const steps = [...flow.steps.values()];
  const nodes = steps.map((step): PictureNode => ({
    id: step.name,
    title: nameInWords(step.name),
    about: kindInWords(step),
    said: words(saidBy(step)),
    sensitive: isSensitive(step),
    inOrder: step.kind === 'menu' || step.kind === 'route',
  }));
  const first: PictureNode = {
    id: START,
    title: `A caller dials ${flow.dids.join(' or ')}`,
    about: '',
    said: '',
    sensitive: false,
    inOrder: false,
  };
  const last: PictureNode = {
    id: END,
    title: 'The call is over',
    about: '',
    said: '',
    sensitive: false,
    inOrder: false,
  };
  const missing =
    flow.require.length > 0 && flow.steps.has('no-context') ? [edge(START, 'no-context', 'order not known', true)] : [];
  const events = Object.entries(flow.on).map(([event, to]) => edge(START, to, event.replaceAll('-', ' '), true));
  return {
    title: flow.id,
    nodes: [first, ...nodes, last],
    edges: [edge(START, flow.start, '', false), ...missing, ...events, ...steps.flatMap(waysOf)],
  };
}

/** One arrow for each step that this one leads to, however many outcomes do; what is otherwise comes last. */
function waysOf(step: Step): readonly PictureEdge[] {
  const ways = new Map<string, { labels: string[]; side: boolean }>();
  for (const { outcome, to } of step.exits) {
    const way = ways.get(to) ?? { labels: [], side: true };
    way.labels.push(outcome === DONE ? '' : outcomeInWords(step, outcome));
    way.side &&= isSideWay(outcome);
    ways.set(to, way);
  }
  const otherwise = step.exits.find(({ outcome }) => outcome === 'else')?.to ?? '';
  const rest = ways.get(otherwise);
  if (rest !== undefined) {
    ways.delete(otherwise);
    ways.set(otherwise, rest);
  }
  const ends = endsBy(step);
  if (ends !== null) ways.set(END, { labels: [ends], side: false });
  return [...ways].map(([to, { labels, side }]) =>
    edge(step.name, to, labels.filter((each) => each !== '').join(', '), side),
  );
}

function edge(from: string, to: string, label: string, side: boolean): PictureEdge {
  return { from, to, label, side };
}

function endsBy(step: Step): string | null {
  if (step.kind === 'end' || (step.kind === 'say' && step.end)) return '';
  return step.kind === 'return' ? 'answered' : null;
}

function saidBy(step: Step): readonly SayItem[] {
  if ('say' in step) return step.say;
  const during = 'while' in step ? step.while : [];
  return 'prompts' in step ? [...during, ...askedBy(step.prompts)] : during;
}

/** What asks at first: the choice without a condition. */
function askedBy(prompts: readonly PromptChoice[]): readonly SayItem[] {
  const plain = prompts.find(({ attempt, error, brand }) => attempt === null && error === null && brand === null);
  return plain?.say ?? [];
}

function itemInWords(item: SayItem, prompts: Prompts, language: string): string {
  if (item.kind !== 'prompt') return `[${item.kind}]`;
  const { words } = prompts.say(language, [{ prompt: item.id }]);
  return words === '' ? item.id.replaceAll('-', ' ') : words;
}

function isSensitive(step: Step): boolean {
  if (step.kind === 'collect') return step.sensitive;
  return step.kind === 'otp' || step.kind === 'pay';
}
