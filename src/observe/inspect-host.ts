import { statSync } from 'node:fs';
import type { Clock } from '../ports/clock';
import type { Finding } from '../ports/findings';
import { roomIn, storeFindings, type StorePlace } from './inspect-store';

/** Node lines that get no corrections any more, or not yet long enough, are not forbidden. */
const LOWEST_NODE = [20, 19] as const;
/** A clock that has never been set shows its epoch. */
const NOT_BEFORE = Date.UTC(2025, 0);
export interface Host extends StorePlace {
  readonly nodeVersion: string;
  /** Wall clock, ms. */
  readonly now: number;
  readonly timeZone: string;
  /** Files that hold secrets. Null: the public credentials of the sandbox, which lie beside the flows, or no file. */
  readonly secretsFile: string | null;
  readonly ariPasswordFile: string | null;
}

/** This machine, as it is now. */
export function hostOf(settings: Pick<Host, 'dataDir' | 'secretsFile' | 'ariPasswordFile'>, clock: Clock): Host {
  const { dataDir, secretsFile, ariPasswordFile } = settings;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return { nodeVersion: process.version, now: clock.now(), timeZone, dataDir, secretsFile, ariPasswordFile, roomIn };
}

/** What this machine is like: Node, clock, the place of the payment journal, and who can read the secrets. Writes nothing. */
export function inspectHost(host: Host): Finding[] {
  return [
    nodeFinding(host.nodeVersion),
    timeFinding(host),
    ...storeFindings(host),
    ...secretsFindings(host.secretsFile),
    ...secretsFindings(host.ariPasswordFile, 'the file with the password of ARI'),
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

/** Anything for other users, or more than reading for the group; a group of the engine's own may read it. */
const TOO_OPEN = 0o027;

/** Who may read or change a file with secrets. One that is not there, or is no file, is reported by those who read it. */
export function secretsFindings(file: string | null, what = 'the secrets file'): Finding[] {
  const there = file === null ? undefined : statSync(file, { throwIfNoEntry: false });
  if (file === null || there?.isFile() !== true) return [];
  if ((there.mode & TOO_OPEN) === 0) return [ok('secrets', `other users can neither read nor change ${what}`)];
  const found = `other users can read or change ${what} ${file} (mode ${(there.mode & 0o777).toString(8)})`;
  return [{ about: 'secrets', level: 'warning', found, todo: `run: chmod 600 ${file}` }];
}

function ok(about: string, found: string): Finding {
  return { about, level: 'ok', found, todo: '' };
}

function refused(about: string, found: string, todo: string): Finding {
  return { about, level: 'refused', found, todo };
}
