import { open, readFile } from 'node:fs/promises';

const PIECE = 4 * 1024 * 1024;

interface Region {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads the memory that a process of ours can have written to, region by region: `piece` gets its bytes in order, `end` comes after
 * each region. The bytes are valid only during the call.
 *
 * @returns how many bytes were read.
 * @throws when not a byte could be read: a scan of nothing must not pass for a clean one.
 */
export async function readMemory(pid: number, piece: (bytes: Buffer) => void, end: () => void): Promise<number> {
  const regions = regionsOf(await readFile(`/proc/${pid}/maps`, 'latin1'));
  const memory = await open(`/proc/${pid}/mem`, 'r');
  const buffer = Buffer.allocUnsafeSlow(PIECE);
  let total = 0;
  try {
    for (const { from, to } of regions) {
      for (let at = from; at < to;) {
        const read = await readAt(memory, buffer, at, Math.min(PIECE, to - at));
        if (read === 0) break;
        piece(buffer.subarray(0, read));
        at += read;
        total += read;
      }
      end();
    }
  } finally {
    buffer.fill(0);
    await memory.close();
  }
  if (total === 0) throw new Error(`no memory of process ${pid} could be read`);
  return total;
}

/** Readable regions, but for files mapped read-only (programs, libraries) and the kernel's own pages. */
function regionsOf(maps: string): Region[] {
  const regions: Region[] = [];
  for (const line of maps.split('\n')) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) (r)(.)\S\S \S+ \S+ (\d+)\s*(.*)$/.exec(line);
    if (match === null) continue;
    const [, from = '', to = '', , write, inode, name = ''] = match;
    if (name.startsWith('[v') || (write !== 'w' && inode !== '0')) continue;
    regions.push({ from: parseInt(from, 16), to: parseInt(to, 16) });
  }
  return regions;
}

/** Bytes read; 0 where the region is gone or refuses (a guard page). */
async function readAt(
  memory: Awaited<ReturnType<typeof open>>,
  buffer: Buffer,
  at: number,
  length: number,
): Promise<number> {
  try {
    return (await memory.read(buffer, 0, length, at)).bytesRead;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EIO' || error.code === 'EFAULT')) return 0;
    throw error;
  }
}
