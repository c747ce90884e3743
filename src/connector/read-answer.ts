import { isLosslessNumber, parse } from 'lossless-json';
import type { CardVault } from '../ports/card-vault';
import type { Value } from '../ports/connectors';
import { SEALED_FIELDS } from './ast';
import type { AnswerPath, Capture, Operation, OutcomeRule, Scalar } from './ast';
import { findFields } from './find-fields';
import type { FieldSpan } from './find-fields';
import { unpooled } from './unpooled';

/** What an answer means. `error`: no rule of the file matches it, or it is no JSON. */
export interface ReadAnswer {
  readonly outcome: string;
  readonly values: Readonly<Record<string, Value>>;
  readonly sealed: Readonly<Record<string, string>>;
  readonly reason: string;
}

const TEXT_LIMIT = 2000;
const DEPTH_LIMIT = 8;

/**
 * Reads an answer. Sensitive fields go from `raw` into the vault and are blanked in it, and so is the card number if the
 * other side repeats it, before anything is parsed. The caller wipes `raw`.
 */
export function readAnswer(
  operation: Operation,
  status: number,
  raw: Buffer,
  vault: CardVault,
  owner: string,
  cardRef: string | undefined,
): ReadAnswer {
  if (cardRef !== undefined) blankEchoes(raw, cardRef, vault);
  const lifted = liftSensitive(operation, raw, vault, owner);
  const answer = lifted === null ? undefined : parseJson(raw);
  const read = answer === undefined ? garbage(status) : judge(operation, status, answer, lifted ?? {});
  if (read.outcome === 'error') for (const ref of Object.values(lifted ?? {})) vault.wipe(ref);
  return read.outcome === 'error' ? { ...read, sealed: {} } : read;
}

function garbage(status: number): ReadAnswer {
  return {
    outcome: 'error',
    values: {},
    sealed: {},
    reason: `the answer (status ${status}) is no JSON that can be relied on`,
  };
}

/** Some gateways repeat the card number in an error; it must not reach a string. */
function blankEchoes(raw: Buffer, cardRef: string, vault: CardVault): void {
  if (vault.lengthOf(cardRef) === null) return;
  vault.lend(cardRef, (digits) => {
    for (let at = raw.indexOf(digits); at !== -1; at = raw.indexOf(digits, at)) raw.fill(0x30, at, at + digits.length);
  });
}

/** Vault references by name, or null when the bytes are no JSON. */
function liftSensitive(
  operation: Operation,
  raw: Buffer,
  vault: CardVault,
  owner: string,
): Record<string, string> | null {
  if (raw.length === 0) return {};
  const spans = findFields(raw, operation.sensitive);
  if (spans === null) return null;
  const refs: Record<string, string> = {};
  for (const { name } of operation.sensitive) {
    const span = spans.find((candidate) => candidate.name === name);
    if (span === undefined) continue;
    if (isDigits(raw, span)) {
      const copy = unpooled(span.end - span.start);
      raw.copy(copy, 0, span.start, span.end);
      const field = vault.put(owner, SEALED_FIELDS[name], copy);
      if (field.ref !== null) refs[name] = field.ref;
    }
    blank(raw, span);
  }
  return refs;
}

function isDigits(raw: Buffer, span: FieldSpan): boolean {
  const length = span.end - span.start;
  return (
    span.kind !== 'other' &&
    length > 0 &&
    length <= 19 &&
    raw.subarray(span.start, span.end).every((byte) => byte >= 0x30 && byte <= 0x39)
  );
}

/** Leaves valid JSON of the same length behind. */
function blank(raw: Buffer, span: FieldSpan): void {
  raw.fill(0x20, span.start, span.end);
  if (span.kind === 'number') raw.write('0', span.start, 'latin1');
  if (span.kind === 'other') raw.write(span.end - span.start >= 2 ? '""' : '0', span.start, 'latin1');
}

/** Undefined for anything but one JSON document. An empty body is an empty object. */
function parseJson(raw: Buffer): unknown {
  if (raw.length === 0) return {};
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(raw);
    return parse(text);
  } catch {
    return undefined;
  }
}

function judge(
  operation: Operation,
  status: number,
  answer: unknown,
  sealed: Readonly<Record<string, string>>,
): ReadAnswer {
  const values: Record<string, Value> = {};
  for (const capture of operation.captures) {
    const value = captured(answer, capture);
    if (value !== undefined) values[capture.name] = value;
  }
  const has = (name: string): boolean => Object.hasOwn(values, name) || Object.hasOwn(sealed, name);
  const rule = operation.outcomes.find(
    (candidate) => matches(candidate, status, answer) && candidate.requires.every(has),
  );
  if (rule !== undefined) return { outcome: rule.outcome, values, sealed, reason: '' };
  return {
    outcome: 'error',
    values: {},
    sealed,
    reason: `no outcome of ${operation.name} matches the answer (status ${status})`,
  };
}

function matches(rule: OutcomeRule, status: number, answer: unknown): boolean {
  const text = String(status);
  const statusHolds =
    rule.status.length === 0 || rule.status.some((wanted) => wanted === text || wanted === `${text.charAt(0)}xx`);
  return (
    statusHolds && rule.where.every(({ field, is }) => is.some((wanted) => equals(valueAt(answer, field), wanted)))
  );
}

function equals(value: unknown, wanted: Scalar): boolean {
  return isLosslessNumber(value) ? value.value === wanted : value === wanted;
}

function valueAt(answer: unknown, path: AnswerPath): unknown {
  let found = answer;
  for (const step of path) {
    if (found === null || typeof found !== 'object' || isLosslessNumber(found) || !Object.hasOwn(found, step))
      return undefined;
    found = (found as Readonly<Record<string, unknown>>)[step];
  }
  return found;
}

/** Undefined when the answer has no such field, or one of another type. */
function captured(answer: unknown, { from, type }: Capture): Value | undefined {
  const found = valueAt(answer, from);
  const value = found === undefined ? undefined : plain(found, DEPTH_LIMIT);
  if (value === undefined || value === null) return undefined;
  const text = isLosslessNumber(found) ? found.value : value;
  switch (type) {
    case 'any':
      return value;
    case 'text':
      return typeof text === 'string' ? text : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'decimal':
      return typeof text === 'string' && /^-?[0-9]{1,15}(\.[0-9]{1,6})?$/.test(text) ? text : undefined;
    case 'integer':
      return typeof text === 'string' && /^-?[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
  }
}

/** Numbers that are whole and safe stay numbers, others become the text they were written as: no float ever holds money. */
function plain(found: unknown, depth: number): Value | undefined {
  if (found === null || typeof found === 'boolean') return found;
  if (typeof found === 'string') return found.length <= TEXT_LIMIT ? found : undefined;
  if (isLosslessNumber(found)) return /^-?(0|[1-9][0-9]{0,14})$/.test(found.value) ? Number(found.value) : found.value;
  if (typeof found !== 'object' || depth === 0) return undefined;
  if (Array.isArray(found)) return found.map((item) => plain(item, depth - 1) ?? null);
  return Object.fromEntries(Object.entries(found).map(([name, item]) => [name, plain(item, depth - 1) ?? null]));
}
