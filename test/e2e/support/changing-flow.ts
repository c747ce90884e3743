import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { versionOf } from '../../../src/flow/parse/parse-flow';
import { shortVersion } from '../../../src/observe/reload-log';
import { placeCalls } from '../../../src/lab/bench/sipp';
import type { LogLine } from '../../../src/lab/engine-log';
import type { Site } from '../../../src/lab/site';
import { eventually } from './nothing-left';
import { countRealCall, PROJECT } from './payment-site';

export const DID = '7100';
const EDIT_EVERY_MS = 1_000;

/** Three card fields; all that is said has the digits of `code` in it, so that the words of a call tell its version. */
export function flowSaying(code: string): string {
  const ask = (step: string, field: string, next: string): string =>
    `  ${step}: { collect: ${field}, attempts: 1, timeout: 6s, prompts: [{ say: [please-wait, { digits: '${code}' }] }], on: { collected: ${next}, failed: bye } }`;
  return [
    `# ${code}`,
    'flow: changing',
    `dids: ['${DID}']`,
    'languages: [en]',
    'start: card',
    'steps:',
    ask('card', 'card-number', 'expiry'),
    ask('expiry', 'expiration-date', 'cvv'),
    ask('cvv', 'security-code', 'bye'),
    `  bye: { say: [please-wait, { digits: '${code}' }], end: true }`,
    '',
  ].join('\n');
}

/** Each is not used: half a file, a key that there is not, a step that there is not, nothing at all. */
const BREAKS: readonly ((text: string) => string)[] = [
  (text) => text.slice(0, Math.floor(text.length / 2)),
  (text) => text.replace('attempts', 'attemps'),
  (text) => text.replace('failed: bye', 'failed: by'),
  () => '',
];

/** Somebody who saves the flow again and again, now and then with a mistake, each time in another way. */
export class Editor {
  /** Version, shortened -> the code that it says. */
  readonly good = new Map<string, string>();
  private saves = 0;
  private readonly file: string;

  constructor(private readonly site: Site) {
    this.file = path.join(site.dataDir, 'flows', 'changing.yaml');
  }

  /** A version that nobody has seen yet. Every third one is broken, and not used. */
  save(): void {
    const code = String(1000 + (this.saves += 1));
    const text = flowSaying(code);
    if (this.saves % 3 === 0) {
      this.write(BREAKS[(this.saves / 3) % BREAKS.length]?.(text) ?? '');
      return;
    }
    this.good.set(shortVersion(versionOf(text)), code);
    this.write(text);
  }

  /** A good version that calls begin with. Resolves with it, once they do. */
  async saved(code: string): Promise<{ readonly version: string; readonly at: number }> {
    const text = flowSaying(code);
    const version = shortVersion(versionOf(text));
    this.good.set(version, code);
    const since = this.site.log.lines.length;
    const at = Date.now();
    this.write(text);
    await this.site.log.waitFor(
      `that ${version} is in use`,
      (line) => line.event === 'flow-in-use' && line.version === version,
      { since },
    );
    return { version, at };
  }

  /** In place, or by rename, with the leavings of an editor beside it. */
  write(text: string): void {
    if (this.saves % 2 === 0) {
      writeFileSync(this.file, text);
      return;
    }
    const folder = path.dirname(this.file);
    writeFileSync(path.join(folder, '4913'), '');
    writeFileSync(path.join(folder, '.changing.yaml.swp'), 'b0VIM');
    writeFileSync(path.join(folder, 'changing.yaml~'), 'flow: of an editor');
    writeFileSync(path.join(folder, '.changing.yaml.new'), text);
    renameSync(path.join(folder, '.changing.yaml.new'), this.file);
  }

  get leavings(): readonly string[] {
    return readdirSync(path.dirname(this.file)).filter((name) => name.includes('changing') || name === '4913');
  }
}

/** What a call went through: the version that it began with, and everything that was said in it. */
export interface Served {
  readonly version: string;
  readonly words: readonly string[];
  readonly collected: number;
  readonly end: string;
  readonly failures: readonly LogLine[];
}

/** Every call of the number, from the log. */
export function servedCalls(lines: readonly LogLine[]): readonly Served[] {
  const calls = lines.filter(({ event, did }) => event === 'call-started' && did === DID);
  return calls.map(({ call, version }) => {
    const story = lines.filter((line) => line.call === call);
    const of = (event: string): readonly LogLine[] => story.filter((line) => line.event === event);
    return {
      version: String(version),
      words: [...new Set(of('said').map(({ words }) => String(words)))],
      collected: of('field-closed').filter(({ outcome }) => outcome === 'collected').length,
      end: of('call-ended')
        .map(({ reason }) => String(reason))
        .join(),
      failures: [...of('failed'), ...of('call-failed')],
    };
  });
}

/** Has SIPp place calls that key every field, while the flow is saved every second. Resolves when all are over. */
export async function callsDuringEdits(
  site: Site,
  load: { readonly calls: number; readonly rate: number },
  edit: () => void,
): Promise<{ readonly result: Awaited<ReturnType<typeof placeCalls>>; readonly served: readonly Served[] }> {
  const since = site.log.lines.length;
  const edits = setInterval(edit, EDIT_EVERY_MS);
  const server = `127.0.0.1:${site.asterisk?.sipPort ?? 0}`;
  const result = await placeCalls(PROJECT, path.join(site.dataDir, 'sipp'), { did: DID, server, ...load });
  clearInterval(edits);
  for (let call = 0; call < load.calls; call++) countRealCall();
  const served = await eventually(
    'the calls over',
    () => Promise.resolve(servedCalls(site.log.lines.slice(since))),
    (all) => all.every(({ end }) => end !== ''),
  );
  return { result, served };
}

/** Each call was served whole, by one version, which was a good one; and one version always says the same. */
export function expectOneVersionEach(calls: readonly Served[], { good }: Editor): void {
  const said = new Map<string, Set<string>>();
  for (const { version, words } of calls) said.set(version, new Set([...(said.get(version) ?? []), ...words]));
  expect(calls.filter(({ failures, end }) => failures.length > 0 || end !== 'engine')).toEqual([]);
  expect(calls.filter(({ version }) => !good.has(version))).toEqual([]);
  expect([...said].filter(([, words]) => words.size !== 1)).toEqual([]);
  expect(new Set([...said.values()].map(([words]) => words)).size).toBe(said.size);
}
