import type { OtpStep, Step } from '../ast';
import { otpPrompts } from '../default-prompts';
import { DEFAULTS, stepRule } from '../vocabulary';
import type { Fields } from './fields';
import { parseExits } from './parse-exits';
import { common, lengths, timing } from './parse-keypad-steps';
import { parseOtpSms } from './parse-outside-steps';
import { parsePrompts } from './parse-prompts';
import { parseOptionalSay } from './parse-say';
import type { Entry } from './source';

/** An `otp` step that sends nothing new takes over, where it is silent, what the step says that sends it. */
export function parseOtp(fields: Fields, entry: Entry, others: ReadonlyMap<string, Step>): OtpStep {
  const connector = fields.name('otp') ?? '';
  const generate = fields.boolean('generate') ?? true;
  const sender = generate ? null : senderOf(connector, others);
  const { resendKey, resends } = resending(fields, sender);
  const { min, max } = otpLengths(fields, sender);
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
    while: fields.has('while') ? parseOptionalSay(fields, 'while') : (sender?.while ?? []),
    prompts: otpPrompts(parsePrompts(fields), asking, entry.place),
  };
}

function senderOf(connector: string, others: ReadonlyMap<string, Step>): OtpStep | null {
  for (const step of others.values())
    if (step.kind === 'otp' && step.generate && step.connector === connector) return step;
  return null;
}

function resending(fields: Fields, sender: OtpStep | null): Pick<OtpStep, 'resendKey' | 'resends'> {
  const key = fields.key('resend-key');
  if (key === '*' || key === '#') {
    const message = `${fields.title('resend-key')} must be a digit: \`${key}\` ends or clears what is keyed`;
    fields.source.report('bad-key', fields.valueAt('resend-key'), message);
  }
  const resendKey = key ?? sender?.resendKey ?? null;
  const resends = fields.count('resends') ?? sender?.resends ?? (resendKey === null ? 0 : DEFAULTS.resends);
  if (resendKey === null && fields.has('resends')) {
    fields.source.report('missing-key', fields.at('resends'), `${fields.what} has \`resends\` but no \`resend-key\``);
  }
  return { resendKey, resends };
}

function otpLengths(fields: Fields, sender: OtpStep | null): Pick<OtpStep, 'min' | 'max'> {
  const given = lengths(fields);
  const min = given.min ?? sender?.min ?? DEFAULTS.otpMin;
  return { min, max: given.max ?? sender?.max ?? Math.max(min, DEFAULTS.otpMax) };
}
