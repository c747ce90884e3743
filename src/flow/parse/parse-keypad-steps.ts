import type { CollectStep, ConfirmStep, Exit, MenuStep, OtpStep, Place, Step, Timing } from '../ast';
import { choicePrompts, collectPrompts, otpPrompts } from '../default-prompts';
import type { FieldName } from '../vocabulary';
import { DEFAULTS, FIELDS, stepRule } from '../vocabulary';
import type { Fields } from './fields';
import { parseOtpSms } from './parse-outside-steps';
import { parseExits } from './parse-exits';
import { parsePrompts } from './parse-prompts';
import { parseSay } from './parse-say';
import { checkKey, placeOf, readName } from './scalars';
import type { Entry } from './source';

export function parseCollect(fields: Fields, entry: Entry): CollectStep {
  const named = fields.word('collect') as FieldName | null;
  const field = named ?? 'digits';
  const sensitive = (fields.boolean('sensitive') ?? false) || FIELDS[field];
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
    prompts: collectPrompts(field, parsePrompts(fields), entry.place),
  };
}

function checkCollect(fields: Fields, field: FieldName, sensitive: boolean): void {
  const { source } = fields;
  if (FIELDS[field] && fields.has('sensitive')) {
    source.report('sensitive', fields.at('sensitive'), `\`${field}\` is always sensitive; leave \`sensitive\` out`);
  }
  if (sensitive && fields.has('save')) {
    const message = `\`${field}\` of ${fields.what} is sensitive and cannot be saved; leave \`save\` out`;
    source.report('sensitive', fields.at('save'), message);
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

/** An `otp` step that sends nothing new takes over, where it is silent, what the step says that sends it. */
export function parseOtp(fields: Fields, entry: Entry, others: ReadonlyMap<string, Step>): OtpStep {
  const connector = fields.name('otp') ?? '';
  const generate = fields.boolean('generate') ?? true;
  const sender = generate ? null : senderOf(connector, others);
  const resendKey = fields.key('resend-key') ?? sender?.resendKey ?? null;
  const resends = fields.count('resends') ?? sender?.resends ?? (resendKey === null ? 0 : DEFAULTS.resends);
  if (resendKey === null && fields.has('resends')) {
    fields.source.report('missing-key', fields.at('resends'), `${fields.what} has \`resends\` but no \`resend-key\``);
  }
  const given = lengths(fields);
  const min = given.min ?? sender?.min ?? DEFAULTS.otpMin;
  const max = given.max ?? sender?.max ?? Math.max(min, DEFAULTS.otpMax);
  const asking = { resendKey: resends === 0 ? null : resendKey, fixed: min === max };
  return {
    kind: 'otp',
    ...common(fields, entry),
    exits: parseExits(fields, stepRule('otp')),
    connector,
    generate,
    sms: parseOtpSms(fields) ?? sender?.sms ?? null,
    resendKey,
    resends,
    timing: timing(fields),
    min,
    max,
    prompts: otpPrompts(parsePrompts(fields), asking, entry.place),
  };
}

function senderOf(connector: string, others: ReadonlyMap<string, Step>): OtpStep | null {
  for (const step of others.values())
    if (step.kind === 'otp' && step.generate && step.connector === connector) return step;
  return null;
}

function common(fields: Fields, entry: Entry): { name: string; place: Place; attempts: number } {
  return { name: entry.key, place: entry.place, attempts: fields.count('attempts') ?? DEFAULTS.attempts };
}

function lengths(fields: Fields): { min: number | null; max: number | null } {
  const min = fields.count('min');
  const max = fields.count('max');
  if (min !== null && max !== null && min > max) {
    fields.source.report('out-of-range', fields.at('min'), `${fields.what} has \`min\` ${min} above \`max\` ${max}`);
  }
  return { min, max };
}

function timing(fields: Fields): Timing {
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
