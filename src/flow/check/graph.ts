import type { Place, Step } from '../ast';
import { nearest, quoted, suggestion } from '../nearest';
import { titleOf } from '../parse/fields';
import type { ParsedFlow } from '../parse/parse-flow';
import { NO_CONTEXT } from '../vocabulary';
import { loopsIn } from './loops';
import type { Checking } from './report';
import { flowPlace, nameOf } from './report';

/** Steps that do not exist, cannot be reached, or from which a call can never end. */
export function checkGraph(checking: Checking): void {
  checkTargets(checking);
  const reachable = checkReachable(checking);
  checkEnds(checking, reachable);
  checkLoops(checking, reachable);
}

/** Steps that could not be read at all. */
export function unreadSteps({ flow, damaged }: ParsedFlow): readonly string[] {
  return [...damaged.keys()].filter((name) => flow?.steps.has(name) !== true);
}

function checkTargets(checking: Checking): void {
  const { flow, parsed } = checking;
  const known = knownSteps(checking);
  const check = (to: string, place: Place): void => {
    if (known.has(to) || to === '') return;
    checking.report('unknown-step', place, `there is no step \`${to}\`; ${suggestion(to, known)}`);
  };
  check(flow.start, flowPlace(checking, 'start'));
  for (const [event, to] of Object.entries(flow.on)) {
    check(to, parsed.places.get(titleOf(event, titleOf('on', 'the flow'))) ?? flowPlace(checking, 'on'));
  }
  for (const step of flow.steps.values()) {
    // A default takes the way of another outcome, at the same place: it is one mistake.
    for (const { to, place } of new Map(step.exits.map((exit) => [exit.place, exit])).values()) check(to, place);
  }
}

function knownSteps({ flow, parsed }: Checking): ReadonlySet<string> {
  return new Set([...flow.steps.keys(), ...parsed.damaged.keys()]);
}

/**
 * Where each step may lead. Something wrong with a step must not be reported again as a step that nothing leads to: every word
 * of it counts, and a misspelt name counts as the one that was probably meant.
 */
function waysOf(checking: Checking): ReadonlyMap<string, readonly string[]> {
  const { flow, parsed } = checking;
  const known = knownSteps(checking);
  const ways = [...known].map((name): [string, readonly string[]] => {
    const exits = flow.steps.get(name)?.exits ?? [];
    return [name, [...exits.map(({ to }) => meant(to, known)), ...(parsed.damaged.get(name) ?? [])]];
  });
  return new Map(ways);
}

function meant(name: string, known: ReadonlySet<string>): string {
  return known.has(name) ? name : (nearest(name, known) ?? name);
}

function checkReachable(checking: Checking): ReadonlySet<string> {
  const { flow } = checking;
  const known = knownSteps(checking);
  const ways = waysOf(checking);
  const roots = [flow.start, ...Object.values(flow.on)].map((name) => meant(name, known));
  if (flow.require.length > 0) roots.push(NO_CONTEXT);
  const reachable = reach(roots, (name) => ways.get(name) ?? []);
  // Without a start there is nothing to say about what follows from it.
  if (flow.start === '') return reachable;
  for (const step of flow.steps.values()) {
    if (reachable.has(step.name)) continue;
    const hint =
      step.name === NO_CONTEXT
        ? 'it is for calls that lack what `require` names, and there is no `require`'
        : 'no step leads to it';
    checking.report('unreachable-step', step.place, `${nameOf(step)} can never be reached: ${hint}`);
  }
  return reachable;
}

/** Steps from which no way leads to an end. */
function checkEnds(checking: Checking, reachable: ReadonlySet<string>): void {
  const { flow, parsed } = checking;
  const known = knownSteps(checking);
  const open = [...flow.steps.values()].filter((step) => isEnd(step) || step.exits.some(({ to }) => !known.has(to)));
  const before = new Map<string, string[]>();
  for (const step of flow.steps.values()) {
    for (const { to } of step.exits) before.set(to, [...(before.get(to) ?? []), step.name]);
  }
  const ends = [...open.map(({ name }) => name), ...parsed.damaged.keys()];
  const ending = reach(ends, (name) => before.get(name) ?? []);
  const stuck = [...flow.steps.values()].filter(({ name }) => reachable.has(name) && !ending.has(name));
  const [first] = stuck;
  if (first === undefined) return;
  const names = quoted(stuck.map(({ name }) => name));
  const which = stuck.length === 1 ? `step ${names}` : `the steps ${names}`;
  const hint = 'lead one of its ways to a step with `return` or `end: true`';
  checking.report('no-end', first.place, `a call can never end from ${which}; ${hint}`);
}

/** A `return` ends the flow once it is answered. */
function isEnd(step: Step): boolean {
  return step.kind === 'end' || step.kind === 'return' || (step.kind === 'say' && step.end);
}

function checkLoops(checking: Checking, reachable: ReadonlySet<string>): void {
  const { flow, parsed } = checking;
  const limited = parsed.places.has(titleOf('session-timeout', 'the flow'));
  const endless = [...flow.steps.values()].filter((step) => reachable.has(step.name) && !hasAttempts(step));
  for (const loop of loopsIn(endless)) {
    const first = loop[0];
    if (first === undefined) continue;
    const path = [...loop, first].map(({ name }) => `\`${name}\``).join(' -> ');
    if (loop.every(({ kind }) => kind === 'route' || kind === 'set')) {
      checking.report(
        'endless-loop',
        first.place,
        `the loop ${path} waits for nothing and would never end; take one of its ways out`,
      );
    } else if (!limited) {
      const message = `the loop ${path} has no end; put a step with \`attempts\` into it, or give the flow a \`session-timeout\``;
      checking.report('endless-loop', first.place, message);
    }
  }
}

/** A step that, entered often enough, takes its `failed` or `none` way. */
function hasAttempts(step: Step): boolean {
  return 'attempts' in step && step.attempts > 0;
}

function reach(roots: readonly string[], next: (name: string) => readonly string[]): Set<string> {
  const reached = new Set<string>();
  const open = [...roots];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    open.push(...next(name));
  }
  return reached;
}
