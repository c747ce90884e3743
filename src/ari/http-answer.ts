import type { WireAnswer } from './ari-request';

/** An answer, and whether its connection takes another request. */
export interface HttpAnswer extends WireAnswer {
  readonly keepsOpen: boolean;
}

interface Head {
  readonly status: number;
  /** Where the body begins. */
  readonly end: number;
  /** Bytes of the body; null: it comes in chunks, as from a proxy before Asterisk. */
  readonly length: number | null;
  readonly keepsOpen: boolean;
}

const END_OF_HEAD = '\r\n\r\n';
/** Bytes. Asterisk's are under 300. */
const LONGEST_HEAD = 16 * 1024;
/** Bytes: a list of some 20,000 channels. */
const LONGEST_ANSWER = 16 * 1024 * 1024;

/**
 * Reads the answers of HTTP/1.1 out of what one connection brings, cut anywhere. Errors say what is wrong and quote nothing: an
 * answer may echo what was sent.
 */
export class AnswerReader {
  private pieces: Buffer[] = [];
  private count = 0;
  private head: Head | null = null;

  /**
   * Takes what has come; the bytes may change afterwards. Returns the answer with its last byte, and null before.
   * @throws Error for what is no answer: then nothing more can be read.
   */
  read(fresh: Buffer): HttpAnswer | null {
    this.count += fresh.length;
    if (this.count > LONGEST_ANSWER) throw new Error('an answer is too long');
    const { head, body } = this.parse(fresh);
    if (head === null || body === null) {
      this.pieces.push(Buffer.from(fresh));
      return null;
    }
    const { status, keepsOpen } = head;
    this.pieces = [];
    this.count = 0;
    this.head = null;
    return { status, keepsOpen, body: body.toString('utf8') };
  }

  private parse(fresh: Buffer): { head: Head | null; body: Buffer | null } {
    const { head } = this;
    // Put together only for a head or a body that may be complete.
    if (head !== null && head.length !== null && this.count < head.end + head.length) return { head, body: null };
    const bytes = this.pieces.length === 0 ? fresh : Buffer.concat([...this.pieces, fresh]);
    this.head ??= headOf(bytes);
    return { head: this.head, body: this.head === null ? null : bodyOf(bytes, this.head) };
  }
}

/** Null while it is not complete. */
function headOf(bytes: Buffer): Head | null {
  const at = bytes.indexOf(END_OF_HEAD);
  if (at > LONGEST_HEAD || (at < 0 && bytes.length > LONGEST_HEAD)) throw new Error('an answer has too long a head');
  if (at < 0) return null;
  const text = bytes.toString('latin1', 0, at);
  const [, minor, code] = /^HTTP\/1\.([01]) ([2-5]\d\d)(?![^ \r])/.exec(text) ?? [];
  if (code === undefined) throw new Error('an answer is not HTTP/1.1');
  const status = Number(code);
  const keepsOpen = minor === '1' && !/^connection:[ \t]*close/im.test(text);
  return { status, end: at + END_OF_HEAD.length, length: status === 204 ? 0 : lengthIn(text), keepsOpen };
}

function lengthIn(head: string): number | null {
  if (/^transfer-encoding:[ \t]*chunked[ \t]*$/im.test(head)) return null;
  const length = /^content-length:[ \t]*(\d{1,9})[ \t]*$/im.exec(head)?.[1];
  if (length === undefined) throw new Error('an answer does not say how long it is');
  return Number(length);
}

/** Null while it is not complete. */
function bodyOf(bytes: Buffer, { end, length }: Head): Buffer | null {
  const body = bytes.subarray(end);
  if (length === null) return joined(body);
  if (body.length > length) throw new Error('more came than an answer');
  return body.length < length ? null : body;
}

/** The chunks, put together; null while the last, which is empty, and the lines behind it have not come. */
function joined(bytes: Buffer): Buffer | null {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const sizeEnd = bytes.indexOf('\r\n', at);
    if (sizeEnd < 0) return null;
    const size = sizeIn(bytes.toString('latin1', at, sizeEnd));
    if (size === 0) return endOfTrailers(bytes, sizeEnd) ? Buffer.concat(chunks) : null;
    at = sizeEnd + 2 + size + 2;
    if (bytes.length < at) return null;
    if (bytes.toString('latin1', at - 2, at) !== '\r\n') throw new Error('a chunk is not as long as it says');
    chunks.push(bytes.subarray(sizeEnd + 2, at - 2));
  }
}

function sizeIn(line: string): number {
  const size = /^([0-9a-f]{1,7})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
  if (size === undefined) throw new Error('a chunk does not say how long it is');
  return Number.parseInt(size, 16);
}

function endOfTrailers(bytes: Buffer, from: number): boolean {
  const at = bytes.indexOf(END_OF_HEAD, from);
  if (at >= 0 && at + END_OF_HEAD.length < bytes.length) throw new Error('more came than an answer');
  return at >= 0;
}
