import { fileReason } from '../../errors';

/** Runs `work` on a file or folder; what the file system refuses becomes a plain Error, "`what` cannot be `done`: why". */
export function handle<T>(what: string, done: 'read' | 'written' | 'removed', work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileTrouble(what, done, error);
  }
}

/** The Error of {@link handle}. */
export function fileTrouble(what: string, done: string, error: unknown): Error {
  return new Error(`${what} cannot be ${done}: ${fileReason(error)}`);
}
