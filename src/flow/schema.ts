import type { KeyRule, Keys, PlainShape, Shape, StepKind } from './vocabulary';
import {
  CONDITION_KEYS,
  CONTEXT_KEYS,
  FLOW_KEYS,
  LANGUAGE_PATTERN,
  PROMPT_KEYS,
  SAY_KEYS,
  STEP_KINDS,
  stepRule,
} from './vocabulary';

type Schema = Readonly<Record<string, unknown>>;

const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` });
const NAME = { type: 'string', pattern: '^[a-z][a-z0-9]*([-_][a-z0-9]+)*$' };
const STEP_NAME = '^[a-z][a-z0-9]*(-[a-z0-9]+)*$';
const LANGUAGE_CODE = { type: 'string', pattern: LANGUAGE_PATTERN };
const TEXT = { type: ['string', 'number', 'boolean'] };

/** The JSON Schema of flow files (draft 7, which editors know), made from the vocabulary. */
export function flowSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Hushtone flow',
    ...objectOf(FLOW_KEYS),
    definitions: {
      step: { oneOf: STEP_KINDS.map((kind) => ref(`step-${kind}`)) },
      ...Object.fromEntries(STEP_KINDS.map((kind) => [`step-${kind}`, stepSchema(kind)])),
      say: oneOrMany(ref('say-item')),
      'say-item': { anyOf: [NAME, objectOf(SAY_KEYS)] },
      prompts: oneOrMany({ anyOf: [NAME, objectOf(PROMPT_KEYS)] }),
      templates: { type: 'object', additionalProperties: TEXT },
      duration: { type: 'string', pattern: '^[0-9]{1,6}(\\.[0-9]{1,3})?(ms|s|m|h)$' },
      key: { type: ['string', 'integer'], pattern: '^[0-9*#]$', minimum: 0, maximum: 9 },
    },
  };
}

/** The schema as `flows/flow.schema.json` has it. */
export function flowSchemaText(): string {
  return `${JSON.stringify(flowSchema(), null, 2)}\n`;
}

function stepSchema(kind: StepKind): Schema {
  const rule = stepRule(kind);
  const outcomes = Object.entries(rule.outcomes);
  const ways =
    outcomes.length === 0 ? [] : outcomes.filter(([, { way }]) => way !== 'ends').map(([outcome]) => outcome);
  const exits: Keys = ways.length === 0 ? {} : { on: { shape: { is: 'ways', words: ways }, about: 'Outcome to step' } };
  const next: Keys =
    kind === 'say' || kind === 'set' ? { next: { shape: { is: 'step' }, about: 'The next step' } } : {};
  const base = objectOf({ [kind]: { ...rule.value, required: true }, ...rule.keys, ...exits, ...next });
  if (rule.open !== true) return base;
  const properties = base.properties as Record<string, Schema>;
  const on = { ...properties.on, additionalProperties: NAME };
  return { ...base, properties: { ...properties, on } };
}

function objectOf(keys: Keys): Schema {
  const required = Object.keys(keys).filter((key) => keys[key]?.required === true);
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(Object.entries(keys).map(([key, rule]) => [key, keySchema(rule)])),
  };
}

function keySchema({ shape, about }: KeyRule): Schema {
  const schema = shapeSchema(shape);
  // Beside a $ref draft 7 ignores everything else.
  return '$ref' in schema ? { description: about, allOf: [schema] } : { description: about, ...schema };
}

function shapeSchema(shape: Shape): Schema {
  return isPlain(shape) ? PLAIN_SHAPES[shape.is] : wordedSchema(shape);
}

function isPlain(shape: Shape): shape is { readonly is: PlainShape } {
  return shape.is in PLAIN_SHAPES;
}

function wordedSchema(shape: Exclude<Shape, { readonly is: PlainShape }>): Schema {
  switch (shape.is) {
    case 'count':
      return { type: 'integer', minimum: shape.min, maximum: shape.max };
    case 'duration':
      return ref('duration');
    case 'word':
      return { enum: shape.words };
    case 'words':
      return oneOrMany(shape.words.length === 0 ? NAME : { enum: shape.words });
    case 'ways':
      return {
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(shape.words.map((word) => [word, NAME])),
      };
    case 'keys':
      return objectOf(shape.keys);
    case 'conditions':
      return oneOrMany(objectOf(CONDITION_KEYS));
    case 'context':
      return oneOrMany(objectOf(CONTEXT_KEYS));
  }
}

const PLAIN_SHAPES = {
  name: NAME,
  step: NAME,
  template: TEXT,
  templates: ref('templates'),
  say: ref('say'),
  prompts: ref('prompts'),
  key: ref('key'),
  'key-or-none': { anyOf: [ref('key'), { const: 'none' }] },
  boolean: { type: 'boolean' },
  true: { const: true },
  header: { type: 'string' },
  names: { type: 'object', additionalProperties: NAME },
  headers: { type: 'object', additionalProperties: { type: 'string' } },
  choices: { type: 'object', additionalProperties: false, patternProperties: { '^[0-9*#]$': NAME } },
  steps: { type: 'object', additionalProperties: false, patternProperties: { [STEP_NAME]: ref('step') } },
  dids: {
    anyOf: [
      ...oneOrMany({ type: ['string', 'integer'] }).anyOf,
      { type: 'object', additionalProperties: LANGUAGE_CODE },
    ],
  },
  language: LANGUAGE_CODE,
  languages: oneOrMany(LANGUAGE_CODE),
} as const satisfies Record<PlainShape, Schema>;

/** A list, or its only item by itself. */
function oneOrMany(item: Schema): { readonly anyOf: readonly Schema[] } {
  return { anyOf: [item, { type: 'array', items: item, minItems: 1 }] };
}
