import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { answerHead, type AnswerHead } from './answer-head';
import type { RenderedRequest } from './render-request';
import { HostRefused, type HostRules } from './run-hosts';
import { unpooled } from './unpooled';

/** What became of one request on the wire. */
export type HttpAnswer =
  | ({ readonly kind: 'answer'; readonly body: Buffer } & AnswerHead)
  | {
      readonly kind: 'fault';
      /** `no`: proved that no byte of it left. */
      readonly sent: 'no' | 'maybe' | 'yes';
      readonly status: number | null;
      readonly reason: string;
    };

/** Sends requests. One connection each: a connection kept from before may be half dead, and would make an unknown payment of a good one. */
export interface HttpSender {
  /** `mayLeave` is asked right before the first byte; when it says no, nothing is sent. */
  send(rendered: RenderedRequest, signal: AbortSignal, mayLeave?: () => boolean): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** Longest answer that is read. */
const ANSWER_LIMIT = 256 * 1024;
/** Guards the socket of a request that was already given up. */
const CONNECT_LIMIT_MS = 15_000;
/** SSL_OP_CLEANSE_PLAINTEXT: OpenSSL wipes its copy of an answer once we have it. Node names no constant for it. */
const CLEANSE_PLAINTEXT = 2;

/** Code of our own fault: the sender's fence had closed before the first byte. */
const TOO_LATE = 'TOO_LATE';

/** Faults before a byte of a request could leave. */
const NOT_CONNECTED = new Set([
  TOO_LATE,
  'HOST_REFUSED',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Who we are to the other side: a certificate and its key, PEM. */
export interface ClientIdentity {
  readonly certificate: string;
  readonly key: string;
}

/** `authorities`: whom to trust, PEM; null for those that every program trusts. */
export function createHttpSender(
  hosts: HostRules,
  authorities: readonly string[] | null,
  client: ClientIdentity | null,
): HttpSender {
  const agent = new Agent({
    pipelining: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: CONNECT_LIMIT_MS,
      minVersion: 'TLSv1.2',
      secureOptions: CLEANSE_PLAINTEXT,
      lookup: hosts.lookup,
      ...(authorities === null ? {} : { ca: [...authorities] }),
      ...(client === null ? {} : { cert: client.certificate, key: client.key }),
    },
  });
  return {
    send: (rendered, signal, mayLeave = always) => send(agent, hosts, rendered, signal, mayLeave),
    close: () => agent.destroy(),
  };
}

async function send(
  agent: Agent,
  hosts: HostRules,
  rendered: RenderedRequest,
  signal: AbortSignal,
  mayLeave: () => boolean,
): Promise<HttpAnswer> {
  const progress: Progress = { begun: false, status: null };
  try {
    signal.throwIfAborted();
    hosts.checkHost(rendered.url);
    const { body } = rendered;
    if (body === null) refuseWhenLate(mayLeave);
    const response = await request(rendered.url, {
      dispatcher: agent,
      method: rendered.method as 'POST',
      headers: body === null ? rendered.headers : { ...rendered.headers, 'content-length': String(body.length) },
      // undici takes any async iterable here; only its types do not say so.
      body: body === null ? null : (inItsOwnWrite(body, progress, mayLeave) as unknown as Readable),
      signal,
    });
    progress.status = response.statusCode;
    const answer = await readLimited(response.body);
    const head = answerHead(response.statusCode, response.headers, rendered.url);
    if (answer !== null) return { kind: 'answer', body: answer, ...head };
    return { kind: 'fault', sent: 'yes', status: response.statusCode, reason: 'the answer is larger than 256 kB' };
  } catch (error) {
    return fault(error, rendered, progress, signal);
  }
}

interface Progress {
  /** True once the first byte of the body was asked for: until then nothing has left. */
  begun: boolean;
  status: number | null;
}

/**
 * Hands the body over behind its own first byte. Headers and a whole body would be joined for TLS in one piece of memory that
 * nobody wipes; this way only the first byte (a brace) is joined, and the rest goes from our Buffer straight to the cipher.
 */
async function* inItsOwnWrite(body: Buffer, progress: Progress, mayLeave: () => boolean): AsyncGenerator<Buffer> {
  refuseWhenLate(mayLeave);
  progress.begun = true;
  yield body.subarray(0, 1);
  await nextTurn();
  if (body.length > 1) yield body.subarray(1);
}

function refuseWhenLate(mayLeave: () => boolean): void {
  if (!mayLeave()) throw Object.assign(new Error('too late to send'), { code: TOO_LATE });
}

function always(): boolean {
  return true;
}

function fault(error: unknown, rendered: RenderedRequest, progress: Progress, signal: AbortSignal): HttpAnswer {
  const code = codeOf(error);
  const neverSent = rendered.body === null ? NOT_CONNECTED.has(code) : !progress.begun;
  // The words of an error may repeat what was sent, so only its code is kept.
  if (error instanceof HostRefused) return { kind: 'fault', sent: 'no', status: null, reason: error.message };
  const reason = signal.aborted ? 'given up before a whole answer came' : `the connection failed (${code})`;
  return { kind: 'fault', sent: neverSent ? 'no' : 'maybe', status: progress.status, reason };
}

function codeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(code) ? code : 'no code';
}

/** The answer in one Buffer of its own, every piece of it wiped; null when there is too much. */
async function readLimited(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of body) {
      pieces.push(piece);
      length += piece.length;
      if (length > ANSWER_LIMIT) {
        body.destroy();
        return null;
      }
    }
    const answer = unpooled(length);
    let at = 0;
    for (const piece of pieces) at += piece.copy(answer, at);
    return answer;
  } finally {
    for (const piece of pieces) piece.fill(0);
  }
}
