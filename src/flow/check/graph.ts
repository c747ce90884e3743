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
  const reachable = findReachable(checking);
  const stuck = stuckSteps(checking, reachable);
  reportStuck(checking, stuck);
  checkReachable(checking, reachable, stuck.length > 0);
  checkLoops(checking, reachable, stuck);
  checkSpentLoops(checking, reachable);
}

/** Steps that could not be read at all. */
export function unreadSteps({ flow, damaged }: ParsedFlow): readonly string[] {
  return [...damaged.keys()].filter((name) => flow?.steps.has(name) !== true);
}

function checkTargets(checking: Checking): void {
  const { flow, parsed } = checking;
  const known = knownSteps(checking);
  // Why there is none has been said.
  if (known.size === 0) return;
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
    return [
      name,
      [
        ...exits.map(({ to }) => meant(to, known)),
        ...(parsed.damaged.get(name) ?? []).map((word) => meant(word, known)),
      ],
    ];
  });
  return new Map(ways);
}

function meant(name: string, known: ReadonlySet<string>): string {
  return known.has(name) ? name : (nearest(name, known) ?? name);
}

function findReachable(checking: Checking): ReadonlySet<string> {
  const { flow } = checking;
  const known = knownSteps(checking);
  const ways = waysOf(checking);
  const roots = [flow.start, ...Object.values(flow.on)].map((name) => meant(name, known));
  if (flow.require.length > 0) roots.push(NO_CONTEXT);
  return reach(roots, (name) => ways.get(name) ?? []);
}

/** `stuck`: some steps lead nowhere but to each other, and one of their ways should lead elsewhere. */
function checkReachable(checking: Checking, reachable: ReadonlySet<string>, stuck: boolean): void {
  const { flow } = checking;
  const names = [...flow.steps.keys()].filter((name) => !reachable.has(name));
  const groups = unreachableGroups(names, waysOf(checking));
  const lost = lostWays(checking, knownSteps(checking)) + (stuck ? 1 : 0);
  // Without a start there is nothing to say about what follows from it. A way that is lost may be what one of them lacks.
  if (flow.start === '' || groups.length <= lost) return;
  for (const [name = '', ...after] of groups) {
    const step = flow.steps.get(name);
    if (step !== undefined) checking.report('unreachable-step', step.place, unreachable(step, after));
  }
}

function unreachable(step: Step, after: readonly string[]): string {
  const hint =
    step.name === NO_CONTEXT
      ? 'it is for calls that lack what `require` names, and there is no `require`'
      : 'no step leads to it';
  const others = after.length === 0 ? '' : `; nor can ${quoted(after)} behind it`;
  return `${nameOf(step)} can never be reached: ${hint}${others}`;
}

/** Steps that cannot be reached, each with those that can only be reached from it: what leads to the first leads to all. */
function unreachableGroups(
  names: readonly string[],
  ways: ReadonlyMap<string, readonly string[]>,
): readonly string[][] {
  const left = new Set(names);
  const led = new Set(names.flatMap((name) => (ways.get(name) ?? []).filter((to) => to !== name)));
  // First those that nothing leads to, then whatever leads to itself by way of others.
  const heads = [...names.filter((name) => !led.has(name)), ...names];
  return heads.flatMap((head) => {
    if (!left.has(head)) return [];
    const group = [...reach([head], (name) => ways.get(name) ?? [])].filter((name) => left.delete(name));
    return [[head, ...names.filter((name) => name !== head && group.includes(name))]];
  });
}

/** How many ways are missing, could not be read, or lead to a step that is not there and that no other step was meant by. */
function lostWays({ flow, parsed }: Checking, known: ReadonlySet<string>): number {
  const exits = [...flow.steps.values()].flatMap((step) => step.exits.map(({ to }) => to));
  const nowhere = [flow.start, ...Object.values(flow.on), ...exits].filter((to) => !known.has(meant(to, known)));
  return new Set(nowhere).size + parsed.mistakes.filter(({ rule }) => LOSING.has(rule)).length;
}

/** Rules of the text whose breach may lose a way. */
const LOSING: ReadonlySet<string> = new Set([
  'missing-key',
  'missing-outcome',
  'missing-value',
  'wrong-type',
  'bad-name',
  'bad-key',
  'unknown-step-kind',
]);

/** Steps from which no way leads to an end. */
function stuckSteps(checking: Checking, reachable: ReadonlySet<string>): readonly Step[] {
  const { flow, parsed } = checking;
  const known = knownSteps(checking);
  const open = [...flow.steps.values()].filter((step) => isEnd(step) || step.exits.some(({ to }) => !known.has(to)));
  const before = new Map<string, string[]>();
  for (const step of flow.steps.values()) {
    for (const { to } of step.exits) before.set(to, [...(before.get(to) ?? []), step.name]);
  }
  const ends = [...open.map(({ name }) => name), ...parsed.damaged.keys()];
  const ending = reach(ends, (name) => before.get(name) ?? []);
  return [...flow.steps.values()].filter(({ name }) => reachable.has(name) && !ending.has(name));
}

function reportStuck(checking: Checking, stuck: readonly Step[]): void {
  const [first] = stuck;
  if (first === undefined) return;
  const names = quoted(stuck.map(({ name }) => name));
  const [which, its] = stuck.length === 1 ? [`step ${names}`, 'its'] : [`the steps ${names}`, 'their'];
  const hint = `lead one of ${its} ways to a step with \`return\` or \`end: true\``;
  checking.report('no-end', first.place, `a call can never end from ${which}; ${hint}`);
}

/** A `return` ends the flow once it is answered. */
function isEnd(step: Step): boolean {
  return step.kind === 'end' || step.kind === 'return' || (step.kind === 'say' && step.end);
}

/** `stuck`: reported already. */
function checkLoops(checking: Checking, reachable: ReadonlySet<string>, stuck: readonly Step[]): void {
  const { flow, parsed } = checking;
  const limited = parsed.places.has(titleOf('session-timeout', 'the flow'));
  const endless = [...flow.steps.values()].filter(
    (step) => reachable.has(step.name) && !hasAttempts(step) && !stuck.includes(step),
  );
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

/** The way that a step takes at once, without asking, when its attempts are used up. */
const SPENT_WAY: Readonly<Partial<Record<Step['kind'], string>>> = {
  collect: 'failed',
  otp: 'failed',
  menu: 'none',
  confirm: 'none',
};

/** A loop of ways that are taken at once would not end before the process does, and with it every call. */
function checkSpentLoops(checking: Checking, reachable: ReadonlySet<string>): void {
  const atOnce = [...checking.flow.steps.values()].flatMap((step): Step[] => {
    if (!reachable.has(step.name)) return [];
    if (step.kind === 'route' || step.kind === 'set') return [step];
    const spent = SPENT_WAY[step.kind];
    return spent === undefined ? [] : [{ ...step, exits: step.exits.filter(({ outcome }) => outcome === spent) }];
  });
  for (const loop of loopsIn(atOnce)) {
    const asking = loop.find(({ kind }) => kind in SPENT_WAY);
    if (asking === undefined) continue;
    const path = [...loop, ...loop.slice(0, 1)].map(({ name }) => `\`${name}\``).join(' -> ');
    const way = SPENT_WAY[asking.kind] ?? '';
    const message = `once its attempts are used up, the loop ${path} waits for nothing and would never end; lead \`${way}\` of \`${asking.name}\` out of it`;
    checking.report('endless-loop', asking.place, message);
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
