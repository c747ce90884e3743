import { existsSync, readFileSync } from 'node:fs';
import type { Folders } from '../definitions';
import { diffFlows } from '../flow/diff/diff-flows';
import { handle } from './recordings/file-trouble';
import {
  FlowHistory,
  foldersOf,
  nameOf,
  readAs,
  withVersions,
  wordsFor,
  type Environment,
  type NamedText,
} from './flow-history';

const USAGE = `usage: hushtone flow diff FLOW [A [B]]   versions by their first digits; without B, and A: the file as it lies now,
                                          and what was used before it
       hushtone flow diff FILE FILE`;

/** `hushtone flow diff`: says in words what one version of a flow does otherwise than another. @returns 0, or 1 for a wrong use */
export async function runFlowDiff(
  argv: readonly string[],
  env: Environment,
  print: (line: string) => void,
): Promise<number> {
  const [first, a, b, ...more] = argv;
  if (first === undefined || more.length > 0) {
    print(USAGE);
    return 1;
  }
  const folders = foldersOf(env);
  if (existsSync(first) && a !== undefined && b === undefined) {
    await tell(fromFile(first), fromFile(a), first, folders, print);
    return 0;
  }
  return withVersions(env, async (versions) => {
    const history = await FlowHistory.of(first, folders, versions);
    const before = a === undefined ? history.previous : history.find(a);
    const after = b === undefined ? history.now : named(history.find(b));
    if (before === null || after === null) {
      print(before === null ? `no other version of ${first} was used yet` : `${history.file} is gone`);
      return 1;
    }
    await tell(named(before), after, history.file, folders, print);
    return 0;
  });
}

/** What `after` does otherwise, for whoever reads it in a terminal. */
export async function differences(
  before: NamedText,
  after: NamedText,
  file: string,
  folders: Folders,
): Promise<readonly string[]> {
  const flow = readAs(after, file);
  const lines = diffFlows(readAs(before, file), flow, await wordsFor(flow, folders));
  return lines.length === 0
    ? ['  nothing that a caller, an agent or a service would notice']
    : lines.map((line) => `  ${line}`);
}

async function tell(
  before: NamedText,
  after: NamedText,
  file: string,
  folders: Folders,
  print: (line: string) => void,
): Promise<void> {
  const lines = await differences(before, after, file, folders);
  print(`from ${before.name} to ${after.name}:`);
  for (const line of lines) print(line);
}

function named(version: Parameters<typeof nameOf>[0]): NamedText {
  return { name: nameOf(version), text: version.text };
}

function fromFile(file: string): NamedText {
  return { name: file, text: handle(file, 'read', () => readFileSync(file, 'utf8')) };
}
