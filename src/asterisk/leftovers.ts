import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { holderOf } from './file-lock';

/** The file in a run directory that names the process it belongs to. */
export const OWNER_FILE = 'owner';

/**
 * Removes the run directories of processes that were killed, and ends what they left running. A directory whose owner lives
 * is left alone.
 */
export function removeLeftovers(name: string): void {
  for (const entry of readdirSync(tmpdir())) {
    if (!entry.startsWith(`${name}-`)) continue;
    const directory = path.join(tmpdir(), entry);
    if (holderOf(path.join(directory, OWNER_FILE))?.alive !== false) continue;
    endProcessOf(directory);
    removeIfQuiet(directory);
  }
}

/** A process that is being killed may still write, and another start may be removing the same: the next one will do it. */
function removeIfQuiet(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch {
    // nothing depends on it
  }
}

/** Only a process whose command line names this very directory is ours. */
function endProcessOf(directory: string): void {
  try {
    const pid = Number(readFileSync(path.join(directory, 'run', 'asterisk.pid'), 'utf8').trim());
    if (pid > 1 && readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes(directory))
      process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended already
  }
}
