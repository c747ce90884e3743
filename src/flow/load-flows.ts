import type { Flow, Mistake } from './ast';
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

/** Checks files, each checked by itself, against one another. */
export function joinFlows(checked: readonly CheckedFlow[]): LoadedFlows {
  const parsed = checked.map((each) => each.parsed);
  const mistakes = [...checked.flatMap((each) => each.mistakes), ...sharedNames(parsed)];
  const bad = new Set(mistakes.map(({ place }) => place.file));
  const good = parsed.flatMap(({ flow }) => (flow === null || bad.has(flow.file) ? [] : [flow]));
  const flows = new Map(good.flatMap((flow) => flow.dids.map((did) => [did, flow] as const)));
  return { flows, mistakes: inOrder(mistakes), warnings: inOrder(good.flatMap(notYet)) };
}

/** A number starts one flow, and an id names one. */
function sharedNames(parsed: readonly ParsedFlow[]): readonly Mistake[] {
  const owners = new Map<string, Flow>();
  return parsed.flatMap(({ flow, places }) => {
    if (flow === null) return [];
    const names = [
      ...flow.dids.map((did) => ({ name: `the number "${did}"`, key: 'dids' })),
      ...(flow.id === '' ? [] : [{ name: `the id \`${flow.id}\``, key: 'flow' }]),
    ];
    return names.flatMap(({ name, key }): readonly Mistake[] => {
      const owner = owners.get(name);
      if (owner === undefined) owners.set(name, flow);
      if (owner === undefined || owner === flow) return [];
      const place = places.get(`\`${key}\` of the flow`) ?? { file: flow.file, line: 1, column: 1 };
      return [{ rule: 'duplicate', place, message: `${name} already belongs to the flow of ${owner.file}` }];
    });
  });
}
