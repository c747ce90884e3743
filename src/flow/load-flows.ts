import type { Flow, Mistake, Place } from './ast';
import { checkFlow, inOrder } from './check/check-flow';
import { notYet } from './check/not-yet';
import type { FlowWorld } from './check/world';
import type { ParsedFlow } from './parse/parse-flow';
import { parseFlow } from './parse/parse-flow';

export interface FlowFile {
  readonly path: string;
  /** Empty when it cannot be read. */
  readonly text: string;
  /** Why it cannot be read. */
  readonly unreadable?: Mistake;
}

/** Files of the flows folder that are no flows. */
const OTHER_FILES = ['targets', 'accounts', 'sandbox-secrets', 'secrets'];

/** True for the path of a flow among the files of the flows folder. */
export function isFlowFile(path: string): boolean {
  const name = /([^/\\]*)\.ya?ml$/.exec(path)?.[1];
  return name !== undefined && !name.startsWith('.') && !OTHER_FILES.includes(name);
}

export interface LoadedFlows {
  /** By the number that starts them; only flows without any mistake. */
  readonly flows: ReadonlyMap<string, Flow>;
  readonly mistakes: readonly Mistake[];
  /** What is right but will not do what it says, in flows without any mistake. */
  readonly warnings: readonly Mistake[];
  /** Where a name of a flow stands. */
  readonly placeOf: (flow: Flow, key: FlowName['key']) => Place;
}

/** A number or an id, which one flow has. */
export interface FlowName {
  readonly name: string;
  readonly key: 'dids' | 'flow';
}

/** A flow file by itself: what else is in the folder is not looked at. */
export interface CheckedFlow {
  readonly parsed: ParsedFlow;
  readonly mistakes: readonly Mistake[];
}

/** Parses and checks flow files against the world. A file with mistakes starts no call; the others do. */
export function loadFlows(files: readonly FlowFile[], world: FlowWorld): LoadedFlows {
  return joinFlows(files.map((file) => checkFlowFile(file, world)));
}

/** Parses and checks one file against the world. */
export function checkFlowFile(file: FlowFile, world: FlowWorld): CheckedFlow {
  return checkParsed(parseFlowFile(file), world);
}

/** The first half of it: the text by itself. */
export function parseFlowFile({ path, text, unreadable }: FlowFile): ParsedFlow {
  return unreadable === undefined ? parseFlow(path, text) : { ...NOTHING, mistakes: [unreadable] };
}

/** The second half: what the text means. */
export function checkParsed(parsed: ParsedFlow, world: FlowWorld): CheckedFlow {
  const { flow, mistakes } = parsed;
  return { parsed, mistakes: flow === null ? mistakes : [...mistakes, ...checkFlow(flow, parsed, world)] };
}

const NOTHING = { flow: null, damaged: new Map(), places: new Map() };

/**
 * Checks files, each checked by itself, against one another.
 *
 * @param before what calls have begun with until now, by file: who has a number or an id keeps it, and the newcomer is told
 */
export function joinFlows(checked: readonly CheckedFlow[], before: ReadonlyMap<string, Flow> = new Map()): LoadedFlows {
  const parsed = checked.map((each) => each.parsed);
  const placeOf = placesIn(parsed);
  const written = parsed.flatMap(({ flow }) => flow ?? []);
  const mistakes = [...checked.flatMap((each) => each.mistakes), ...sharedNames(written, before, placeOf)];
  const bad = new Set(mistakes.map(({ place }) => place.file));
  const good = written.filter(({ file }) => !bad.has(file));
  const flows = new Map(good.flatMap((flow) => flow.dids.map((did) => [did, flow] as const)));
  return { flows, mistakes: inOrder(mistakes), warnings: inOrder(good.flatMap(notYet)), placeOf };
}

/** Every number and the id of a flow. */
export function namesOf({ id, dids }: Flow): readonly FlowName[] {
  return [
    ...dids.map((did) => ({ name: `the number "${did}"`, key: 'dids' as const })),
    ...(id === '' ? [] : [{ name: `the id \`${id}\``, key: 'flow' as const }]),
  ];
}

/** A number starts one flow, and an id names one. */
function sharedNames(
  flows: readonly Flow[],
  before: ReadonlyMap<string, Flow>,
  placeOf: LoadedFlows['placeOf'],
): readonly Mistake[] {
  const owners = new Map<string, Flow>();
  for (const flow of flows) {
    const old = before.get(flow.file);
    const had = new Set(old === undefined ? [] : namesOf(old).map(({ name }) => name));
    for (const { name } of namesOf(flow)) if (had.has(name)) owners.set(name, flow);
  }
  return flows.flatMap((flow) =>
    namesOf(flow).flatMap(({ name, key }): readonly Mistake[] => {
      const owner = owners.get(name) ?? flow;
      owners.set(name, owner);
      if (owner === flow) return [];
      const message = `${name} already belongs to the flow of ${owner.file}`;
      return [{ rule: 'duplicate', place: placeOf(flow, key), message }];
    }),
  );
}

function placesIn(parsed: readonly ParsedFlow[]): LoadedFlows['placeOf'] {
  const places = new Map(parsed.map((each) => [each.flow, each.places]));
  return (flow, key) => places.get(flow)?.get(`\`${key}\` of the flow`) ?? { file: flow.file, line: 1, column: 1 };
}
