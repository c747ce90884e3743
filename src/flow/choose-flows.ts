import type { Flow, Mistake } from './ast';
import { inOrder } from './check/check-flow';
import { namesOf, type LoadedFlows } from './load-flows';

export interface FlowChoice {
  /** File -> the flow that new calls begin with. */
  readonly flows: ReadonlyMap<string, Flow>;
  readonly mistakes: readonly Mistake[];
  /** What new flows say that they will not do. */
  readonly warnings: readonly Mistake[];
}

/**
 * Decides, file by file, what new calls begin with once the files have been read again: a file without mistakes brings its new
 * flow; one with mistakes changes nothing, so its flow stays as it was. A number or an id that a flow has which stays so cannot
 * go to another flow yet: that one then stays as it was too.
 *
 * @param before what calls have begun with until now, by file
 * @param present the files that are there; the flow of any other has gone
 */
export function chooseFlows(
  before: ReadonlyMap<string, Flow>,
  loaded: LoadedFlows,
  present: readonly string[],
): FlowChoice {
  const mistakes = [...loaded.mistakes];
  const good = new Map([...loaded.flows.values()].map((flow) => [flow.file, flow]));
  const kept = new Map<string, Flow>();
  const keep = (file: string): void => {
    good.delete(file);
    const old = before.get(file);
    if (old !== undefined) kept.set(file, old);
  };
  for (const file of new Set(mistakes.map(({ place }) => place.file))) if (present.includes(file)) keep(file);
  // Each round keeps at least one more flow as it was, and what was there before shares no names.
  const takenNow = (): readonly Mistake[] => takenNames(good, kept, loaded.placeOf);
  for (let taken = takenNow(); taken.length > 0; taken = takenNow()) {
    mistakes.push(...taken);
    for (const { place } of taken) keep(place.file);
  }
  const warnings = loaded.warnings.filter(({ place }) => good.has(place.file));
  return { flows: new Map([...kept, ...good]), mistakes: inOrder(mistakes), warnings };
}

/** What new flows have that flows have which stay as they were. */
function takenNames(
  good: ReadonlyMap<string, Flow>,
  kept: ReadonlyMap<string, Flow>,
  placeOf: LoadedFlows['placeOf'],
): readonly Mistake[] {
  const owners = new Map([...kept.values()].flatMap((flow) => namesOf(flow).map(({ name }) => [name, flow] as const)));
  return [...good.values()].flatMap((flow) =>
    namesOf(flow).flatMap(({ name, key }): readonly Mistake[] => {
      const owner = owners.get(name);
      if (owner === undefined) return [];
      const message = `${name} still belongs to the flow of ${owner.file}, which stays as it was because of its mistakes`;
      return [{ rule: 'duplicate', place: placeOf(flow, key), message }];
    }),
  );
}
