/**
 * What a collecting step says when its flow does not: by field for asking, by field and error for asking again. The ids are those of
 * `sounds/<language>/catalog.yaml`. An error's prompt is followed by the step's own asking words.
 */
import type { FieldError } from '../ports/key-sink';
import type { Place, PromptChoice, SayItem, Template } from './ast';
import type { FieldName } from './vocabulary';
import { OTP_RESENT } from './vocabulary';

interface Words {
  /** Asking; by brand where the words differ. */
  readonly ask: readonly { readonly brand: string | null; readonly say: readonly string[] }[];
  readonly errors: Partial<Record<FieldError, string>>;
}

const SHARED: Partial<Record<FieldError, string>> = {
  timeout: 'nothing-heard',
  'too-long': 'too-long',
  'too-short': 'too-short',
  'too-fast': 'too-fast',
  'invalid-value': 'value-not-valid',
  'invalid-card-number': 'card-number-not-valid',
  'invalid-card-type': 'card-type-not-accepted',
  'invalid-date': 'date-not-valid',
  'invalid-security-code': 'security-code-not-valid',
  'invalid-postal-code': 'postal-code-not-valid',
  'input-matching-failed': 'entries-did-not-match',
  'card-declined': 'card-was-declined',
};

function words(ask: readonly string[], errors: Words['errors'] = {}): Words {
  return { ask: [{ brand: null, say: ask }], errors };
}

const FIELD_WORDS: Readonly<Record<FieldName, Words>> = {
  'card-number': words(['enter-card-number', 'end-with-hash']),
  'expiration-date': words(['enter-expiration-date'], { 'invalid-date': 'expiration-date-not-valid' }),
  'security-code': {
    ask: [
      { brand: 'amex', say: ['enter-security-code-4'] },
      { brand: null, say: ['enter-security-code'] },
    ],
    errors: {},
  },
  otp: words(['enter-otp']),
  'postal-code': words(['enter-postal-code']),
  'payment-key': words(['enter-payment-key']),
  'link-id': words(['enter-link-id', 'end-with-hash']),
  amount: words(['enter-amount', 'end-with-hash']),
  'phone-number': words(['enter-phone-number', 'end-with-hash']),
  date: words(['enter-date']),
  'account-number': words(['enter-account-number', 'end-with-hash']),
  'bank-account-number': words(['enter-bank-account-number', 'end-with-hash']),
  'bank-routing-number': words(['enter-bank-routing-number', 'end-with-hash']),
  digits: words(['enter-digits', 'end-with-hash']),
};

const CHOICE_ERRORS: Words['errors'] = {
  timeout: 'nothing-heard',
  'too-fast': 'too-fast',
  'invalid-value': 'choice-not-valid',
};

/** The prompts of a `collect` step: the flow's own, then the defaults that they leave open. */
export function collectPrompts(field: FieldName, own: readonly PromptChoice[], place: Place): readonly PromptChoice[] {
  const { ask, errors } = FIELD_WORDS[field];
  const asks = ask.map(({ brand, say }) => choice({ brand, say: say.map((id) => prompt(id, place)) }, place));
  return withDefaults(own, asks, { ...SHARED, ...errors }, place);
}

/** The prompts of an `otp` step; `resendKey` is the key that sends a new one, or null. */
export function otpPrompts(
  own: readonly PromptChoice[],
  resendKey: string | null,
  place: Place,
): readonly PromptChoice[] {
  const say: SayItem[] = [prompt('enter-otp', place)];
  if (resendKey !== null) say.push(prompt('otp-resend-hint', place, resendKey));
  const prompts = withDefaults(own, [choice({ say }, place)], SHARED, place);
  const resent = choice({ error: OTP_RESENT, say: [prompt('otp-resent', place)] }, place);
  return resendKey === null || covers(own, OTP_RESENT, null) ? prompts : [...prompts, resent];
}

/** The prompts of a `menu` or `confirm` step, whose own words stand behind the step's name. */
export function choicePrompts(
  own: readonly PromptChoice[],
  say: readonly SayItem[],
  place: Place,
): readonly PromptChoice[] {
  return withDefaults(own, [choice({ say }, place)], CHOICE_ERRORS, place);
}

/**
 * Puts defaults behind the flow's own choices. A default goes when the flow has said the same case for every brand: the flow's
 * plain asking prompt also replaces asking by brand.
 */
function withDefaults(
  own: readonly PromptChoice[],
  asks: readonly PromptChoice[],
  errors: Words['errors'],
  place: Place,
): readonly PromptChoice[] {
  const openAsks = asks.filter((ask) => !covers(own, null, ask.brand));
  const allAsks = [...own.filter((each) => each.error === null && each.attempt === null), ...openAsks];
  const again = Object.entries(errors).flatMap(([error, id]) =>
    allAsks
      .filter((ask) => !covers(own, error, ask.brand))
      .map((ask) => choice({ error, brand: ask.brand, say: [prompt(id, place), ...ask.say] }, place)),
  );
  return [...own, ...openAsks, ...again];
}

/** True when the flow itself says what to say for this error and brand, at whatever attempt. */
function covers(own: readonly PromptChoice[], error: string | null, brand: string | null): boolean {
  return own.some(
    (each) => each.attempt === null && each.error === error && (each.brand === null || each.brand === brand),
  );
}

function choice(
  parts: { readonly error?: string; readonly brand?: string | null; readonly say: readonly SayItem[] },
  place: Place,
): PromptChoice {
  return { attempt: null, error: parts.error ?? null, brand: parts.brand ?? null, say: parts.say, place };
}

function prompt(id: string, place: Place, digits?: string): SayItem {
  if (digits === undefined) return { kind: 'prompt', id, place };
  const template: Template = { text: digits, dynamic: false, place };
  return { kind: 'prompt', id, values: { digits: template }, place };
}
