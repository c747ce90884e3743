import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { loadSurroundings } from '../definitions';
import { fileReason, HushtoneError } from '../errors';
import type { Mistake } from '../flow/ast';
import { formatMistake } from '../flow/check/check-flow';
import { checkFlowFile, joinFlows } from '../flow/load-flows';
import { parseFlow, versionOf } from '../flow/parse/parse-flow';
import { shortVersion } from '../observe/reload-log';
import type { FlowVersions } from '../ports/flow-versions';
import { differences } from './flow-diff';
import { FlowHistory, flowFilesIn, foldersOf, nameOf, withVersions, type Environment } from './flow-history';

export interface RollbackTools {
  readonly env: Environment;
  /** Wall clock, ms. */
  readonly now: () => number;
  readonly print: (line: string) => void;
}

/**
 * `hushtone flow rollback FLOW [VERSION]`: puts an earlier version back into the flows folder, where an engine that runs finds
 * it; without VERSION the one that calls began with before. What lay there is kept as a version. Needs no engine.
 *
 * @returns 0 when it lies there, 1 when nothing was changed
 */
export async function runFlowRollback(argv: readonly string[], tools: RollbackTools): Promise<number> {
  const [flow, digits, ...more] = argv;
  if (flow === undefined || more.length > 0) {
    tools.print('usage: hushtone flow rollback FLOW [VERSION]   see: hushtone flow versions FLOW');
    return 1;
  }
  return withVersions(tools.env, (versions) => rollback(flow, digits, versions, tools));
}

async function rollback(
  flow: string,
  digits: string | undefined,
  versions: FlowVersions,
  { env, now, print }: RollbackTools,
): Promise<number> {
  const history = await FlowHistory.of(flow, foldersOf(env), versions);
  const { file, now: lies } = history;
  const back = digits === undefined ? history.previous : history.find(digits);
  if (back === null) {
    print(`no other version of ${flow} was used yet, so there is none to go back to`);
    return 1;
  }
  if (lies !== null && versionOf(lies.text) === back.version) {
    print(`${file} is ${nameOf(back)} already`);
    return 1;
  }
  const mistakes = await mistakesOf(back.text, history);
  if (mistakes.length > 0) {
    print(`${nameOf(back)} is not right with the connectors, targets and recordings of today, so nothing was changed:`);
    for (const mistake of mistakes) print(`  ${formatMistake(mistake)}`);
    return 1;
  }
  const name = path.basename(file);
  if (lies !== null && versions.find(versionOf(lies.text)) === null) {
    const version = versionOf(lies.text);
    versions.add({ flow, version, file: name, at: now(), how: 'replaced', text: lies.text });
  }
  replace(file, back.text);
  print(`${file} is ${nameOf(back)} again:`);
  const readable = lies !== null && isReadable(lies.text, file);
  const changes = readable
    ? await differences(lies, { name: nameOf(back), text: back.text }, file, history.folders)
    : [];
  for (const line of changes) print(line);
  print('An engine that runs takes it for the next call; calls in progress keep theirs.');
  if (lies !== null) {
    print(`What lay there is kept: hushtone flow rollback ${flow} ${shortVersion(versionOf(lies.text))}`);
  }
  return 0;
}

/** Of the text in place of the file: in itself, with what there is today, and beside the other flows. */
async function mistakesOf(text: string, { file, folders }: FlowHistory): Promise<readonly Mistake[]> {
  const { world } = (await loadSurroundings(folders)).surroundings;
  const others = (await flowFilesIn(folders)).filter((other) => other.path !== file);
  const checked = [...others, { path: file, text }].map((each) => checkFlowFile(each, world));
  return joinFlows(checked).mistakes.filter(({ place }) => place.file === file);
}

function isReadable(text: string, file: string): boolean {
  const { flow, mistakes } = parseFlow(file, text);
  return flow !== null && mistakes.length === 0;
}

/** By rename, so that nobody reads half of it; through a link, which stays. The name beside it is none that the engine reads. */
function replace(file: string, text: string): void {
  const target = existsSync(file) ? realpathSync(file) : file;
  const beside = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.tmp`);
  try {
    const mode = existsSync(target) ? statSync(target).mode : 0o644;
    const opened = openSync(beside, 'w', mode);
    try {
      writeSync(opened, text);
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new HushtoneError('flow-unreadable', `${target} cannot be written: ${fileReason(error)}`);
  }
}
