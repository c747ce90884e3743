import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const PIECE = 1 << 20;

/** How often each needle stands in the writable memory of a process (one of our children), by the needle's name. */
export function countInMemory(pid: number, needles: Readonly<Record<string, Buffer>>): Record<string, number> {
  const counts = Object.fromEntries(Object.keys(needles).map((name) => [name, 0]));
  const overlap = Math.max(...Object.values(needles).map((needle) => needle.length)) - 1;
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const piece = Buffer.alloc(PIECE);
  try {
    for (const [start, end] of writableRegions(pid)) {
      for (let at = start; at < end; at += PIECE - overlap) {
        const read = readPiece(memory, piece, at, Math.min(PIECE, end - at));
        for (const [name, needle] of Object.entries(needles))
          counts[name] = (counts[name] ?? 0) + countIn(piece, read, needle);
        if (at + PIECE >= end) break;
      }
    }
  } finally {
    closeSync(memory);
  }
  return counts;
}

function writableRegions(pid: number): (readonly [start: number, end: number])[] {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const match = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
      return match === null ? [] : [[parseInt(match[1] ?? '', 16), parseInt(match[2] ?? '', 16)] as const];
    });
}

/** Bytes read; 0 for memory that went away or that nobody may read. */
function readPiece(memory: number, piece: Buffer, at: number, length: number): number {
  try {
    return readSync(memory, piece, 0, length, at);
  } catch {
    return 0;
  }
}

function countIn(piece: Buffer, length: number, needle: Buffer): number {
  let count = 0;
  for (let at = piece.indexOf(needle); at !== -1 && at + needle.length <= length; at = piece.indexOf(needle, at + 1))
    count++;
  return count;
}
