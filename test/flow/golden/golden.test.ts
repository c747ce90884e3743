import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Flow, PromptChoice, SayItem, Template } from '../../../src/flow/ast';
import { formatMistake } from '../../../src/flow/check/check-flow';
import { loadFlows } from '../../../src/flow/load-flows';
import { testWorld } from '../support/flow-world';

/**
 * Every file of `good/` with the tree it becomes, every file of `bad/` with the messages it gets. After a wanted change run
 * `UPDATE_GOLDEN=1 npx jest test/flow/golden` and read the difference.
 */
const UPDATE = process.env.UPDATE_GOLDEN === '1';

function filesOf(folder: string): readonly string[] {
  return readdirSync(path.join(__dirname, folder)).filter((name) => name.endsWith('.yaml'));
}

function load(folder: string, name: string): ReturnType<typeof loadFlows> {
  const text = readFileSync(path.join(__dirname, folder, name), 'utf8');
  return loadFlows([{ path: name, text }], testWorld());
}

function expectGolden(file: string, text: string): void {
  if (UPDATE || !existsSync(file)) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

describe('good flows', () => {
  test.each(filesOf('good'))('%s', (name) => {
    const { flows, mistakes } = load('good', name);
    expect(mistakes.map(formatMistake)).toEqual([]);
    const [flow] = flows.values();
    if (flow === undefined) throw new Error('there is no flow');
    expect([...flows.keys()]).toEqual(flow.dids);
    expectGolden(path.join(__dirname, 'good', name.replace('.yaml', '.json')), outline(flow));
  });
});

describe('bad flows', () => {
  test.each(filesOf('bad'))('%s', (name) => {
    const { flows, mistakes } = load('bad', name);
    expect(flows.size).toBe(0);
    expect(mistakes.length).toBeGreaterThan(0);
    const messages = mistakes.map((mistake) => `${formatMistake(mistake)}\n`).join('');
    expectGolden(path.join(__dirname, 'bad', name.replace('.yaml', '.txt')), messages);
  });
});

/** The tree without places; templates, prompts and what is said in short. */
function outline(flow: Flow): string {
  const shown = { ...flow, steps: Object.fromEntries(flow.steps), file: undefined, version: undefined };
  return `${JSON.stringify(shown, shorten, 1)}\n`;
}

function shorten(this: unknown, key: string, value: unknown): unknown {
  if (key === 'place') return undefined;
  if (key === 'exits') {
    const exits = value as Flow['steps'] extends ReadonlyMap<string, infer S>
      ? (S & { exits: unknown })['exits']
      : never;
    return Object.fromEntries(exits.map(({ outcome, to }) => [outcome, to]));
  }
  if (key === 'prompts') return Object.fromEntries((value as readonly PromptChoice[]).map(promptLine));
  if (key === 'say' || key === 'while') return sayLine(value as readonly SayItem[]);
  return isTemplate(value) ? value.text : value;
}

function promptLine({ attempt, error, brand, language, say }: PromptChoice): [string, string] {
  const spoken = language === null ? [] : [language];
  return [[attempt ?? '', error ?? '', brand ?? '', ...spoken].join('|'), sayLine(say)];
}

function sayLine(items: readonly SayItem[]): string {
  const words = items.map((item) => {
    const spoken = item.language === undefined ? '' : `${item.language}:`;
    if (item.kind === 'amount') return `${spoken}(${item.amount.text} ${item.currency.text})`;
    return item.kind === 'prompt' ? `${spoken}${item.id}` : `${spoken}(${item.kind} ${item.value.text})`;
  });
  return words.join(' ');
}

function isTemplate(value: unknown): value is Template {
  return typeof value === 'object' && value !== null && 'dynamic' in value;
}
