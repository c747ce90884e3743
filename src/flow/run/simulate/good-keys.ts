import { BRANDS, securityCodeLength } from '../../../card/brands';
import { passesLuhn } from '../../../card/luhn';
import { FIELDS } from '../../../dtmf/fields';
import type { CollectStep, OtpStep } from '../../ast';

/** What a caller could key into a field: something right, and something wrong. Each ends with the key that ends the field. */
export interface FieldKeys {
  readonly right: string;
  readonly wrong: string;
}

/**
 * @param brand of the card keyed before
 * @param now ms since the epoch
 */
export function keysFor(step: CollectStep | OtpStep, brand: string | null, now: number): FieldKeys {
  const end = step.timing.terminator ?? '';
  const { right, wrong } = digitsFor(step, brand, now);
  return { right: right + end, wrong: wrong + end };
}

function digitsFor(step: CollectStep | OtpStep, brand: string | null, now: number): FieldKeys {
  if (step.kind === 'otp') return counted(step.min, step.max);
  switch (step.field) {
    case 'card-number':
      return { right: cardNumber(step.accept), wrong: '1'.repeat(12) };
    case 'expiration-date':
      return { right: `12${String(new Date(now).getUTCFullYear() + 2).slice(2)}`, wrong: '1300' };
    case 'security-code': {
      const length = securityCodeLength(brand) ?? 3;
      return { right: '1'.repeat(length), wrong: '1'.repeat(length - 1) };
    }
    case 'date':
      return { right: `${new Date(now).getUTCFullYear()}0115`, wrong: '11111111' };
    default: {
      const { min = 1, max = 32 } = FIELDS[step.field] ?? {};
      return counted(step.min ?? Math.min(min, step.max ?? min), step.max ?? Math.max(max, step.min ?? max));
    }
  }
}

/** Too few where that can be, else too many. */
function counted(min: number, max: number): FieldKeys {
  return { right: '1'.repeat(min), wrong: '1'.repeat(min > 1 ? min - 1 : max + 1) };
}

/** A number of an accepted brand that no issuer gave out: zeros, and the right check digit. */
function cardNumber(accept: readonly string[]): string {
  const brand = BRANDS.find(({ id }) => accept.length === 0 || accept.includes(id)) ?? BRANDS[0];
  const [range] = brand?.ranges ?? [];
  const start = String(range?.low ?? 4).padEnd((brand?.lengths[0] ?? 16) - 1, '0');
  const digits = Array.from({ length: 10 }, (_, check) => `${start}${check}`);
  return digits.find((each) => passesLuhn(Buffer.from(each), each.length)) ?? `${start}0`;
}
