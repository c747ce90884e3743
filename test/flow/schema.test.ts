import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { flowSchema } from '../../src/flow/schema';

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

function accepts(file: string): boolean {
  return matches(SCHEMA, parse(readFileSync(file, 'utf8')));
}

const GOLDEN = path.join(__dirname, 'golden');
const good = readdirSync(path.join(GOLDEN, 'good')).filter((name) => name.endsWith('.yaml'));

describe('the schema that editors use', () => {
  test.each(good)('accepts golden/good/%s', (name) => {
    expect(accepts(path.join(GOLDEN, 'good', name))).toBe(true);
  });

  test('accepts the shipped flow', () => {
    expect(accepts('flows/transferred-call.yaml')).toBe(true);
  });

  test.each([
    'unknown-key',
    'unknown-field',
    'unknown-step-kind',
    'unknown-outcome',
    'values',
    'header',
    'shapes',
    'transactions',
    'nearly-empty',
  ])('refuses golden/bad/%s.yaml as the parser does', (name) => {
    expect(accepts(path.join(GOLDEN, 'bad', `${name}.yaml`))).toBe(false);
  });
});
