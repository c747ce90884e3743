import type { Exit, Flow, Step } from '../ast';
import { suggestion } from '../nearest';
import { NO_CONTEXT } from '../vocabulary';
import type { Checking } from './report';
import { flowPlace, nameOf } from './report';
import { loopsIn } from './loops';

/** Steps that do not exist, cannot be reached, or from which a call can never end. */
export function checkGraph(checking: Checking): void {
  checkTargets(checking);
  // Where a step could not be read or a way leads nowhere, what follows from it would only repeat that mistake.
  if (checking.parsed.unreadable.size > 0 || hasOpenEnds(checking.flow)) return;
  const reachable = checkReachable(checking);
  checkEnds(checking, reachable);
  checkLoops(checking, reachable);
}

function checkTargets(checking: Checking): void {
  const { flow, parsed } = checking;
  const known = new Set([...flow.steps.keys(), ...parsed.unreadable]);
  const startPlace = flowPlace(checking, 'start');
  const check = (to: string, place: Exit['place']): void => {
    if (known.has(to) || to === '') return;
    checking.report('unknown-step', place, `there is no step \`${to}\`; ${suggestion(to, known)}`);
  };
  check(flow.start, startPlace);
  for (const [event, to] of Object.entries(flow.on)) {
    check(to, parsed.places.get(`\`${event}\` of the flow's \`on\``) ?? flowPlace(checking, 'on'));
  }
  for (const step of flow.steps.values()) {
    // A default takes the way of another outcome, at the same place: it is one mistake.
    const seen = new Set<string>();
    for (const { to, place } of step.exits) {
      const spot = `${place.line}:${place.column}`;
      if (!seen.has(spot)) check(to, place);
      seen.add(spot);
    }
  }
}

function hasOpenEnds(flow: Flow): boolean {
  const exists = (to: string): boolean => flow.steps.has(to);
  const ways = [...flow.steps.values()].flatMap((step) => step.exits.map(({ to }) => to));
  return ![flow.start, ...Object.values(flow.on), ...ways].every(exists);
}

function checkReachable(checking: Checking): ReadonlySet<string> {
  const { flow } = checking;
  const roots = [flow.start, ...Object.values(flow.on)];
  if (flow.require.length > 0 && flow.steps.has(NO_CONTEXT)) roots.push(NO_CONTEXT);
  const reachable = reach(roots, (name) => exitsOf(flow, name));
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
  const { flow } = checking;
  const ends = [...flow.steps.values()].filter(isEnd).map(({ name }) => name);
  const before = new Map<string, string[]>();
  for (const step of flow.steps.values()) {
    for (const { to } of step.exits) before.set(to, [...(before.get(to) ?? []), step.name]);
  }
  const ending = reach(ends, (name) => before.get(name) ?? []);
  const stuck = [...flow.steps.values()].filter(({ name }) => reachable.has(name) && !ending.has(name));
  const [first] = stuck;
  if (first === undefined) return;
  const names = stuck.map(({ name }) => `\`${name}\``).join(', ');
  const which = stuck.length === 1 ? `step ${names}` : `the steps ${names}`;
  checking.report(
    'no-end',
    first.place,
    `a call can never end from ${which}; lead one of its ways to a step with \`return\` or \`end: true\``,
  );
}

/** A `return` ends the flow once it is answered. */
function isEnd(step: Step): boolean {
  return step.kind === 'end' || step.kind === 'return' || (step.kind === 'say' && step.end);
}

function checkLoops(checking: Checking, reachable: ReadonlySet<string>): void {
  const { flow, parsed } = checking;
  const limited = parsed.places.has('`session-timeout` of the flow');
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
  return 'attempts' in step;
}

function exitsOf(flow: Flow, name: string): readonly string[] {
  return flow.steps.get(name)?.exits.map(({ to }) => to) ?? [];
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
