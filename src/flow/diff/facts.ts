import type { ContextSource, Flow, PromptChoice, SayItem, Step, Template } from '../ast';

/** The words of a recorded prompt, or null when it has none any more. */
export type WordsOf = (prompt: string) => string | null;

/** What can be said of a step or a flow, by what it is about: `attempts` -> `3`. In the order in which it is told. */
export type Facts = ReadonlyMap<string, string>;

/** Keys of the tree that are told otherwise, or not at all. */
const NOT_TOLD = new Set(['name', 'place', 'kind', 'exits', 'choices', 'otherwise', 'next']);

/** Names of keys that the tree has and the language has not. A key that is not here is told by its own name. */
const NAMES: Readonly<Record<string, string>> = {
  firstKeyMs: 'the wait for the first key',
  interdigitMs: 'the wait for the next key',
  termMs: 'the wait for one more key',
  terminator: 'the key that ends',
  clearKey: 'the key that clears',
  ringMs: 'ring',
  validMs: 'valid',
  resendKey: 'the key that sends again',
  sessionTimeoutMs: 'the longest call',
  otherwise: 'else',
  bargein: 'a key cuts the words',
  sensitive: 'kept from everybody',
  say: 'the words',
  dids: 'numbers',
  didLanguages: 'language of the number',
  require: 'details that must be there',
  on: 'on',
};

/** Everything that a step does, but where it leads to. */
export function factsOfStep(step: Step, wordsOf: WordsOf): Facts {
  return factsOf(step, wordsOf);
}

/** Everything of a flow but its steps. */
export function factsOfFlow(flow: Flow, wordsOf: WordsOf): Facts {
  const { id, dids, didLanguages, languages, sessionTimeoutMs, context, require, on } = flow;
  const facts = new Map(factsOf({ id, dids, didLanguages, languages, sessionTimeoutMs, require }, wordsOf));
  for (const [index, source] of context.entries()) {
    for (const [about, value] of factsOfSource(source))
      facts.set(`details of the order, source ${index + 1}, ${about}`, value);
  }
  for (const [event, step] of Object.entries(on)) facts.set(`step on ${event}`, step);
  return facts;
}

function factsOfSource(source: ContextSource): (readonly [string, string])[] {
  if (source.kind === 'headers')
    return Object.entries(source.headers).map(([name, header]) => [name, `header ${header}`]);
  const inputs = Object.entries(source.with).map(([name, { text }]) => [`with ${name}`, text] as const);
  return [['connector', source.connector] as const, ...inputs];
}

function factsOf(node: object, wordsOf: WordsOf): Facts {
  const facts = new Map<string, string>();
  for (const [key, value] of Object.entries(node) as [string, unknown][]) {
    if (NOT_TOLD.has(key)) continue;
    for (const [about, said] of tell(key, value, wordsOf)) facts.set(about, said);
  }
  return facts;
}

function tell(key: string, value: unknown, wordsOf: WordsOf): (readonly [string, string])[] {
  const name = NAMES[key] ?? key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  if (key === 'prompts')
    return (value as readonly PromptChoice[]).map((choice) => tellPrompt(choice, wordsOf)).reverse();
  if (key === 'when') return [];
  if (isSaid(value)) return value.length === 0 ? [] : [[name, value.map((item) => said(item, wordsOf)).join(' ')]];
  if (isTemplate(value)) return [[name, value.text]];
  if (Array.isArray(value))
    return [[name, value.length === 0 ? 'none' : value.map((each) => scalar(key, each)).join(', ')]];
  if (typeof value === 'object' && value !== null) return tellGroup(key, value, wordsOf);
  return [[name, scalar(key, value)]];
}

/** The more special one is told: the tree has the defaults behind it. */
function tellPrompt(
  { attempt, error, brand, language, say }: PromptChoice,
  wordsOf: WordsOf,
): readonly [string, string] {
  const when = [
    attempt === null ? '' : `at attempt ${attempt}`,
    error === null ? '' : `after ${error}`,
    brand === null ? '' : `for ${brand}`,
    language === null ? '' : `in ${language}`,
  ].filter((part) => part !== '');
  return [['the question', ...when].join(' '), say.map((item) => said(item, wordsOf)).join(' ')];
}

function tellGroup(key: string, group: object, wordsOf: WordsOf): (readonly [string, string])[] {
  const facts = [...factsOf(group, wordsOf)];
  return key === 'timing' ? facts : facts.map(([about, value]) => [`${NAMES[key] ?? key} ${about}`, value]);
}

function said(item: SayItem, wordsOf: WordsOf): string {
  const language = item.language === undefined ? '' : ` (in ${item.language})`;
  if (item.kind === 'prompt') return `"${wordsOf(item.id) ?? item.id}"${language}`;
  if (item.kind === 'amount') return `the amount ${item.amount.text} ${item.currency.text}${language}`;
  return `the ${item.kind} ${item.value.text}${language}`;
}

function scalar(key: string, value: unknown): string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number' && key.endsWith('Ms')) return duration(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function duration(ms: number): string {
  if (ms % 3_600_000 === 0 && ms > 0) return `${ms / 3_600_000} h`;
  return ms % 60_000 === 0 && ms > 0 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}

function isTemplate(value: unknown): value is Template {
  return typeof value === 'object' && value !== null && 'text' in value && 'dynamic' in value;
}

const SAID: ReadonlySet<unknown> = new Set(['prompt', 'amount', 'reference', 'digits', 'date', 'number']);

function isSaid(value: unknown): value is readonly SayItem[] {
  return (
    Array.isArray(value) &&
    value.every((item: unknown) => typeof item === 'object' && item !== null && 'kind' in item && SAID.has(item.kind))
  );
}
