import { HushtoneError } from '../errors';
import type { Operation } from './ari-request';

/** Asterisk answered with a status that is not a success. Says which operation, never what was sent or answered. */
export class AriRefused extends HushtoneError {
  constructor(
    operation: Operation,
    readonly status: number,
    /** Asterisk's own words for it, for comparing only: they may echo what was sent. */
    readonly answer: string,
  ) {
    super('ari-refused', `${operation} was answered with ${status}`);
    Object.defineProperty(this, 'answer', { enumerable: false });
  }
}

/** True for the answer to a subscription to a channel that does not exist. */
export function isNoSuchSource(error: unknown): boolean {
  return error instanceof AriRefused && error.status === 422;
}

/** True for the answers to a command on something that has already gone. */
export function isGone(error: unknown): boolean {
  return error instanceof AriRefused && (error.status === 404 || error.status === 409 || error.status === 410);
}

/** Asterisk refuses to make again what it has made when it was asked before, and the answer was lost. */
export async function orThere(again: boolean, making: Promise<unknown>): Promise<void> {
  try {
    await making;
  } catch (error) {
    if (!again || !(error instanceof AriRefused) || error.status !== 409) throw error;
  }
}
