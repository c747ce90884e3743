import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** The header of an SQLite file (sqlite.org/fileformat.html). */
const HEADER = { bytes: 100, magic: 'SQLite format 3\0', pageSizeAt: 16, writeVersionAt: 18, pagesAt: 28 };
/** Says of an SQLite file that it is written with a write-ahead log. */
const WAL = 2;

/** As after a first start on a full disk. */
export const EMPTY = 'is empty, so nothing is known of earlier payments';

/**
 * What is wrong with the file of a payment journal, in words that go on from its name; null: nothing. As far as the header tells,
 * which is what a copy that was cut short, or another file, gets wrong.
 */
export function journalFault(file: string): string | null {
  const header = Buffer.alloc(HEADER.bytes);
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    if (size === 0) return EMPTY;
    readSync(handle, header, 0, HEADER.bytes, 0);
    const magic = header.toString('latin1', 0, HEADER.magic.length);
    const version = header.readUInt8(HEADER.writeVersionAt);
    if (magic !== HEADER.magic || version !== WAL)
      return 'is no payment journal of Hushtone (it has no write-ahead log)';
    const whole = bytesIn(header);
    // What is missing may stand in the log, when a process died while it took it over from there.
    if (size >= whole || hasBytes(`${file}-wal`)) return null;
    return `is cut short: ${size} of ${whole} bytes are there`;
  } finally {
    closeSync(handle);
  }
}

function hasBytes(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** A page size of 1 stands for 65536. */
function bytesIn(header: Buffer): number {
  const pageSize = header.readUInt16BE(HEADER.pageSizeAt);
  return (pageSize === 1 ? 65_536 : pageSize) * header.readUInt32BE(HEADER.pagesAt);
}
