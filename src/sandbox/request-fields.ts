/** A request that the sandbox refuses; becomes `{ code, message }` with the status. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Reads a JSON object from the raw bytes of a request. The bytes are never repeated in an error. */
export function readBody(raw: unknown): RequestFields {
  try {
    const parsed: unknown = Buffer.isBuffer(raw) ? JSON.parse(raw.toString('utf8')) : undefined;
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return new RequestFields(parsed as Record<string, unknown>);
  } catch {
    // Falls through to the refusal: the parser's own words would repeat what was sent.
  }
  throw new Refusal(400, 'bad-request', 'The body must be a JSON object');
}

/** The fields of a request by name; whatever is missing or wrong is refused by its name alone. */
export class RequestFields {
  constructor(private readonly fields: Readonly<Record<string, unknown>>) {}

  text(name: string, pattern: RegExp): string {
    const value = this.fields[name];
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw new Refusal(400, 'bad-request', `${name} is missing or malformed`);
  }

  optionalText(name: string, pattern: RegExp): string | null {
    return this.fields[name] === undefined || this.fields[name] === null ? null : this.text(name, pattern);
  }

  count(name: string): number {
    const value = this.fields[name];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
    throw new Refusal(400, 'bad-request', `${name} must be a whole number above 0`);
  }

  optionalCount(name: string, fallback: number): number {
    return this.fields[name] === undefined ? fallback : this.count(name);
  }

  word<Word extends string>(name: string, words: readonly Word[]): Word {
    const word = words.find((candidate) => candidate === this.fields[name]);
    if (word !== undefined) return word;
    throw new Refusal(400, 'bad-request', `${name} must be one of ${words.join(', ')}`);
  }

  object(name: string): RequestFields {
    const value = this.fields[name];
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return new RequestFields(value as Record<string, unknown>);
    throw new Refusal(400, 'bad-request', `${name} must be an object`);
  }
}

export const REFERENCE = /^[A-Za-z0-9._-]{1,80}$/;
export const PHONE = /^\+?[0-9]{6,15}$/;
export const CURRENCY = /^[A-Z]{3}$/;
export const DECIMAL = /^[0-9]{1,12}(\.[0-9]{1,4})?$/;
