import type { Flow, Step } from '../ast';
import { factsOfFlow, factsOfStep, type Facts, type WordsOf } from './facts';

/**
 * Says in words what another version of a flow does otherwise, for whoever answers for the calls. What changes nothing for
 * callers, agents or services (comments, order, spelling) is not told.
 *
 * @returns one sentence a line; empty when both do the same
 */
export function diffFlows(before: Flow, after: Flow, wordsOf: WordsOf): readonly string[] {
  const renamed = renames(before, after, wordsOf);
  const nameNow = (step: string): string => renamed.get(step) ?? step;
  const gone = [...before.steps.keys()].filter((name) => !after.steps.has(nameNow(name)));
  const old = new Map([...before.steps].map(([name, step]) => [nameNow(name), step]));
  return [
    ...factChanges('', factsOfFlow(before, wordsOf), factsOfFlow(after, wordsOf)),
    ...(nameNow(before.start) === after.start
      ? []
      : [`the call now begins with step ${after.start} (was: ${before.start})`]),
    ...[...renamed].map(([was, is]) => `step ${was} is now called ${is}`),
    ...gone.map((name) => `step ${name} is gone`),
    ...[...after.steps.values()].flatMap((step) => {
      const earlier = old.get(step.name);
      return earlier === undefined ? newStep(step, wordsOf) : stepChanges(earlier, step, nameNow, wordsOf);
    }),
  ];
}

/** Steps that only have another name now: old name -> new name. */
function renames(before: Flow, after: Flow, wordsOf: WordsOf): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const added = [...after.steps.values()].filter(({ name }) => !before.steps.has(name));
  for (const step of before.steps.values()) {
    if (after.steps.has(step.name)) continue;
    const same = added.filter((candidate) => does(candidate, wordsOf) === does(step, wordsOf));
    const [only] = same;
    if (only !== undefined && same.length === 1 && ![...found.values()].includes(only.name))
      found.set(step.name, only.name);
  }
  return found;
}

function does(step: Step, wordsOf: WordsOf): string {
  const ways = step.exits.map(({ outcome, to }) => [outcome, to === step.name ? '' : to]);
  return JSON.stringify([step.kind, [...factsOfStep(step, wordsOf)], ways]);
}

function newStep(step: Step, wordsOf: WordsOf): readonly string[] {
  const what = [...factsOfStep(step, wordsOf)].filter(
    ([about]) => about === 'the words' || about === 'the question' || about === 'connector',
  );
  const told = [step.kind, ...what.map(([, value]) => value)].join(' ');
  const ways = waysOf(step).map(([when, to]) => `${when} the caller goes to ${to}`);
  return [`new step ${step.name} (${told})${ways.length === 0 ? '' : `: ${ways.join(', ')}`}`];
}

function stepChanges(
  before: Step,
  after: Step,
  nameNow: (step: string) => string,
  wordsOf: WordsOf,
): readonly string[] {
  const title = `step ${after.name}: `;
  const kind = before.kind === after.kind ? [] : [`${title}is now a ${after.kind} (was: ${before.kind})`];
  const facts =
    before.kind === after.kind ? factChanges(title, factsOfStep(before, wordsOf), factsOfStep(after, wordsOf)) : [];
  const were = new Map(waysOf(before).map(([when, to]) => [when, nameNow(to)]));
  const are = new Map(waysOf(after));
  const ways = [...are].flatMap(([when, to]) => {
    const was = were.get(when);
    if (was === to) return [];
    return [`${title}${when} the caller now goes to ${to}${was === undefined ? '' : ` (was: ${was})`}`];
  });
  const lost = [...were]
    .filter(([when]) => !are.has(when))
    .map(([when, to]) => `${title}${when} the caller no longer goes to ${to}`);
  return [...kind, ...facts, ...ways, ...lost];
}

/** When -> the step that comes then. */
function waysOf(step: Step): (readonly [when: string, to: string])[] {
  return step.exits.map(({ outcome, to }) => [whenOf(step, outcome), to]);
}

function whenOf(step: Step, outcome: string): string {
  if (outcome === 'done') return 'afterwards';
  if (step.kind === 'menu' && outcome in step.choices) return `after key ${outcome}`;
  if (step.kind !== 'route') return `after ${outcome}`;
  const condition = step.when[Number(outcome.replace('if-', '')) - 1];
  return condition === undefined ? 'else' : `when ${condition.if.text}`;
}

function factChanges(title: string, before: Facts, after: Facts): readonly string[] {
  const changed = [...after].flatMap(([about, value]) => {
    const was = before.get(about);
    if (was === value) return [];
    return [was === undefined ? `${title}${about} is new: ${value}` : `${title}${about} ${was} -> ${value}`];
  });
  const gone = [...before]
    .filter(([about]) => !after.has(about))
    .map(([about, was]) => `${title}${about} is gone (was: ${was})`);
  return [...changed, ...gone];
}
