import { isLosslessNumber, parse } from 'lossless-json';
import { isError } from '../errors';
import { compileExpression, type Expression } from '../flow/expression/expression';
import type { CardVault } from '../ports/card-vault';
import type { Value } from '../ports/connectors';
import { SEALED_FIELDS } from './ast';
import type { AnswerPath, Capture, Operation, OutcomeRule, Scalar } from './ast';
import { notJsonReason, redirectReason, type AnswerHead } from './answer-head';
import { blankEchoes, blankRepeats } from './blank-echoes';
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
/** Some write it before UTF-8, and readers may pass over it (RFC 8259, 8.1). */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Reads an answer. Sensitive fields go from `raw` into the vault and are blanked in it, and so is what was `sent` (vault
 * references) if the other side repeats it, before anything is parsed. The caller wipes `raw`.
 */
export async function readAnswer(
  operation: Operation,
  head: AnswerHead,
  raw: Buffer,
  vault: CardVault,
  owner: string,
  sent: Readonly<Record<string, string>>,
): Promise<ReadAnswer> {
  const { status, pointsTo } = head;
  if (raw.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) raw.fill(0x20, 0, BYTE_ORDER_MARK.length);
  blankEchoes(raw, Object.values(sent), readPaths(operation), vault);
  const lifted = liftSensitive(operation, raw, vault, owner);
  const answer = lifted === null ? undefined : parseJson(raw);
  const read = answer === undefined ? garbage(head, raw) : await judge(operation, status, answer, lifted ?? {});
  if (read.outcome === 'error') for (const ref of Object.values(lifted ?? {})) vault.wipe(ref);
  return {
    ...read,
    values: { ...read.values, ...told(operation, status) },
    sealed: read.outcome === 'error' ? {} : read.sealed,
    reason:
      read.outcome === 'error' && pointsTo !== null
        ? `the answer (status ${status}) ${redirectReason(pointsTo)}`
        : read.reason,
  };
}

function garbage(head: AnswerHead, raw: Buffer): ReadAnswer {
  return { outcome: 'error', values: {}, sealed: {}, reason: notJsonReason(head, raw) };
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
    if (!isDigits(raw, span)) continue;
    const copy = unpooled(span.end - span.start);
    raw.copy(copy, 0, span.start, span.end);
    const field = vault.put(owner, SEALED_FIELDS[name], copy);
    if (field.ref !== null) refs[name] = field.ref;
  }
  for (const span of spans) blankRepeats(raw, span);
  for (const span of spans) blank(raw, span);
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

/** The status that a file wants told; it is known whatever the answer says. */
function told(operation: Operation, status: number): Record<string, Value> {
  const wanted = operation.captures.filter(({ from }) => from.kind === 'status');
  return Object.fromEntries(wanted.map(({ name }) => [name, status]));
}

/** Every field that the file looks at. */
function readPaths({ captures, outcomes }: Operation): readonly AnswerPath[] {
  return [
    ...captures.flatMap(({ from }) => (from.kind === 'path' ? [from.path] : [])),
    ...outcomes.flatMap(({ where }) => where.map(({ field }) => field)),
  ];
}

async function judge(
  operation: Operation,
  status: number,
  answer: unknown,
  sealed: Readonly<Record<string, string>>,
): Promise<ReadAnswer> {
  const none = { outcome: 'error', values: {}, sealed };
  try {
    const scope = new AnswerScope(status, answer);
    const values: Record<string, Value> = {};
    for (const capture of operation.captures) {
      const value = await captured(scope, capture);
      if (value !== undefined) values[capture.name] = value;
    }
    const has = (name: string): boolean => Object.hasOwn(values, name) || Object.hasOwn(sealed, name);
    for (const rule of operation.outcomes) {
      if (matches(rule, status, answer) && rule.requires.every(has) && (await holds(rule, scope)))
        return { outcome: rule.outcome, values, sealed, reason: '' };
    }
    return { ...none, reason: `no outcome of ${operation.name} matches the answer (status ${status})` };
  } catch (error) {
    if (!isError(error, 'expression-failed')) throw error;
    return { ...none, reason: error.message };
  }
}

/** What expressions see of an answer, made when the first one looks. */
class AnswerScope {
  private scope: Readonly<Record<string, Value>> | null = null;

  constructor(
    private readonly status: number,
    readonly answer: unknown,
  ) {}

  evaluate(text: string): Promise<Value> {
    this.scope ??= { status: this.status, answer: plain(this.answer, DEPTH_LIMIT) ?? null };
    return compiled(text).evaluate(this.scope);
  }
}

/** Expressions of connectors, compiled once: files hold few, and no call brings any. */
const COMPILED = new Map<string, Expression>();

function compiled(text: string): Expression {
  const known = COMPILED.get(text) ?? compileExpression(text);
  COMPILED.set(text, known);
  return known;
}

async function holds({ when }: OutcomeRule, scope: AnswerScope): Promise<boolean> {
  return when === null || (await scope.evaluate(when)) === true;
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
async function captured(scope: AnswerScope, { from, type }: Capture): Promise<Value | undefined> {
  if (from.kind === 'status') return undefined;
  const found = from.kind === 'path' ? valueAt(scope.answer, from.path) : await scope.evaluate(from.text);
  const value = found === undefined ? undefined : plain(found, DEPTH_LIMIT);
  if (value === undefined || value === null) return undefined;
  const text = isLosslessNumber(found) ? found.value : typeof value === 'number' ? String(value) : value;
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
  if (found === null || typeof found === 'boolean' || typeof found === 'number') return found;
  if (typeof found === 'string') return found.length <= TEXT_LIMIT ? found : undefined;
  if (isLosslessNumber(found)) return /^-?(0|[1-9][0-9]{0,14})$/.test(found.value) ? Number(found.value) : found.value;
  if (typeof found !== 'object' || depth === 0) return undefined;
  if (Array.isArray(found)) return found.map((item) => plain(item, depth - 1) ?? null);
  return Object.fromEntries(Object.entries(found).map(([name, item]) => [name, plain(item, depth - 1) ?? null]));
}
