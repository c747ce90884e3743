import path from 'node:path';
import { versionOf } from '../flow/parse/parse-flow';
import { shortVersion } from '../observe/reload-log';
import { dateOf, FlowHistory, foldersOf, withVersions, type Environment } from './flow-history';

/** `hushtone flow versions FLOW`: every version that calls began with, the newest first. @returns 0, or 1 for a wrong use */
export async function runFlowVersions(
  argv: readonly string[],
  env: Environment,
  print: (line: string) => void,
): Promise<number> {
  const [flow, ...more] = argv;
  if (flow === undefined || more.length > 0) {
    print('usage: hushtone flow versions FLOW');
    return 1;
  }
  await withVersions(env, async (versions) => {
    const history = await FlowHistory.of(flow, foldersOf(env), versions);
    for (const line of linesOf(history)) print(line);
  });
  return 0;
}

function linesOf({ flow, file, entries, now }: FlowHistory): readonly string[] {
  const lies = now === null ? null : versionOf(now.text);
  const lastUsed = entries.find(({ how }) => how === 'used');
  const newest = entries.find(({ version }) => version === lies);
  const lines = entries.map((entry) => {
    const { version, at, how } = entry;
    const used = entry === lastUsed && now !== null ? 'in use since then' : 'used from then on';
    const use = how === 'used' ? used : 'replaced by a rollback then';
    // A version that was used again has several lines.
    const here = entry === newest ? ' (the file as it lies now)' : '';
    return `  ${shortVersion(version)}  ${dateOf(at)}  ${use}${here}`;
  });
  return [
    `${flow}, in ${path.basename(file)}`,
    ...(lines.length === 0 ? ['  no version of it was used yet'] : lines),
    ...(now === null ? ['the file is gone'] : []),
    ...(now === null || newest !== undefined
      ? []
      : ['the file as it lies now was never used; see: hushtone flow check']),
  ];
}
