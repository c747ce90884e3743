import type { Step } from '../ast';

/**
 * One loop for each set of steps that lead to each other, in the order of the file; only ways between `steps` count.
 */
export function loopsIn(steps: readonly Step[]): readonly (readonly Step[])[] {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const found: (readonly Step[])[] = [];
  const done = new Set<string>();
  for (const step of steps) {
    if (done.has(step.name)) continue;
    const loop = shortestLoop(step, byName);
    if (loop === null) continue;
    found.push(loop);
    // Every step that reaches this loop and is reached from it belongs to the same mistake.
    for (const each of mutual(step, byName)) done.add(each);
  }
  return found;
}

/** The shortest way from a step back to itself, or null. */
function shortestLoop(start: Step, byName: ReadonlyMap<string, Step>): readonly Step[] | null {
  const cameFrom = new Map<string, Step | null>();
  let edge: readonly Step[] = [start];
  while (edge.length > 0) {
    const next: Step[] = [];
    for (const step of edge) {
      for (const { to } of step.exits) {
        if (to === start.name) return trail(step, cameFrom);
        const target = byName.get(to);
        if (target === undefined || cameFrom.has(to)) continue;
        cameFrom.set(to, step);
        next.push(target);
      }
    }
    edge = next;
  }
  return null;
}

function trail(last: Step, cameFrom: ReadonlyMap<string, Step | null>): readonly Step[] {
  const steps: Step[] = [];
  for (let step: Step | null = last; step !== null; step = cameFrom.get(step.name) ?? null) steps.unshift(step);
  return steps;
}

function mutual(start: Step, byName: ReadonlyMap<string, Step>): readonly string[] {
  const after = reachFrom(start.name, byName);
  return [...after].filter((name) => reachFrom(name, byName).has(start.name));
}

function reachFrom(name: string, byName: ReadonlyMap<string, Step>): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { to } of byName.get(next)?.exits ?? []) {
      if (reached.has(to) || !byName.has(to)) continue;
      reached.add(to);
      open.push(to);
    }
  }
  return reached;
}
