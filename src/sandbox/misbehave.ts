import type { FastifyReply } from 'fastify';
import type { Clock } from '../ports/clock';
import type { FaultKind } from './faults';

/** How long a slow answer takes, ms. */
export const SLOW_MS = 2500;

const GARBAGE = '<!doctype html><html><body><h1>Welcome to the proxy</h1><p>status: approved</p></body></html>';

/** Never answers: the connection stays open until the other side gives up. */
export function answerNever(reply: FastifyReply): void {
  reply.hijack();
}

/** Cuts the connection without an answer. */
export function dropConnection(reply: FastifyReply): void {
  reply.hijack();
  reply.raw.destroy();
}

export function answerGarbage(reply: FastifyReply): void {
  void reply.code(200).type('text/html').send(GARBAGE);
}

export function answerError(reply: FastifyReply): void {
  void reply.code(500).send({ code: 'internal-error', message: 'Something went wrong' });
}

export function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

/** Plays a fault. False: the request is to be answered as if nothing were; a slow one has been waited for. */
export async function playFault(fault: FaultKind | null, reply: FastifyReply, clock: Clock): Promise<boolean> {
  switch (fault) {
    case 'timeout':
      answerNever(reply);
      return true;
    case '500':
      answerError(reply);
      return true;
    case 'garbage':
      answerGarbage(reply);
      return true;
    case 'drop':
      dropConnection(reply);
      return true;
    case 'slow':
      await wait(clock, SLOW_MS);
      return false;
    case null:
      return false;
  }
}
