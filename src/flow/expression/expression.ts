import jsonata from 'jsonata';
import { HushtoneError, messageOf } from '../../errors';
import type { Value } from '../../ports/connectors';
import { checkExpression } from './subset';

/** What expressions see: the context's values by name. */
export type Scope = Readonly<Record<string, Value>>;

export interface Expression {
  /** The value, or null when there is none. Rejects with `expression-failed`. */
  evaluate(scope: Scope): Promise<Value>;
}

/** Bounds of one evaluation: 10 ms, 50 calls deep, 1000 items in a sequence. */
const LIMITS = { timeout: 10, stack: 50, sequence: 1000 } as const;

/**
 * The 10 ms are of the wall clock, so a pause of the process (garbage collection, another call's work) uses them up as well.
 * Only an expression that takes too long this many times in a row is to blame itself.
 */
const TRIES = 3;

/** Longest text and longest list that an expression may answer with. */
const LARGEST_RESULT = 65_536;

/** Compiles an expression of the subset; throws `expression-failed` for any other. */
export function compileExpression(text: string): Expression {
  const checked = checkExpression(text);
  if (!checked.ok) throw new HushtoneError('expression-failed', checked.problem);
  const compiled = jsonata(text, LIMITS);
  // JSONata's own `$exists`, and with it `??`, takes an explicit null for a value; a JSON answer means "nothing" by it.
  compiled.registerFunction('exists', (value: unknown) => value !== undefined && value !== null, '<x:b>');
  return { evaluate: (scope) => evaluate(compiled, text, scope) };
}

async function evaluate(compiled: jsonata.Expression, text: string, scope: Scope): Promise<Value> {
  try {
    const result = await inTurn(() => patiently(() => compiled.evaluate(scope) as Promise<unknown>));
    return plain(result, { left: LARGEST_RESULT });
  } catch (error) {
    throw new HushtoneError('expression-failed', `{{ ${text.trim()} }}: ${reasonOf(error)}`);
  }
}

/**
 * One at a time: JSONata yields at every part of an expression, so that those of many calls would use up each other's 10 ms.
 * Nothing in an evaluation waits for anything but this process.
 */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = lastTurn.then(work);
  lastTurn = result.catch(() => undefined);
  return result;
}

let lastTurn: Promise<unknown> = Promise.resolve();

async function patiently(once: () => Promise<unknown>): Promise<unknown> {
  for (let left = TRIES - 1; left > 0; left--) {
    try {
      return await once();
    } catch (error) {
      if (codeOf(error) !== TOO_LONG) throw error;
    }
  }
  return once();
}

/** JSONata's lists carry hidden parts; a copy is plain JSON. */
function plain(value: unknown, budget: { left: number }): Value {
  budget.left -= typeof value === 'string' ? value.length : 1;
  if (budget.left < 0) throw new Error('the result is too large');
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item) => plain(item, budget));
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item, budget)]));
  }
  throw new Error('the result is no value');
}

/** JSONata throws plain objects; its messages quote the values it met, so only its code goes into the reason. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && !('code' in error)) return messageOf(error);
  const code = codeOf(error);
  return REASONS[code] ?? (code.startsWith('T') ? 'a value has the wrong type for it' : `it failed (${code})`);
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code);
}

const TOO_LONG = 'D1012';

const REASONS: Readonly<Record<string, string>> = {
  D1011: 'it goes too deep',
  [TOO_LONG]: 'it takes too long',
  D2015: 'it makes too long a list',
  D3030: 'a text is no number',
  T2001: 'the left side of an arithmetic operator is no number; use $number(...)',
  T2002: 'the right side of an arithmetic operator is no number; use $number(...)',
  T2009: 'the two sides of a comparison have different types; use $number(...)',
  T2010: 'a comparison needs two numbers or two texts; use $number(...)',
};
