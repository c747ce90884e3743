import { accessSync, constants, existsSync, openSync, readSync, closeSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileReason } from '../errors';
import type { Clock } from '../ports/clock';
import type { Finding } from '../ports/findings';

/** Node lines that get no corrections any more, or not yet long enough, are not forbidden. */
const LOWEST_NODE = [20, 19] as const;
const MB = 1024 * 1024;
const LITTLE_MB = 500;
const TOO_LITTLE_MB = 20;
/** A clock that has never been set shows its epoch. */
const NOT_BEFORE = Date.UTC(2025, 0);
/** Bytes 18 and 19 of an SQLite file say how it is written; 2 means a write-ahead log (sqlite.org/fileformat.html). */
const WRITE_VERSION_AT = 18;
const WAL = 2;

export interface Host {
  readonly nodeVersion: string;
  /** Wall clock, ms. */
  readonly now: number;
  readonly timeZone: string;
  readonly dataDir: string;
  /** Null: the public credentials of the sandbox, which lie beside the flows. */
  readonly secretsFile: string | null;
  /** Room on the disk of a folder, MB. */
  readonly freeMb: (folder: string) => number;
}

/** This machine, as it is now. */
export function hostOf({ dataDir, secretsFile }: Pick<Host, 'dataDir' | 'secretsFile'>, clock: Clock): Host {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return { nodeVersion: process.version, now: clock.now(), timeZone, dataDir, secretsFile, freeMb };
}

function freeMb(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return Math.floor((bavail * bsize) / MB);
}

/** What this machine is like: Node, clock, the place of the payment journal, and who can read the secrets. Writes nothing. */
export function inspectHost(host: Host): Finding[] {
  return [
    nodeFinding(host.nodeVersion),
    timeFinding(host),
    ...storeFindings(host),
    ...secretsFindings(host.secretsFile),
  ];
}

function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const [lowestMajor, lowestMinor] = LOWEST_NODE;
  if (major > lowestMajor || (major === lowestMajor && minor >= lowestMinor)) return ok('node', `Node.js ${version}`);
  return refused('node', `Node.js ${version}`, `install Node.js ${LOWEST_NODE.join('.')} or newer`);
}

function timeFinding({ now, timeZone }: Host): Finding {
  const shown = new Date(now).toISOString().slice(0, 16).replace('T', ' ');
  if (now >= NOT_BEFORE) return ok('time', `${shown} UTC; local time is ${timeZone}`);
  return refused(
    'time',
    `it is ${shown} UTC here, so expiry dates and time limits would be wrong`,
    'set the clock of this machine and run a time service (chrony, systemd-timesyncd)',
  );
}

/** A folder that is not there yet is judged by the one it will be made in. */
function storeFindings({ dataDir, freeMb }: Host): Finding[] {
  let there = dataDir;
  while (!existsSync(there)) there = path.dirname(there);
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
  } catch (error) {
    return [
      refused(
        'store',
        `the data directory ${dataDir} cannot be written: ${fileReason(error)}`,
        'make it writable for the user that runs the engine, or set HUSHTONE_DATA_DIR to one that is',
      ),
    ];
  }
  return [spaceFinding(dataDir, freeMb(there)), ...journalFinding(path.join(dataDir, 'payments.sqlite'))];
}

function spaceFinding(dataDir: string, free: number): Finding {
  const found = `${dataDir} can be written; ${free >= LITTLE_MB ? 'there is room' : `only ${free} MB are free`}`;
  if (free >= LITTLE_MB) return ok('store', found);
  const todo =
    'free some space there, or set HUSHTONE_DATA_DIR to a disk that has more: without it no payment can be taken';
  return free < TOO_LITTLE_MB ? refused('store', found, todo) : { about: 'store', level: 'warning', found, todo };
}

function journalFinding(file: string): Finding[] {
  if (!existsSync(file)) return [];
  const header = Buffer.alloc(2);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, header, 0, 2, WRITE_VERSION_AT);
  } finally {
    closeSync(handle);
  }
  if (header[0] === WAL && header[1] === WAL) return [ok('store', 'the payment journal has its write-ahead log')];
  return [
    refused(
      'store',
      `${file} is no payment journal of Hushtone (it has no write-ahead log)`,
      'put the right file back from a backup, or set HUSHTONE_DATA_DIR to another folder',
    ),
  ];
}

/** Anything for other users, or more than reading for the group; a group of the engine's own may read it. */
const TOO_OPEN = 0o027;

/** Who may read or change a secrets file. One that is not there is reported by those who read it. */
export function secretsFindings(file: string | null): Finding[] {
  const mode = file === null ? undefined : statSync(file, { throwIfNoEntry: false })?.mode;
  if (file === null || mode === undefined) return [];
  if ((mode & TOO_OPEN) === 0) return [ok('secrets', 'other users can neither read nor change the secrets file')];
  const found = `other users can read or change the secrets file ${file} (mode ${(mode & 0o777).toString(8)})`;
  return [{ about: 'secrets', level: 'warning', found, todo: `run: chmod 600 ${file}` }];
}

function ok(about: string, found: string): Finding {
  return { about, level: 'ok', found, todo: '' };
}

function refused(about: string, found: string, todo: string): Finding {
  return { about, level: 'refused', found, todo };
}
