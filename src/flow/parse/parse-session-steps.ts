import type { AssistStep, LinkStep, PromptChoice, SendLinkStep } from '../ast';
import { collectPrompts } from '../default-prompts';
import { DEFAULTS, STEPS, stepRule } from '../vocabulary';
import type { Fields } from './fields';
import { parseExits } from './parse-exits';
import { USUAL_TIMING } from './parse-keypad-steps';
import { nested, nothing } from './parse-outside-steps';
import { parseOptionalSay, parseSay } from './parse-say';
import type { Entry } from './source';

export function parseSendLink(fields: Fields, entry: Entry): SendLinkStep {
  const link = nested(fields, 'send-link', STEPS['send-link'].value.shape.keys);
  return {
    kind: 'send-link',
    name: entry.key,
    place: entry.place,
    exits: parseExits(fields, stepRule('send-link')),
    to: link?.template('to') ?? nothing(entry),
    validMs: link?.duration('valid') ?? DEFAULTS.linkValidMs,
    connector: link?.name('connector') ?? null,
    while: parseOptionalSay(fields, 'while'),
  };
}

export function parseLink(fields: Fields, entry: Entry): LinkStep {
  const link = nested(fields, 'link', STEPS.link.value.shape.keys);
  const asks = link?.has('prompt') === true;
  if (link !== null) checkLink(link, asks);
  return {
    kind: 'link',
    name: entry.key,
    place: entry.place,
    exits: parseExits(fields, stepRule('link')),
    header: link?.header('header') ?? null,
    attempts: asks ? (link.count('attempts') ?? DEFAULTS.attempts) : 0,
    timing: USUAL_TIMING,
    prompts: asks ? collectPrompts('link-id', question(link), entry.place) : [],
  };
}

function checkLink(link: Fields, asks: boolean): void {
  if (!asks && !link.has('header')) {
    const message = `${link.what} needs \`header\`, which brings the link id, or \`prompt\`, which asks for it, or both`;
    link.source.report('missing-key', link.place, message);
  }
  if (!asks && link.has('attempts')) {
    link.source.report('missing-key', link.at('attempts'), `${link.what} has \`attempts\` but no \`prompt\``);
  }
}

function question(link: Fields): readonly PromptChoice[] {
  const say = parseSay(link.source, link.node('prompt'), link.at('prompt'), link.title('prompt'));
  return say.length === 0
    ? []
    : [{ attempt: null, error: null, brand: null, language: null, say, place: link.at('prompt') }];
}

export function parseAssist(fields: Fields, entry: Entry): AssistStep {
  const assist = nested(fields, 'assist', STEPS.assist.value.shape.keys);
  return {
    kind: 'assist',
    name: entry.key,
    place: entry.place,
    exits: parseExits(fields, stepRule('assist')),
    agent: assist?.template('agent') ?? nothing(entry),
    ringMs: assist?.duration('ring') ?? DEFAULTS.ringMs,
    say: assist === null ? [] : parseOptionalSay(assist, 'hold-music'),
  };
}
