import { isMap } from 'yaml';
import type { Exit } from '../ast';
import { nearest } from '../nearest';
import type { OutcomeRule, StepRule } from '../rule-shapes';
import { DONE } from '../vocabulary';
import type { Fields } from './fields';
import { oneOf, placeOf, readName } from './scalars';

/** The ways out of a step: `next` for a step with one, `on` for the others, with the defaults filled in. */
export function parseExits(step: Fields, rule: StepRule): readonly Exit[] {
  if (Object.keys(rule.outcomes).length === 0) return onlyWay(step);
  if (step.has('next')) {
    const ways = wired(rule.outcomes).map((outcome) => `${outcome}: ...`);
    const message = `${step.what} has several outcomes, so \`next\` cannot say them; write on: { ${ways.join(', ')} }`;
    step.source.report('unknown-key', step.at('next'), message);
  }
  const ways = new Map<string, Exit>();
  for (const exit of writtenWays(step, rule)) ways.set(exit.outcome, exit);
  fillDefaults(ways, rule.outcomes);
  // One that is misspelt, or leads to a bad name, is there and has been reported.
  const written = step.entries('on').map(({ key }) => nearest(key, Object.keys(rule.outcomes)) ?? key);
  const there = new Set([...ways.keys(), ...written]);
  // An `on` that is no mapping has been reported as that.
  const unread = step.has('next') || (step.isMeant('on') && written.length === 0 && !isMap(step.node('on')));
  const missing = unread ? [] : wired(rule.outcomes).filter((outcome) => !there.has(outcome));
  for (const outcome of missing) {
    const message = `${step.what} does not say what follows \`${outcome}\`; add \`${outcome}: <step>\` under \`on\``;
    step.source.report('missing-outcome', step.place, message);
  }
  return [...ways.values()];
}

function onlyWay(step: Fields): readonly Exit[] {
  if (step.has('on')) {
    step.source.report('unknown-key', step.at('on'), `${step.what} has one way only; write \`next: <step>\``);
    return [];
  }
  if (!step.has('next')) return [];
  const to = step.name('next');
  return to === null ? [] : [{ outcome: DONE, to, place: placeOf(step.source, step.node('next'), step.at('next')) }];
}

function writtenWays(step: Fields, rule: StepRule): readonly Exit[] {
  return step.entries('on').flatMap((entry) => {
    const { source } = step;
    const what = `\`${entry.key}\` of ${step.what}`;
    const outcome = Object.hasOwn(rule.outcomes, entry.key) ? rule.outcomes[entry.key] : undefined;
    if (outcome?.way === 'ends') {
      source.report('unknown-outcome', entry.place, `${what} needs no way: the flow ends with it`);
      return [];
    }
    if (outcome === undefined && rule.open !== true) {
      const hint = oneOf(
        entry.key,
        Object.keys(rule.outcomes).filter((each) => rule.outcomes[each]?.way !== 'ends'),
      );
      source.report('unknown-outcome', entry.place, `${step.what} has no outcome \`${entry.key}\`; ${hint}`);
      return [];
    }
    const to = readName(source, entry.value, entry.place, what);
    return to === null ? [] : [{ outcome: entry.key, to, place: placeOf(source, entry.value, entry.place) }];
  });
}

function fillDefaults(ways: Map<string, Exit>, outcomes: StepRule['outcomes']): void {
  for (const [outcome, { way }] of Object.entries(outcomes)) {
    if (ways.has(outcome) || typeof way === 'string') continue;
    const model = ways.get(way.like);
    if (model !== undefined) ways.set(outcome, { ...model, outcome });
  }
}

function wired(outcomes: Readonly<Record<string, OutcomeRule>>): readonly string[] {
  return Object.keys(outcomes).filter((outcome) => outcomes[outcome]?.way === 'required');
}
