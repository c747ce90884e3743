import { messageOf } from '../../errors';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not do that',
  EPERM: 'this user may not do that',
  EROFS: 'its disk is read-only',
  ENOSPC: 'the disk is full',
  ENOENT: 'it is not there',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'it lies in a file, not in a folder',
};

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
  const code = String((error as { code?: unknown } | null)?.code);
  return new Error(`${what} cannot be ${done}: ${REASONS[code] ?? messageOf(error)}`);
}
