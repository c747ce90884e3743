import type { CollectStep, ConfirmStep, Exit, MenuStep, Place, Timing } from '../ast';
import { choicePrompts, collectPrompts } from '../default-prompts';
import { readbackWords } from '../default-words';
import type { FieldName } from '../vocabulary';
import { DEFAULTS, FIELDS, stepRule } from '../vocabulary';
import type { Fields } from './fields';
import { parseExits } from './parse-exits';
import { parsePrompts } from './parse-prompts';
import { parseSay } from './parse-say';
import { checkKey, placeOf, readName } from './scalars';
import type { Entry } from './source';

export function parseCollect(fields: Fields, entry: Entry): CollectStep {
  const named = fields.word('collect') as FieldName | null;
  const field = named ?? 'digits';
  const sensitive = (fields.boolean('sensitive') ?? false) || FIELDS[field];
  const matching = fields.boolean('matching') ?? false;
  if (named !== null) checkCollect(fields, field, sensitive);
  return {
    kind: 'collect',
    ...common(fields, entry),
    exits: parseExits(fields, stepRule('collect')),
    field,
    sensitive,
    accept: fields.words('accept'),
    timing: timing(fields),
    ...lengths(fields),
    bargein: fields.boolean('bargein') ?? true,
    save: sensitive ? null : fields.name('save'),
    matching,
    readback: fields.word('readback') === null ? null : readbackWords(field),
    prompts: collectPrompts(field, parsePrompts(fields), entry.place, matching),
  };
}

/** Their lengths follow from the card. */
const OF_FIXED_FORM: readonly FieldName[] = ['card-number', 'expiration-date', 'security-code'];

function checkCollect(fields: Fields, field: FieldName, sensitive: boolean): void {
  const { source } = fields;
  if (FIELDS[field] && fields.has('sensitive')) {
    source.report('sensitive', fields.at('sensitive'), `\`${field}\` is always sensitive; leave \`sensitive\` out`);
  }
  if (sensitive && fields.has('save')) {
    const message = `\`${field}\` of ${fields.what} is sensitive and cannot be saved; leave \`save\` out`;
    source.report('sensitive', fields.at('save'), message);
  }
  if (sensitive && field !== 'card-number' && fields.has('readback')) {
    const message = `\`${field}\` of ${fields.what} is sensitive, and of sensitive fields only the last four of a card number may be said; leave \`readback\` out`;
    source.report('sensitive', fields.at('readback'), message);
  }
  for (const key of ['min', 'max']) {
    if (!fields.has(key) || !OF_FIXED_FORM.includes(field)) continue;
    source.report('unknown-key', fields.at(key), `\`${field}\` has a length of its own; leave \`${key}\` out`);
  }
  if (field !== 'card-number' && fields.has('accept')) {
    source.report('unknown-key', fields.at('accept'), '`accept` belongs to `collect: card-number` only');
  }
}

export function parseMenu(fields: Fields, entry: Entry): MenuStep {
  const say = parseSay(fields.source, fields.node('menu'), fields.at('menu'), fields.title('menu'));
  const ways = parseChoices(fields);
  return {
    kind: 'menu',
    ...common(fields, entry),
    exits: [...ways, ...parseExits(fields, stepRule('menu'))],
    say,
    choices: Object.fromEntries(ways.map((way) => [way.outcome, way.to])),
    timing: oneKeyTiming(fields),
    prompts: choicePrompts(parsePrompts(fields), say, entry.place),
  };
}

function parseChoices(fields: Fields): readonly Exit[] {
  const what = fields.title('choices');
  return fields.entries('choices').flatMap((each) => {
    const key = checkKey(fields.source, each.key, each.place, `a choice in ${what}`);
    const to = readName(fields.source, each.value, each.place, `choice "${each.key}" in ${what}`);
    if (key === null || to === null) return [];
    return [{ outcome: key, to, place: placeOf(fields.source, each.value, each.place) }];
  });
}

export function parseConfirm(fields: Fields, entry: Entry): ConfirmStep {
  const say = parseSay(fields.source, fields.node('confirm'), fields.at('confirm'), fields.title('confirm'));
  return {
    kind: 'confirm',
    ...common(fields, entry),
    exits: parseExits(fields, stepRule('confirm')),
    say,
    timing: oneKeyTiming(fields),
    prompts: choicePrompts(parsePrompts(fields), say, entry.place),
  };
}

/** Name, place and attempts. */
export function common(fields: Fields, entry: Entry): { name: string; place: Place; attempts: number } {
  return { name: entry.key, place: entry.place, attempts: fields.count('attempts') ?? DEFAULTS.attempts };
}

export function lengths(fields: Fields): { min: number | null; max: number | null } {
  const min = fields.count('min');
  const max = fields.count('max');
  if (min !== null && max !== null && min > max) {
    fields.source.report('out-of-range', fields.at('min'), `${fields.what} has \`min\` ${min} above \`max\` ${max}`);
  }
  return { min, max };
}

/** Of a field whose step sets no timers of its own. */
export const USUAL_TIMING: Timing = {
  firstKeyMs: DEFAULTS.timeoutMs,
  interdigitMs: DEFAULTS.interdigitMs,
  termMs: DEFAULTS.termMs,
  terminator: DEFAULTS.terminator,
  clearKey: DEFAULTS.clearKey,
};

export function timing(fields: Fields): Timing {
  return {
    firstKeyMs: fields.duration('timeout') ?? DEFAULTS.timeoutMs,
    interdigitMs: fields.duration('interdigit-timeout') ?? DEFAULTS.interdigitMs,
    termMs: fields.duration('term-timeout') ?? DEFAULTS.termMs,
    terminator: fields.keyOrNone('terminator', DEFAULTS.terminator),
    clearKey: fields.keyOrNone('clear-key', DEFAULTS.clearKey),
  };
}

/** One key decides: nothing to end, nothing to clear. */
function oneKeyTiming(fields: Fields): Timing {
  const firstKeyMs = fields.duration('timeout') ?? DEFAULTS.timeoutMs;
  return { firstKeyMs, interdigitMs: DEFAULTS.interdigitMs, termMs: 0, terminator: null, clearKey: null };
}
