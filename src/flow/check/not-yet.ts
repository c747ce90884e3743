import type { Flow, Mistake } from '../ast';
import { NOT_YET } from '../vocabulary';

/** Steps that are right but that this version's engine cannot carry out yet: to be said, not to be refused. */
export function notYet(flow: Flow): readonly Mistake[] {
  return [...flow.steps.values()].flatMap(({ name, kind, place }): readonly Mistake[] => {
    const outcome = NOT_YET[kind];
    if (outcome === undefined) return [];
    const message = `step \`${name}\` does nothing in this version: \`${kind}\` takes its \`${outcome}\` way at once`;
    return [{ rule: 'not-yet', message, place }];
  });
}
