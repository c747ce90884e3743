import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { Flow, PromptChoice, SayItem, Template } from '../../../src/flow/ast';
import { formatMistake } from '../../../src/flow/check/check-flow';
import { loadFlows } from '../../../src/flow/load-flows';
import { FUNCTIONS } from '../../../src/flow/expression/subset';
import { RULE_NAMES } from '../../../src/flow/rules';
import type { StepKind } from '../../../src/flow/vocabulary';
import {
  BRANDS,
  CONDITION_KEYS,
  CONTEXT_KEYS,
  FIELD_ERRORS,
  FIELDS,
  FLOW_EVENTS,
  FLOW_KEYS,
  OTP_RESENT,
  PROMPT_KEYS,
  RELEASES,
  SAY_KEYS,
  SECOND_ENTRY,
  STEP_KINDS,
  stepRule,
  TRANSACTIONS,
} from '../../../src/flow/vocabulary';
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

test('every rule that a flow can break has a bad flow that breaks it', () => {
  const broken = filesOf('bad').flatMap((name) => load('bad', name).mistakes.map(({ rule }) => rule));
  expect(RULE_NAMES.filter((rule) => !broken.includes(rule))).toEqual([]);
  expect(broken.filter((rule) => !(RULE_NAMES as readonly string[]).includes(rule))).toEqual([]);
});

test('a file that is far too long is one mistake', () => {
  const line = '# every night somebody appended this file to itself\n';
  const { mistakes } = loadFlows([{ path: 'x.yaml', text: line.repeat(40_000) }], testWorld());
  expect(mistakes.map(formatMistake)).toEqual([
    'x.yaml:1:1: unreadable: the file has 2080000 characters; such a file has at most 1000000',
  ]);
});

/** Every outcome that takes another's way when it has none of its own. */
const DEFAULTED = Object.fromEntries(
  STEP_KINDS.flatMap((kind) =>
    Object.entries(stepRule(kind).outcomes)
      .filter(([, { way }]) => typeof way !== 'string')
      .map(([outcome]) => [`${outcome} of ${kind}`, [kind, outcome] as const]),
  ),
);

describe('the good flows show', () => {
  const written = filesOf('good').map(
    (name) => parse(readFileSync(path.join(__dirname, 'good', name), 'utf8')) as Part,
  );
  const steps = written.flatMap(({ steps: all }) => Object.values(all as Record<string, Part>));
  const used = (kind: StepKind): readonly Part[] => steps.filter((step) => kind in step && kindOf(step) === kind);

  test.each(STEP_KINDS)('every key and outcome of `%s`', (kind) => {
    const { value, keys, outcomes, open } = stepRule(kind);
    const found = used(kind);
    expect(found.length).toBeGreaterThan(0);
    expect(missing(keys, found)).toEqual([]);
    if (value.shape.is === 'keys') expect(missing(value.shape.keys, parts(found, kind))).toEqual([]);
    if (keys.sms?.shape.is === 'keys') expect(missing(keys.sms.shape.keys, parts(found, 'sms'))).toEqual([]);
    const wirable = Object.keys(outcomes).filter((outcome) => outcomes[outcome]?.way !== 'ends');
    const wired = parts(found, 'on').flatMap((on) => Object.keys(on));
    expect(wirable.filter((outcome) => !wired.includes(outcome))).toEqual([]);
    if (open === true) expect(wired.some((outcome) => !wirable.includes(outcome))).toBe(true);
  });

  test.each(Object.entries(DEFAULTED))('the default of %s', (_title, [kind, outcome]) => {
    expect(parts(used(kind), 'on').some((on) => !(outcome in on))).toBe(true);
  });

  test('every key and event of a flow, and every key of context, prompts, conditions and what is said', () => {
    expect(missing(FLOW_KEYS, written)).toEqual([]);
    expect(FLOW_EVENTS.filter((event) => !written.some(({ on }) => event in ((on ?? {}) as Part)))).toEqual([]);
    const inside = written.flatMap(mappingsIn);
    expect(missing({ ...CONTEXT_KEYS, ...PROMPT_KEYS, ...CONDITION_KEYS, ...SAY_KEYS }, inside)).toEqual([]);
  });

  test('every word: fields, errors, brands, transactions, functions', () => {
    const values = written.flatMap(mappingsIn).flatMap((part) => Object.values(part).flat());
    const words = [
      ...Object.keys(FIELDS),
      ...FIELD_ERRORS,
      OTP_RESENT,
      SECOND_ENTRY,
      ...BRANDS,
      ...TRANSACTIONS,
      ...RELEASES,
    ];
    expect(words.filter((word) => !values.includes(word))).toEqual([]);
    const text = JSON.stringify(written);
    expect(FUNCTIONS.filter((name) => !text.includes(`$${name}(`))).toEqual([]);
  });
});

type Part = Readonly<Record<string, unknown>>;

/** The step's own word: `otp` has a key `sms`, which is a step elsewhere. */
function kindOf(step: Part): StepKind | undefined {
  return STEP_KINDS.filter((kind) => kind in step).find((kind, _index, all) =>
    all.every((other) => other === kind || other in stepRule(kind).keys),
  );
}

function missing(keys: object, found: readonly Part[]): readonly string[] {
  return Object.keys(keys).filter((key) => !found.some((part) => key in part));
}

function parts(steps: readonly Part[], key: string): readonly Part[] {
  return steps.flatMap((step) => (key in step ? [step[key] as Part] : []));
}

function mappingsIn(value: unknown): readonly Part[] {
  if (Array.isArray(value)) return value.flatMap(mappingsIn);
  if (typeof value !== 'object' || value === null) return [];
  return [value as Part, ...Object.values(value).flatMap(mappingsIn)];
}

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
