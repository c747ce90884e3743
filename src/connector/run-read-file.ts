import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { fileReason } from '../errors';
import type { Mistake } from '../flow/ast';

/** Bytes. A flow of a thousand steps has about 200,000; what is larger was put there by mistake. */
const LARGEST = 1_000_000;

/**
 * The text of a definition file, or why it has none. Only a regular file is opened, through links too: the opening of a pipe
 * waits for whoever writes into it, and a device may never end.
 */
export async function readDefinition(file: string): Promise<string | Mistake> {
  try {
    const why = whyNotRead(await stat(file));
    if (why !== null) return unreadable(file, why);
    // It may be a pipe by now.
    const opened = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const exchanged = whyNotRead(await opened.stat());
      return exchanged === null ? await opened.readFile('utf8') : unreadable(file, exchanged);
    } finally {
      await opened.close();
    }
  } catch (error) {
    return unreadable(file, fileReason(error));
  }
}

function whyNotRead(found: Awaited<ReturnType<typeof stat>>): string | null {
  if (found.isDirectory()) return 'it is a folder, not a file';
  if (!found.isFile()) return 'it is a pipe, socket or device, not a file';
  if (found.size <= LARGEST) return null;
  return `it has ${found.size} bytes; such a file has at most ${LARGEST}`;
}

export function unreadable(file: string, why: string): Mistake {
  return { rule: 'unreadable', message: `cannot be read: ${why}`, place: { file, line: 1, column: 1 } };
}
