/**
 * The error catalogue. Every failure that a person or another program can meet has one entry here: a code that never
 * changes, a sentence that says what is wrong and what would be right, and whether trying again is safe.
 *
 * docs/operators/errors.md lists the same codes; test/errors.test.ts checks both directions.
 */

/** `safe`: nothing happened, try again. `unsafe`: trying again may repeat an effect. `unknown`: find out first. */
export type Retry = 'safe' | 'unsafe' | 'unknown';

const CATALOGUE = {
  'config-invalid': { message: 'The configuration has mistakes', retry: 'safe' },
  'port-in-use': { message: 'A port is already in use', retry: 'safe' },
  'asterisk-unavailable': { message: 'No usable Asterisk was found', retry: 'safe' },
  'asterisk-too-old': {
    message: 'This Asterisk is too old: 22.10.1 or newer of 22, or 23.4.1 or newer, is needed',
    retry: 'safe',
  },
  'asterisk-failed': { message: 'Asterisk failed', retry: 'safe' },
  'asterisk-unsafe': {
    message: 'This Asterisk would let card digits out, so nothing may be collected on it',
    retry: 'safe',
  },
  'ari-refused': { message: 'Asterisk refused a command', retry: 'safe' },
  'ari-disconnected': { message: 'The connection to Asterisk is down', retry: 'unknown' },
  'ari-timeout': { message: 'Asterisk did not answer in time', retry: 'unknown' },
  'caller-gone': { message: 'The caller has hung up', retry: 'unsafe' },
  'call-closed': { message: 'The call has been closed', retry: 'unsafe' },
  'playback-failed': { message: 'A prompt could not be played', retry: 'safe' },
  'call-recorded': { message: 'Asterisk records this call, so no card field was opened', retry: 'safe' },
  'mask-failed': { message: 'The voice of the caller could not be muted, so no card field was opened', retry: 'safe' },
  'vault-sealed': { message: 'This card field no longer exists: it was used or wiped', retry: 'unsafe' },
  'flow-invalid': { message: 'Flows, connectors or recordings have mistakes', retry: 'safe' },
  'flow-unreadable': { message: 'The flow file cannot be read', retry: 'safe' },
  'flow-not-kept': { message: 'The version of a flow cannot be kept', retry: 'safe' },
  'context-invalid': {
    message: 'A detail that came with the call is malformed, so it is not used',
    retry: 'safe',
  },
  'expression-failed': { message: 'An expression of the flow could not be evaluated', retry: 'safe' },
  'amount-not-said': { message: 'The amount could not be said, so nobody was asked to pay it', retry: 'safe' },
  'prompt-missing': { message: 'A recording is missing', retry: 'safe' },
  'connector-unknown': { message: 'There is no connector of this name', retry: 'safe' },
  'journal-unavailable': { message: 'The payment journal cannot be written', retry: 'unknown' },
  'journal-conflict': { message: 'The payment is not in the state that this change needs', retry: 'unsafe' },
  'amount-invalid': { message: 'The amount is not a decimal number of the currency', retry: 'safe' },
  'not-available': { message: 'This version of Hushtone cannot do this yet', retry: 'safe' },
  'provision-failed': { message: 'A needed program could not be installed', retry: 'safe' },
} as const satisfies Record<string, { message: string; retry: Retry }>;

export type ErrorCode = keyof typeof CATALOGUE;

export const ERROR_CODES = Object.keys(CATALOGUE) as ErrorCode[];

/** An error of the catalogue. `detail` says what, where and what would be right; it never holds card data. */
export class HushtoneError extends Error {
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly detail: string;

  constructor(code: ErrorCode, detail = '', options?: ErrorOptions) {
    super(detail === '' ? CATALOGUE[code].message : `${CATALOGUE[code].message}: ${detail}`, options);
    this.name = 'HushtoneError';
    this.code = code;
    this.retry = CATALOGUE[code].retry;
    this.detail = detail;
  }
}

/** True when `error` is the catalogue's error of this code. */
export function isError(error: unknown, code: ErrorCode): error is HushtoneError {
  return error instanceof HushtoneError && error.code === code;
}

/** The words of anything that was thrown, for a log line. */
export function messageOf(error: unknown): string {
  // Not `instanceof`: errors of native modules may be made of another realm's Error (as in jest, with two files in one process).
  const { message } = Object(error) as { readonly message?: unknown };
  return typeof message === 'string' ? message : String(error);
}

/** Why a file or folder cannot be read or written, in words that follow "cannot be read: ". */
export function fileReason(error: unknown): string {
  const { code } = Object(error) as { readonly code?: unknown };
  return FILE_REASONS[String(code)] ?? messageOf(error);
}

const FILE_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not do that',
  EPERM: 'this user may not do that',
  EROFS: 'its disk is read-only',
  ENOSPC: 'the disk is full',
  ENOENT: 'it is not there',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a file is where a folder must be',
  ELOOP: 'it is a link that leads back to itself',
};
