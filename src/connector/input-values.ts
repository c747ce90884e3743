import type { Value } from '../ports/connectors';
import type { ValueInput } from './ast';

/** Why a request cannot be rendered, in words without card data. Nothing has been sent. */
export class RenderError extends Error {
  override readonly name = 'RenderError';
}

const TEXT_LIMIT = 2000;

/** A value by its own name, or by its path into nested values. */
export function lookUp(values: Readonly<Record<string, Value>>, name: string): Value {
  if (Object.hasOwn(values, name)) return values[name] ?? null;
  let found: Value = values;
  for (const step of name.split('.')) {
    if (found === null || typeof found !== 'object' || Array.isArray(found) || !Object.hasOwn(found, step)) return null;
    found = (found as Readonly<Record<string, Value>>)[step] ?? null;
  }
  return found;
}

/** Null stays null. @throws RenderError when it is no `type`. */
export function convert(value: Value, type: ValueInput['type'], name: string): string | number | boolean | null {
  if (value === null) return null;
  const converted = CONVERT[type](value);
  if (converted === null) throw new RenderError(`the input ${name} is no ${type}`);
  return converted;
}

const CONVERT: Readonly<Record<ValueInput['type'], (value: Value) => string | number | boolean | null>> = {
  text: (value) => {
    if (typeof value === 'string') return value.length <= TEXT_LIMIT ? value : null;
    return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : null;
  },
  integer: (value) => {
    const number = typeof value === 'string' && /^-?(0|[1-9][0-9]{0,14})$/.test(value) ? Number(value) : value;
    return Number.isSafeInteger(number) ? (number as number) : null;
  },
  decimal: (value) => {
    const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
    return typeof text === 'string' && /^(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?$/.test(text) ? text : null;
  },
  boolean: (value) => (typeof value === 'boolean' ? value : null),
};
