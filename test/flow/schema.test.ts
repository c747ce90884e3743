import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, parseDocument } from 'yaml';
import { loadFlows } from '../../src/flow/load-flows';
import type { Rule } from '../../src/flow/rules';
import { RULE_NAMES, RULES } from '../../src/flow/rules';
import { flowSchema } from '../../src/flow/schema';
import { testWorld } from './support/flow-world';

type Node = Readonly<Record<string, unknown>>;

const SCHEMA = flowSchema();

/** The part of JSON Schema that flow.schema.json uses; an unknown keyword fails, so that nothing is passed over. */
const KEYWORDS: Record<string, (rule: unknown, value: unknown, node: Node) => boolean> = {
  $schema: () => true,
  title: () => true,
  description: () => true,
  definitions: () => true,
  $ref: (rule, value) =>
    matches((SCHEMA.definitions as Node)[String(rule).slice('#/definitions/'.length)] as Node, value),
  allOf: (rule, value) => (rule as Node[]).every((each) => matches(each, value)),
  anyOf: (rule, value) => (rule as Node[]).some((each) => matches(each, value)),
  oneOf: (rule, value) => (rule as Node[]).filter((each) => matches(each, value)).length === 1,
  const: (rule, value) => value === rule,
  enum: (rule, value) => (rule as unknown[]).includes(value),
  type: (rule, value) => [rule].flat().some((type) => typeMatches(String(type), value)),
  pattern: (rule, value) => typeof value !== 'string' || new RegExp(String(rule)).test(value),
  minimum: (rule, value) => typeof value !== 'number' || value >= Number(rule),
  maximum: (rule, value) => typeof value !== 'number' || value <= Number(rule),
  minProperties: (rule, value) => !isObject(value) || Object.keys(value).length >= Number(rule),
  minItems: (rule, value) => !Array.isArray(value) || value.length >= Number(rule),
  items: (rule, value) => !Array.isArray(value) || value.every((item) => matches(rule as Node, item)),
  required: (rule, value) => !isObject(value) || (rule as string[]).every((key) => key in value),
  properties: (rule, value) =>
    !isObject(value) ||
    Object.entries(rule as Node).every(([key, node]) => !(key in value) || matches(node as Node, value[key])),
  patternProperties: (rule, value) =>
    !isObject(value) ||
    Object.entries(rule as Node).every(([pattern, node]) =>
      Object.entries(value).every(([key, item]) => !new RegExp(pattern).test(key) || matches(node as Node, item)),
    ),
  additionalProperties: (rule, value, node) => {
    if (!isObject(value)) return true;
    const patterns = Object.keys((node.patternProperties ?? {}) as Node).map((pattern) => new RegExp(pattern));
    const known = (node.properties ?? {}) as Node;
    const others = Object.entries(value).filter(([key]) => !(key in known) && !patterns.some((each) => each.test(key)));
    return rule === false ? others.length === 0 : others.every(([, item]) => matches(rule as Node, item));
  },
};

function matches(node: Node, value: unknown): boolean {
  return Object.entries(node).every(([keyword, rule]) => {
    const check = KEYWORDS[keyword];
    if (check === undefined) throw new Error(`the schema uses ${keyword}`);
    return check(rule, value, node);
  });
}

function typeMatches(type: string, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  return type === 'object' ? isObject(value) : typeof value === type;
}

function isObject(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const GOLDEN = path.join(__dirname, 'golden');
const filesOf = (folder: string): readonly string[] =>
  readdirSync(path.join(GOLDEN, folder)).filter((name) => name.endsWith('.yaml'));

function accepts(text: string): boolean {
  return matches(SCHEMA, parse(text));
}

/** The rules that a file breaks, and whether the schema takes it; null when it is no YAML, which an editor says before. */
function judged(name: string): { readonly rules: readonly Rule[]; readonly accepted: boolean } | null {
  const text = readFileSync(path.join(GOLDEN, 'bad', name), 'utf8');
  const { mistakes } = loadFlows([{ path: name, text }], testWorld());
  const rules = mistakes.map(({ rule }) => rule as Rule);
  const document = parseDocument(text, { logLevel: 'error' });
  if (document.errors.length > 0 || rules.includes('yaml') || rules.includes('unreadable')) return null;
  return { rules, accepted: matches(SCHEMA, document.toJS()) };
}

describe('the schema that editors use', () => {
  test.each(filesOf('good'))('accepts golden/good/%s', (name) => {
    expect(accepts(readFileSync(path.join(GOLDEN, 'good', name), 'utf8'))).toBe(true);
  });

  test.each(['transferred-call', 'payment-key'])('accepts the shipped flow %s', (name) => {
    expect(accepts(readFileSync(`flows/${name}.yaml`, 'utf8'))).toBe(true);
  });

  test.each(filesOf('bad'))('of golden/bad/%s: says what the table of rules says it can', (name) => {
    const found = judged(name);
    if (found === null) return;
    const can = found.rules.map((rule) => RULES[rule].inSchema);
    if (can.includes('all')) expect(found.accepted).toBe(false);
    else if (!can.includes('some')) expect(found.accepted).toBe(true);
  });

  test('refuses a file for each rule alone that it can say in part', () => {
    const files = filesOf('bad').flatMap((name) => judged(name) ?? []);
    const some = RULE_NAMES.filter((rule) => RULES[rule].inSchema === 'some');
    const said = some.filter((rule) =>
      files.some(
        ({ rules, accepted }) =>
          !accepted && rules.includes(rule) && rules.every((each) => each === rule || RULES[each].inSchema === 'none'),
      ),
    );
    expect(said).toEqual(some);
  });
});
