import type { KeyRule, Keys, PlainShape, Shape } from './rule-shapes';
import type { StepKind } from './vocabulary';
import { isPlain } from './rule-shapes';
import {
  CONDITION_KEYS,
  CONTEXT_KEYS,
  DID_PATTERN,
  FLOW_KEYS,
  LANGUAGE_PATTERN,
  PROMPT_KEYS,
  SAY_KEYS,
  STEP_KINDS,
  stepRule,
  TRANSFER_HEADERS,
  X_HEADER,
} from './vocabulary';

type Schema = Readonly<Record<string, unknown>>;

const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` });
const NAME = { type: 'string', pattern: '^[a-z][a-z0-9]*([-_][a-z0-9]+)*$' };
const STEP_NAME = '^[a-z][a-z0-9]*(-[a-z0-9]+)*$';
const LANGUAGE_CODE = { type: 'string', pattern: LANGUAGE_PATTERN };
const HEADER = { type: 'string', pattern: `^(${[X_HEADER, ...TRANSFER_HEADERS.map(anyCase)].join('|')})$` };
const TEXT = { type: ['string', 'number', 'boolean'] };

/** A thing to be said has one value, if need be with its language; an amount is one with its currency. */
function sayItems(): readonly Schema[] {
  const values = Object.keys(SAY_KEYS).filter((key) => key !== 'currency' && key !== 'language');
  return values.map((value) => {
    const needed = value === 'amount' ? ['amount', 'currency'] : [value];
    const keys = Object.entries<KeyRule>(SAY_KEYS).filter(([key]) => key === 'language' || needed.includes(key));
    return objectOf(
      Object.fromEntries(keys.map(([key, rule]) => [key, key === 'language' ? rule : { ...rule, required: true }])),
    );
  });
}

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
      'say-item': { anyOf: [NAME, ...sayItems()] },
      prompts: oneOrMany({ anyOf: [NAME, objectOf(PROMPT_KEYS)] }, 0),
      templates: { type: 'object', additionalProperties: TEXT },
      duration: { type: 'string', pattern: '^[0-9]{1,6}(\\.[0-9]{1,3})?(ms|s|m|h)$' },
      key: { type: ['string', 'integer'], pattern: '^[0-9*#]$', minimum: 0, maximum: 9 },
    },
  };
}

/** A pattern of a word in small or capital letters: schemas have no flag for it. */
function anyCase(word: string): string {
  return word.replaceAll(/[a-z]/gi, (letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`);
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
  const exits: Keys =
    ways.length === 0 ? {} : { on: { shape: { is: 'ways', words: ways }, required: true, about: 'Outcome to step' } };
  const next: Keys =
    kind === 'say' || kind === 'set' ? { next: { shape: { is: 'step' }, about: 'The next step' } } : {};
  const base = objectOf({ [kind]: { ...rule.value, required: true }, ...rule.keys, ...exits, ...next });
  const properties = base.properties as Record<string, Schema>;
  if (ways.length === 0) return { ...base, ...MORE[kind] };
  const wired = outcomes.filter(([, { way }]) => way === 'required').map(([outcome]) => outcome);
  const on = { ...properties.on, required: wired, ...(rule.open === true ? { additionalProperties: NAME } : {}) };
  return { ...base, ...MORE[kind], properties: { ...properties, on } };
}

/** What holds between the keys of a step. */
const MORE: Readonly<Partial<Record<StepKind, Schema>>> = {
  say: { oneOf: [{ required: ['next'] }, { required: ['end'] }] },
  set: { required: ['set', 'next'] },
};

function objectOf(keys: Keys): Schema {
  const required = Object.keys(keys).filter((key) => keys[key]?.required === true);
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(Object.entries(keys).map(([key, rule]) => [key, keySchema(rule)])),
  };
}

function keySchema(rule: KeyRule): Schema {
  const about = rule.default === undefined ? rule.about : `${rule.about} (${rule.default})`;
  const schema = shapeSchema(rule.shape);
  // Beside a $ref draft 7 ignores everything else.
  return '$ref' in schema ? { description: about, allOf: [schema] } : { description: about, ...schema };
}

function shapeSchema(shape: Shape): Schema {
  return isPlain(shape) ? PLAIN_SHAPES[shape.is] : wordedSchema(shape);
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
      return shape.words.length === 0 ? oneOrMany(NAME, 0) : oneOrMany({ enum: shape.words });
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
      return oneOrMany(
        { ...objectOf(CONTEXT_KEYS), oneOf: [{ required: ['headers'] }, { required: ['connector'] }] },
        0,
      );
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
  header: HEADER,
  names: { type: 'object', additionalProperties: NAME },
  headers: { type: 'object', additionalProperties: HEADER, minProperties: 1 },
  choices: { type: 'object', additionalProperties: false, patternProperties: { '^[0-9*#]$': NAME }, minProperties: 1 },
  steps: {
    type: 'object',
    additionalProperties: false,
    patternProperties: { [STEP_NAME]: ref('step') },
    minProperties: 1,
  },
  dids: {
    anyOf: [
      ...oneOrMany({ type: ['string', 'integer'], pattern: DID_PATTERN, minimum: 0 }).anyOf,
      { type: 'object', additionalProperties: false, patternProperties: { [DID_PATTERN]: LANGUAGE_CODE } },
    ],
  },
  language: LANGUAGE_CODE,
  languages: oneOrMany(LANGUAGE_CODE),
} as const satisfies Record<PlainShape, Schema>;

/** A list, or its only item by itself. */
function oneOrMany(item: Schema, minItems = 1): { readonly anyOf: readonly Schema[] } {
  return { anyOf: [item, { type: 'array', items: item, ...(minItems === 0 ? {} : { minItems }) }] };
}
