import { maskDigitRuns } from '../observe/redaction';

/** Stands for every secret. */
export const MASK = '***';

/** Takes out of a text what nobody may read on a screen. */
export type Hide = (text: string) => string;

/** Below this length a secret is hidden only where it stands as a word of its own: it may be part of an innocent one. */
const WORD_LENGTH = 4;
/** Fields of JSON that are called tokens, secrets and the like, whoever made them. */
const SECRET_FIELD =
  /("[^"]{0,80}(?:token|secret|password|authorization|credential|signature|cookie|api[-_]?key)[^"]{0,80}"\s*:\s*)(?:"(?:[^"\\]|\\.)*"|[^\s"[\]{},]+)/gi;
/** What a terminal obeys, or reorders a line by; line ends and tabs stay. */
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Hides secrets in the forms in which another side may repeat them (as they are, percent-encoded, within JSON, base64, hex),
 * what fields of JSON with such names hold, card numbers, and characters that a terminal would obey.
 */
export function hiding(secrets: readonly string[]): Hide {
  const forms = [...new Set(secrets.flatMap(piecesOf).flatMap(formsOf))].filter((form) => form !== '');
  const patterns = forms.toSorted((a, b) => b.length - a.length).map(patternOf);
  const known = patterns.length === 0 ? null : new RegExp(patterns.join('|'), 'gi');
  return (text) => {
    const without = known === null ? text : text.replace(known, MASK);
    return maskDigitRuns(without.replace(SECRET_FIELD, `$1"${MASK}"`)).replace(UNPRINTABLE, '\ufffd');
  };
}

/** A secret, and of an address what other sides repeat alone: its host and its path. */
function piecesOf(secret: string): readonly string[] {
  if (!/^https?:\/\//.test(secret) || !URL.canParse(secret)) return [secret];
  const { host, hostname, pathname } = new URL(secret);
  return [secret, host, hostname, ...(pathname === '/' ? [] : [pathname.replace(/\/$/, '')])];
}

function formsOf(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const percent = new URLSearchParams([['', secret]]).toString().slice(1);
  const plain = [secret, json, json.replaceAll('/', '\\/'), percent, percent.replaceAll('+', '%20')];
  if (secret.length < WORD_LENGTH) return plain;
  const base64 = [0, 1, 2].map((offset) => base64Of(secret, offset));
  const forUrls = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [...plain, ...base64, ...forUrls, Buffer.from(secret, 'utf8').toString('hex')];
}

/** The characters that depend on the secret alone when it begins `offset` bytes behind a group of three. */
function base64Of(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret, 'utf8')]);
  return bytes.toString('base64', 0, bytes.length - (bytes.length % 3)).slice(offset === 0 ? 0 : offset + 1);
}

function patternOf(form: string): string {
  const literal = form.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return form.length < WORD_LENGTH ? `(?<![A-Za-z0-9])${literal}(?![A-Za-z0-9])` : literal;
}

/** True for a text with what may be a card number in it, whatever letters are beside it. */
export function mayHoldCard(text: string): boolean {
  return [text, text.replaceAll(/[A-Za-z_%]/g, ';')].some((each) => maskDigitRuns(each) !== each);
}
