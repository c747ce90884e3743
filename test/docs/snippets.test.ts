import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, parseDocument } from 'yaml';
import { parseTrunks } from '../../src/asterisk/sip-trunks';
import { parseTargets } from '../../src/flow/targets';
import { parseDemoArguments } from '../../src/lab/demo';

const PROJECT = path.resolve(__dirname, '..', '..');
const read = (file: string): string => readFileSync(path.join(PROJECT, file), 'utf8');

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'asterisk-config/README.md',
  ...readdirSync(path.join(PROJECT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

interface Snippet {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

const SNIPPETS: readonly Snippet[] = PAGES.flatMap((page) =>
  [...read(page).matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((match) => ({
    page,
    language: match[1] ?? '',
    text: match[2] ?? '',
  })),
);
const inLanguage = (language: string): [string, string][] =>
  SNIPPETS.filter((snippet) => snippet.language === language).map(({ page, text }) => [page, text]);

/** As GitHub makes them: lower case, spaces to hyphens, the rest dropped. */
function anchorsOf(page: string): readonly string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^a-z0-9 _-]/g, '')
      .replaceAll(' ', '-'),
  );
}

function linkProblem(page: string, target: string): string | null {
  const [file = '', anchor = ''] = target.split('#');
  const found = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
  if (!existsSync(path.join(PROJECT, found))) return `${page} links to ${target}, which is not there`;
  if (anchor !== '' && !anchorsOf(found).includes(anchor)) return `${found} has no heading #${anchor}`;
  return null;
}

describe('links and names', () => {
  it.each(PAGES)('%s links only to what is there', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
    const relative = links.filter((link) => !/^[a-z]+:/.test(link));
    expect(relative.map((link) => linkProblem(page, link)).filter((problem) => problem !== null)).toEqual([]);
  });

  it.each(PAGES)('%s names only files that are there', (page) => {
    const names = [...read(page).matchAll(/`((?:src|test|docs|flows|sounds|asterisk-config|bin)\/[\w./-]+)`/g)];
    const missing = names.map((match) => match[1] ?? '').filter((name) => !existsSync(path.join(PROJECT, name)));
    expect(missing).toEqual([]);
  });

  it('is told of a page or heading that is not there', () => {
    expect(linkProblem('README.md', 'docs/nowhere.md')).toContain('is not there');
    expect(linkProblem('docs/flows.md', '#no-such-heading')).toContain('has no heading');
    expect(linkProblem('docs/flows.md', '../README.md#a-flow')).toBeNull();
  });
});

describe('snippets', () => {
  it.each(inLanguage('yaml'))('of YAML in %s parse', (_page, text) => {
    const document = parseDocument(text);
    expect([...document.errors, ...document.warnings].map(String)).toEqual([]);
  });

  it.each(inLanguage('json'))('of JSON in %s parse, whole or line by line', (_page, text) => {
    const lines = text.startsWith('{\n') ? [text] : text.trim().split('\n');
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  it('of a flow in the README are steps of the shipped flow, word for word', () => {
    const { steps } = parse(read('flows/transferred-call.yaml')) as { steps: Record<string, unknown> };
    const shown = inLanguage('yaml').filter(([page]) => page === 'README.md');
    expect(shown.length).toBeGreaterThan(0);
    for (const [, text] of shown) expect(steps).toMatchObject(parse(text) as object);
  });

  it('of trunks are trunks that the engine would take', () => {
    const [, text = ''] = inLanguage('yaml').find(([page]) => page === 'docs/operators/asterisk.md') ?? [];
    expect(parseTrunks(text, 'asterisk.md').trunks.map(({ id }) => id)).toEqual(['carrier']);
  });

  it('of return targets are targets that a flow could name', () => {
    const [, text = ''] = inLanguage('yaml').find(([, each]) => each.includes('\ntargets:\n')) ?? [];
    expect(parseTargets('flows.md', text).mistakes).toEqual([]);
  });
});

describe('commands', () => {
  const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);
  const usage = /const USAGE = `(.*?)`;/s.exec(read('src/cli/main.ts'))?.[1] ?? '';
  const commands = [...usage.matchAll(/^ {2}([a-z-]+(?: [a-z]+)?)(?= |$)/gm)].map((match) => match[1] ?? '');

  it.each(PAGES)('of npm in %s are in package.json', (page) => {
    const named = [...read(page).matchAll(/\bnpm (?:run )?([a-z][a-z:]*)/g)].map((match) => match[1] ?? '');
    const ofNpm = ['ci', 'install', 'package', 'packages', 'pack'];
    expect(named.filter((name) => !scripts.includes(name) && !ofNpm.includes(name))).toEqual([]);
  });

  it.each(PAGES)('of hushtone in %s are in its usage', (page) => {
    const named = [...read(page).matchAll(/(?:npx |`)hushtone ([a-z-]+(?: [a-z]+)?)/g)].map((match) => match[1] ?? '');
    // The bootstrap's own, which must work before anything is built.
    const known = [...commands, 'provision asterisk'];
    expect(named.filter((name) => !known.includes(name) && !known.includes(name.split(' ')[0] ?? ''))).toEqual([]);
  });

  it('that run the demo have options that it knows', () => {
    const options = [...read('README.md').matchAll(/npm run demo -- (.*?)`/g)].map((match) => match[1] ?? '');
    expect(options.length).toBeGreaterThan(0);
    for (const each of options) expect(parseDemoArguments(each.split(' '))).not.toHaveProperty('error');
  });

  it('are found in the usage', () => {
    expect(commands).toEqual(expect.arrayContaining(['start', 'demo', 'test', 'flow check', 'prompts build']));
  });
});
