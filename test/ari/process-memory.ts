import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const BLOCK = 16 * 1024 * 1024;

/**
 * Counts the places in a running process's memory that hold one of `needles` as ASCII or UTF-16 text.
 * Linux only; the process must be a child of this one.
 */
export function occurrencesInMemory(pid: number, needles: readonly string[]): number {
  const patterns = needles.flatMap((needle) => [Buffer.from(needle, 'latin1'), Buffer.from(needle, 'utf16le')]);
  const overlap = Math.max(...patterns.map((pattern) => pattern.length));
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const found = new Set<string>();
  try {
    for (const [from, to] of readableRanges(pid)) {
      for (let at = from; at < to; at += BLOCK - overlap) {
        const block = readBlock(memory, at, Math.min(BLOCK, to - at));
        for (const pattern of patterns) {
          for (let hit = block.indexOf(pattern); hit >= 0; hit = block.indexOf(pattern, hit + 1))
            found.add(`${at + hit}`);
        }
      }
    }
  } finally {
    closeSync(memory);
  }
  return found.size;
}

function readableRanges(pid: number): [number, number][] {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .flatMap((line): [number, number][] => {
      const match = /^([0-9a-f]+)-([0-9a-f]+) r/.exec(line);
      if (match === null || /\[(vvar|vsyscall)/.test(line)) return [];
      return [[parseInt(match[1] ?? '', 16), parseInt(match[2] ?? '', 16)]];
    });
}

/** What can be read of it: a range may have been unmapped since it was listed. */
function readBlock(memory: number, at: number, length: number): Buffer {
  const block = Buffer.alloc(length);
  try {
    return block.subarray(0, readSync(memory, block, 0, length, at));
  } catch {
    return block.subarray(0, 0);
  }
}
