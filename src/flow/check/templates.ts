import type { Flow, PayStep, Place, PromptChoice, SayItem, Step, Template } from '../ast';
import type { Checked } from '../expression/subset';
import { checkExpression } from '../expression/subset';
import { splitTemplate } from '../expression/template';

/** One expression of a flow, with where it stands and what it is part of. */
export interface FoundExpression {
  readonly text: string;
  readonly place: Place;
  readonly checked: Checked;
}

/** Every expression of a flow. */
export function expressionsOf(flow: Flow): readonly FoundExpression[] {
  const sources = flow.context.flatMap((source) => (source.kind === 'connector' ? Object.values(source.with) : []));
  const all = [...sources, ...[...flow.steps.values()].flatMap(templatesOf)];
  // A default prompt's words may be in several choices; each template is one object.
  return [...new Set(all)].flatMap(expressionsIn);
}

/** The expressions of one template. */
function expressionsIn(template: Template): readonly FoundExpression[] {
  if (!template.dynamic) return [];
  const known = FOUND.get(template);
  if (known !== undefined) return known;
  const found = splitTemplate(template.text)
    .filter(({ kind }) => kind === 'expression')
    .map(({ text, offset }) => ({
      text,
      place: placeIn(template, offset),
      checked: checkExpression(text),
    }));
  FOUND.set(template, found);
  return found;
}

/** Reading an expression takes longer than all other checks of it, and several of them look at each. */
const FOUND = new WeakMap<Template, readonly FoundExpression[]>();

/** Words with dashes in an expression, where JSONata reads each dash as a minus. `read`: every name in the expression. */
export function subtractions(text: string, read: readonly string[]): readonly string[] {
  const words = text.match(/[a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)+/g) ?? [];
  return words.filter((word) => word.split('-').every((part) => read.includes(part)));
}

/** The texts that a template may become, as far as they stand in it: itself, or the literal results of its only expression. */
export function literalsOf(template: Template): readonly string[] {
  if (!template.dynamic) return [template.text];
  const [only, ...others] = expressionsIn(template);
  if (only === undefined || others.length > 0 || !/^\s*\{\{.*\}\}\s*$/s.test(template.text)) return [];
  return only.checked.ok ? only.checked.results : [];
}

function placeIn({ text, place }: Template, offset: number): Place {
  return text.slice(0, offset).includes('\n') ? place : { ...place, column: place.column + offset };
}

/** The prompts of a step that asks for keys. */
export function promptsOf(step: Step): readonly PromptChoice[] {
  return 'prompts' in step ? step.prompts : [];
}

/** Everything that a step may say; with `spoken`, in a call of that language. */
export function saidBy(step: Step, spoken: string | null = null): readonly SayItem[] {
  if (spoken !== null) return itemsOf(step, spoken);
  const known = SAID.get(step);
  if (known !== undefined) return known;
  const said = itemsOf(step, null);
  SAID.set(step, said);
  return said;
}

/** A field has some fifty choices of prompts, and most checks look at all of them. */
const SAID = new WeakMap<Step, readonly SayItem[]>();

function itemsOf(step: Step, spoken: string | null): readonly SayItem[] {
  return [...new Set(saidTogether(step, spoken).flat())];
}

/** The same, each list of what is said in one go; with `spoken`, in a call of that language. */
export function saidTogether(step: Step, spoken: string | null): readonly (readonly SayItem[])[] {
  const chosen = promptsOf(step).flatMap(({ language, say }) =>
    spoken === null || language === null || language === spoken ? [say] : [],
  );
  const own = 'say' in step ? step.say : [];
  const during = 'while' in step ? step.while : [];
  return [own, ...chosen, during, readBack(step)];
}

/** The prompt that says the last four digits, and some digits. */
function readBack(step: Step): readonly SayItem[] {
  if (step.kind !== 'collect' || step.readback === null) return [];
  const { place } = step;
  const value: Template = { text: '', dynamic: false, place };
  return [
    { kind: 'prompt', id: step.readback, place },
    { kind: 'digits', value, place },
  ];
}

function templatesOf(step: Step): readonly Template[] {
  return [...ownTemplates(step), ...saidBy(step).flatMap(templatesOfItem)];
}

function ownTemplates(step: Step): readonly Template[] {
  switch (step.kind) {
    case 'connect':
      return Object.values(step.with);
    case 'route':
      return step.when.map((branch) => branch.if);
    case 'otp':
      return step.sms === null ? [] : [step.sms.to];
    case 'pay':
      return [step.amount, step.currency, step.reference, ...tokenOf(step), ...Object.values(step.parameters)];
    case 'sms':
      return [step.to, ...Object.values(step.with)];
    case 'send-link':
      return [step.to];
    case 'assist':
      return [step.agent];
    case 'return':
      return [step.target, ...Object.values(step.with)];
    case 'set':
      return Object.values(step.values);
    case 'say':
    case 'collect':
    case 'link':
    case 'menu':
    case 'confirm':
    case 'end':
      return [];
  }
}

function tokenOf({ token }: PayStep): readonly Template[] {
  return token === null ? [] : [token];
}

function templatesOfItem(item: SayItem): readonly Template[] {
  if (item.kind === 'prompt') return [];
  return item.kind === 'amount' ? [item.amount, item.currency] : [item.value];
}

/** Context names that a step writes, with the key that says so. */
export function savedNames(step: Step): readonly (readonly [key: string, name: string])[] {
  if (step.kind === 'set') return Object.keys(step.values).map((name) => ['set', name]);
  if (step.kind === 'connect') return Object.keys(step.save).map((name) => ['save', name]);
  return step.kind === 'collect' && step.save !== null ? [['save', step.save]] : [];
}
