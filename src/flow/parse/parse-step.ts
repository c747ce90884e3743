import { isMap } from 'yaml';
import type { Step } from '../ast';
import { quoted, suggestion } from '../nearest';
import type { StepKind } from '../vocabulary';
import { STEP_KINDS, stepRule } from '../vocabulary';
import { Fields } from './fields';
import { parseCollect, parseConfirm, parseMenu } from './parse-keypad-steps';
import { parseAssist, parseLink, parseSendLink } from './parse-session-steps';
import { parseOtp } from './parse-otp';
import { parseConnect, parsePay, parseSms } from './parse-outside-steps';
import { parseEnd, parseReturn, parseRoute, parseSayStep, parseSet } from './parse-plain-steps';
import type { Entry, Source } from './source';
import { colonHint, spaceHint } from './scalars';
import { kindOf } from './source';

/**
 * A step under its name, or null when it cannot even be told what kind of step it is. `others`: those read before.
 */
export function parseStep(source: Source, entry: Entry, others: ReadonlyMap<string, Step>): Step | null {
  const what = `step \`${entry.key}\``;
  if (!isMap(entry.value)) {
    const message = `${what} must be a mapping such as { say: goodbye, end: true }, not ${kindOf(entry.value)}${colonHint(entry.value)}`;
    source.report('wrong-type', entry.place, message);
    return null;
  }
  const keys = source.entries(entry.value).map((each) => each.key);
  const kind = kindOfStep(source, entry, keys);
  if (kind === null) return null;
  const rule = stepRule(kind);
  const rules = { ...rule.keys, [kind]: rule.value, ...WAYS };
  const inside = { key: 'on', keys: Object.keys(rule.outcomes).filter((each) => !Object.hasOwn(rules, each)) };
  const fields = new Fields(source, entry.value, what, rules, inside);
  return PARSERS[kind](fields, entry, others);
}

/** True for an `otp` step with `generate: false`. */
export function asksAgain(entry: Entry): boolean {
  return isMap(entry.value) && entry.value.get('generate') === false;
}

const WAYS = {
  on: { shape: { is: 'ways', words: [] }, about: 'Outcome to step' },
  next: { shape: { is: 'name' }, about: 'The next step' },
} as const;

const PARSERS: Readonly<Record<StepKind, (fields: Fields, entry: Entry, others: ReadonlyMap<string, Step>) => Step>> = {
  say: parseSayStep,
  collect: parseCollect,
  menu: parseMenu,
  confirm: parseConfirm,
  connect: parseConnect,
  route: parseRoute,
  otp: parseOtp,
  pay: parsePay,
  sms: parseSms,
  'send-link': parseSendLink,
  link: parseLink,
  assist: parseAssist,
  return: parseReturn,
  set: parseSet,
  end: parseEnd,
};

function kindOfStep(source: Source, entry: Entry, keys: readonly string[]): StepKind | null {
  const what = `step \`${entry.key}\``;
  const present = STEP_KINDS.filter((kind) => keys.includes(kind));
  const main = present.filter((kind) => present.every((other) => other === kind || other in stepRule(kind).keys));
  if (main.length === 1) return main[0] ?? null;
  if (present.length > 1) {
    source.report(
      'unknown-step-kind',
      entry.place,
      `${what} does several things (${quoted(present)}); give each its own step`,
    );
    return null;
  }
  const wrong = keys.find((key) => suggestion(key, STEP_KINDS).startsWith('did')) ?? keys[0] ?? '';
  const message = `${what} does not say what it does; ${hint(wrong)}`;
  source.report('unknown-step-kind', entry.place, message);
  return null;
}

function hint(wrong: string): string {
  const space = spaceHint(wrong);
  if (space !== '') return space;
  const near = suggestion(wrong, STEP_KINDS);
  return near.startsWith('did') ? `instead of \`${wrong}\`, ${near}` : `it needs one of ${quoted(STEP_KINDS)}`;
}
