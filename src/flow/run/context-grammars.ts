import type { Value } from '../../ports/connectors';
import { currencyDigits, toMajorUnits, toMinorUnits } from '../money';

/** E.164 as trunks and merchants write it, with or without the plus. */
export const PHONE = /^\+?[0-9]{6,15}$/;
/** Id of a return target (`flows/targets.yaml`). */
export const TARGET = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/;

const ORDER_ID = /^[A-Za-z0-9._-]{1,64}$/;
const CURRENCY = /^[A-Z]{3}$/;
/** An amount whose currency nobody said: ISO 4217 has at most 4 digits. */
const AMOUNT = /^[0-9]{1,12}(?:\.[0-9]{1,4})?$/;
/** A value of a name that has no grammar of its own: printable ASCII, one line. */
const PLAIN = /^[\x20-\x7e]{1,128}$/;

type Values = Readonly<Record<string, Value>>;

export interface Checked {
  readonly values: Values;
  /** Names whose value is malformed: they count as missing. What they held is not said, as it may be anything. */
  readonly malformed: readonly string[];
}

/**
 * Checks what a call's headers, or a merchant's answer, say about an order. An amount is given in its currency's full
 * decimals, so that it reads and sounds the same wherever it came from.
 */
export function checkContext(raw: Values): Checked {
  const values: Record<string, Value> = {};
  const malformed: string[] = [];
  for (const [name, value] of Object.entries(raw)) {
    if (value === null || value === '') continue;
    const checked = checkOne(name, value, raw);
    if (checked === null) malformed.push(name);
    else values[name] = checked;
  }
  return { values, malformed };
}

/**
 * The same for what a connector's answer brings in the middle of a call, where other names may hold anything. `known`: what
 * the call knows already, of which the currency counts.
 */
export function checkOrder(raw: Values, known: Values): Checked {
  const named = Object.fromEntries(Object.entries(raw).filter(([name]) => name in GRAMMARS));
  const { currency = known.currency ?? null } = raw;
  const { values, malformed } = checkContext({ ...named, currency });
  const own = Object.fromEntries(Object.entries(values).filter(([name]) => name in raw));
  return { values: { ...raw, ...own }, malformed };
}

function checkOne(name: string, value: Value, all: Values): Value | null {
  if (typeof value === 'object' || typeof value === 'boolean') return name in GRAMMARS ? null : value;
  const text = String(value);
  if (name === 'amount') return amountOf(text, all.currency ?? null);
  if (name === 'currency') return CURRENCY.test(text) && currencyDigits(text) !== null ? text : null;
  return (GRAMMARS[name] ?? PLAIN).test(text) ? text : null;
}

const GRAMMARS: Readonly<Record<string, RegExp>> = {
  amount: AMOUNT,
  currency: CURRENCY,
  order_id: ORDER_ID,
  phone: PHONE,
  return_to: TARGET,
};

function amountOf(text: string, currency: Value): string | null {
  if (!AMOUNT.test(text)) return null;
  if (typeof currency !== 'string') return text;
  try {
    return toMajorUnits(toMinorUnits(text, currency), currency);
  } catch {
    return null;
  }
}
