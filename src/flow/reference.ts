import { BUILT_IN_VALUES } from './check/names';
import { errorWords, questionWords } from './default-words';
import { durationText } from './duration';
import { FUNCTIONS } from './expression/subset';
import { quoted } from './nearest';
import { ERROR_WORDS, EVENT_WORDS, FIELD_WORDS, OUTCOMES } from './reference-words';
import { RULE_NAMES, RULES } from './rules';
import type { Keys, PlainShape, Shape } from './rule-shapes';
import type { FieldName, StepKind } from './vocabulary';
import { isPlain } from './rule-shapes';
import {
  BRANDS,
  CONDITION_KEYS,
  CONTEXT_KEYS,
  FIELD_ERRORS,
  FIELDS,
  FLOW_EVENTS,
  FLOW_KEYS,
  NOT_YET,
  OTP_RESENT,
  PROMPT_KEYS,
  SAY_KEYS,
  SECOND_ENTRY,
  STEP_KINDS,
  stepRule,
  TRANSFER_HEADERS,
} from './vocabulary';

/** The reference of the flow language as `docs/ops/flow-reference.md` has it, made from what the parser and the checker go by. */
export function flowReference(): string {
  const parts = [
    HEAD,
    '## The file',
    keyTable(FLOW_KEYS),
    'Events under `on` of the file:',
    table(
      ['Event', 'Happens when'],
      FLOW_EVENTS.map((event) => [code(event), EVENT_WORDS[event]]),
    ),
    'One source of `context`, with either `headers` or `connector`:',
    keyTable(CONTEXT_KEYS),
    `Headers that can be read: ${code('X-...')}, ${quoted(TRANSFER_HEADERS)}.`,
    '## Steps',
    STEPS_HEAD,
    ...STEP_KINDS.flatMap(stepParts),
    '## What is said',
    'A prompt id, one of these values, or a list of both:',
    keyTable(SAY_KEYS),
    'One entry of `prompts`, where it is more than a prompt id:',
    keyTable(PROMPT_KEYS),
    '## Fields',
    'Always sensitive are those marked so: `pay` and `otp` alone use them. Any other is while its step says `sensitive: true`.',
    fieldTable(),
    `Card brands: ${quoted(BRANDS)}.`,
    '## Errors',
    'What was wrong with what was keyed, and the prompt that says so where the flow says nothing else:',
    errorTable(),
    '## Expressions',
    `Functions: ${quoted(FUNCTIONS.map((name) => `$${name}`))}.`,
    `Names of the engine: ${[...BUILT_IN_VALUES].map(([name, members]) => quoted(members.map((member) => `${name}.${member}`))).join(', ')}.`,
    '## Rules of `flow check`',
    'The schema that editors use finds these too: all breaches, some, or none.',
    table(
      ['Rule', 'Found', 'Schema'],
      RULE_NAMES.map((rule) => [code(rule), RULES[rule].about, RULES[rule].inSchema]),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

const HEAD = `# Flow reference

Every word of the flow language, made from the table that \`flow check\` goes by: \`npx hushtone flow reference > docs/ops/flow-reference.md\`.
What a flow is, and how its parts work together, is in [flows](../flows.md).`;

const STEPS_HEAD = `A step has the key that names it, those below, and its ways out: \`next: <step>\` where it has one, else \`on: { outcome: step }\`.
An outcome with an arrow goes where the one behind it goes, unless it has a way of its own; every other one must have a way.`;

function stepParts(kind: StepKind): readonly string[] {
  const { value, keys, outcomes, open } = stepRule(kind);
  const nested = value.shape.is === 'keys' ? value.shape.keys : null;
  const first = nested === null ? { [kind]: { ...value, required: true as const } } : {};
  const rows = { ...first, ...keys };
  const words: Readonly<Record<string, string>> = OUTCOMES[kind];
  const ways = Object.entries(outcomes).map(([outcome, { way }]) => [
    typeof way === 'string' ? code(outcome) : `${code(outcome)} → ${code(way.like)}`,
    words[outcome] ?? '',
  ]);
  const not = NOT_YET[kind];
  return [
    `### ${kind}`,
    `${value.about}.${not === undefined ? '' : ` In this version it does nothing: its ${code(not)} way is taken at once.`}`,
    ...(nested === null ? [] : [`Keys under ${code(kind)}:`, keyTable(nested)]),
    ...(Object.keys(rows).length === 0 ? [] : [...(nested === null ? [] : ['Keys beside it:']), keyTable(rows)]),
    ...(kind === 'route' ? ['One condition of `when`:', keyTable(CONDITION_KEYS)] : []),
    ...inner(keys),
    ...(ways.length === 0 ? [] : [table(['Outcome', 'Means'], ways)]),
    ...(open === true ? ['And the outcomes that the connector itself names: each must have a way.'] : []),
  ];
}

/** Keys of keys, such as `sms` of `otp`. */
function inner(keys: Keys): readonly string[] {
  return Object.entries(keys).flatMap(([key, { shape }]) =>
    shape.is === 'keys' ? [`Keys under ${code(key)}:`, keyTable(shape.keys)] : [],
  );
}

function keyTable(keys: Keys): string {
  const rows = Object.entries(keys).map(([key, rule]) => [
    code(key),
    shapeWords(rule.shape),
    rule.required === true ? 'must be there' : rule.default === undefined ? '' : code(rule.default),
    rule.about,
  ]);
  return table(['Key', 'Value', 'Default', 'Does'], rows);
}

function fieldTable(): string {
  const rows = (Object.keys(FIELDS) as FieldName[]).map((field) => [
    code(field),
    FIELDS[field] ? 'always' : '',
    FIELD_WORDS[field],
    quoted(questionWords(field)),
  ]);
  return table(['Field', 'Sensitive', 'Is', 'Asked by'], rows);
}

function errorTable(): string {
  const rows = FIELD_ERRORS.map((error) => [code(error), ERROR_WORDS[error], code(errorWords('digits', error))]);
  return table(
    ['Error', 'Means', 'Said'],
    [
      ...rows,
      [code(OTP_RESENT), 'no error: in an `otp` step, after the caller asked for a new one', code('otp-resent')],
      [code(SECOND_ENTRY), 'no error: with `matching`, asks for the second entry', code('enter-again')],
    ],
  );
}

const SHAPES: Readonly<Record<PlainShape, string>> = {
  boolean: '`true` or `false`',
  choices: 'key to step',
  dids: 'numbers, or number to language',
  header: 'a SIP header',
  headers: 'name to SIP header',
  key: 'a key: `"0"` to `"9"`, `"*"`, `"#"`',
  'key-or-none': 'a key, or `none`',
  language: 'a language code',
  languages: 'language codes',
  name: 'a name',
  names: 'name to name',
  prompts: '[prompts](#what-is-said)',
  say: '[what is said](#what-is-said)',
  step: 'a step',
  steps: 'name to [step](#steps)',
  template: 'a text with `{{ }}`',
  templates: 'name to text with `{{ }}`',
  true: '`true`',
};

function shapeWords(shape: Shape): string {
  return isPlain(shape) ? SHAPES[shape.is] : wordedShape(shape);
}

function wordedShape(shape: Exclude<Shape, { readonly is: PlainShape }>): string {
  switch (shape.is) {
    case 'conditions':
      return 'conditions, from top to bottom';
    case 'context':
      return 'sources';
    case 'duration':
      return `${durationText(shape.min)} to ${durationText(shape.max)}`;
    case 'count':
      return `${shape.min} to ${shape.max}`;
    case 'word':
    case 'words':
      return wordList(shape.words, shape.is === 'words');
    case 'ways':
      return 'event to step';
    case 'keys':
      return 'keys, see below';
  }
}

/** Long lists have a section of their own. */
function wordList(words: readonly string[], several: boolean): string {
  if (words.length === 0) return 'names';
  if (words.length <= 3) return words.map(code).join(', ');
  const [kind, section] = words.includes('visa')
    ? ['card brand', 'fields']
    : words.includes('timeout')
      ? ['error', 'errors']
      : ['field', 'fields'];
  return `[${kind}${several ? 's' : ''}](#${section})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = head.map((_title, column) => rows.some((row) => row[column] !== ''));
  const line = (cells: readonly string[]): string => `| ${cells.filter((_cell, column) => used[column]).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(word: string): string {
  return `\`${word}\``;
}
