import { isCalendarDay } from '../dtmf/calendar-day';
import { progressByLength } from '../dtmf/lengths';
import type { OpenSlot } from '../ports/card-vault';
import type { FieldError, KeySink } from '../ports/key-sink';
import { cardProgress, judgeCard, MAX_CARD_LENGTH, securityCodeLength } from './brands';
import { isGoodExpiry } from './expiry';
import { SLOT_SIZE } from './slot';

type FieldVerdict =
  { readonly ok: true; readonly brand: string | null } | { readonly ok: false; readonly error: FieldError };

/** The rules of one sensitive field, over the bytes of its slot. */
export interface FieldRules {
  readonly max: number;
  progress(digits: Uint8Array, length: number): ReturnType<KeySink['progress']>;
  judge(digits: Uint8Array, length: number): FieldVerdict;
}

const GOOD: FieldVerdict = { ok: true, brand: null };

/**
 * @param now ms since the epoch, for the expiry.
 * @throws RangeError when the lengths asked for fit no slot.
 */
export function rulesOf(slot: OpenSlot, now: () => number): FieldRules {
  switch (slot.field) {
    case 'card-number':
      return cardNumber(slot.accept ?? []);
    case 'expiration-date':
      return fixedForm(4, 4, 'invalid-date', (digits, length) => isGoodExpiry(digits, length, now()));
    case 'security-code': {
      const length = securityCodeLength(slot.brand ?? null);
      return fixedForm(length ?? 3, length ?? 4, 'invalid-security-code', () => true);
    }
    case 'otp':
    case 'bank-account-number':
    case 'bank-routing-number':
    case 'sensitive-digits':
      return anyDigits(slot);
  }
}

function cardNumber(accept: readonly string[]): FieldRules {
  return {
    max: MAX_CARD_LENGTH,
    progress: cardProgress,
    judge: (digits, length) => judgeCard(digits, length, accept),
  };
}

/** A field whose form everybody knows: it completes at its longest, and anything wrong with it has one name. */
function fixedForm(
  min: number,
  max: number,
  error: FieldError,
  isGood: (digits: Uint8Array, length: number) => boolean,
): FieldRules {
  return {
    max,
    progress: (_digits, length) => (length < min ? 'more' : length < max ? 'may-end' : 'complete'),
    judge: (digits, length) => (length >= min && isGood(digits, length) ? GOOD : { ok: false, error }),
  };
}

function anyDigits({ min = 1, max = SLOT_SIZE, tooShort = 'too-short', form }: OpenSlot): FieldRules {
  if (!(min >= 1 && min <= max && max <= SLOT_SIZE)) {
    throw new RangeError(`a sensitive field has 1 to ${SLOT_SIZE} keys, not ${min} to ${max}`);
  }
  return {
    max,
    progress: (_digits, length) => progressByLength(length, min, max),
    judge: (digits, length) => {
      if (length < min) return { ok: false, error: tooShort };
      return form === 'date' && !isCalendarDay(digits, length) ? { ok: false, error: 'invalid-date' } : GOOD;
    },
  };
}
