'use strict';

/**
 * A lock between processes of one machine: a file that names its holder. A holder that died without
 * letting go is recognised by its process id and start time, and its lock is taken over.
 *
 * Plain CommonJS without packages: the bootstrap uses it before npm packages are installed.
 */

const fs = require('node:fs');
const path = require('node:path');

const POLL_MS = 150;
/** A takeover lasts microseconds; a guard older than this belongs to a process killed in the middle of one. */
const STALE_GUARD_MS = 10_000;

/**
 * The start time of a process in clock ticks since boot, so that a reused process id is not mistaken
 * for the holder (field 22 of /proc/<pid>/stat, proc(5)); '' where there is no /proc.
 * @param {number} pid
 * @returns {string}
 */
function startTime(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/**
 * @param {number} pid
 * @returns {boolean} whether a process with this id exists (also one of another user)
 */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Who holds the lock now.
 * @param {string} file
 * @returns {{ pid: number, alive: boolean } | undefined} undefined when nobody does
 */
function holderOf(file) {
  let text;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const [pidText = '', started = ''] = text.trim().split(' ');
  const pid = Number(pidText);
  const alive = pid > 0 && isRunning(pid) && startTime(pid) === started;
  return { pid, alive };
}

/**
 * Removes the lock of a dead holder. A guard file lets one process at a time do so, else the second of two
 * could remove the lock that the first has just taken.
 * @param {string} file
 */
function takeOver(file) {
  const guard = `${file}.takeover`;
  try {
    fs.writeFileSync(guard, '', { flag: 'wx' });
  } catch {
    try {
      if (Date.now() - fs.statSync(guard).mtimeMs > STALE_GUARD_MS) fs.rmSync(guard, { force: true });
    } catch {
      // the other process has finished its takeover: the caller tries again
    }
    return;
  }
  try {
    if (holderOf(file)?.alive === false) fs.rmSync(file, { force: true });
  } finally {
    fs.rmSync(guard, { force: true });
  }
}

/**
 * Writes that this process holds the file. It appears complete (by rename): an empty one would tell of a holder that died.
 * @param {string} file
 */
function writeHolder(file) {
  const unfinished = `${file}.${String(process.pid)}`;
  fs.writeFileSync(unfinished, `${String(process.pid)} ${startTime(process.pid)}\n`);
  fs.renameSync(unfinished, file);
}

/**
 * One try. The file appears complete (by link), so that nobody reads a half-written holder.
 * @param {string} file
 * @returns {boolean}
 */
function tryLock(file) {
  const own = `${file}.${String(process.pid)}`;
  writeHolder(own);
  try {
    fs.linkSync(own, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    return false;
  } finally {
    fs.rmSync(own, { force: true });
  }
}

/**
 * Waits for the lock and takes it. It is not re-entrant: a process that asks twice waits for itself.
 * @param {string} file path of the lock file; its folder is made
 * @param {(holderPid: number) => void} [onWait] told once, when somebody else holds it
 * @returns {Promise<() => void>} lets go
 */
async function lock(file, onWait) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  while (!tryLock(file)) {
    const holder = holderOf(file);
    if (holder?.alive === false) {
      takeOver(file);
    } else if (holder !== undefined && !told) {
      told = true;
      onWait?.(holder.pid);
    }
    await new Promise((resolve) => setTimeout(resolve, holder?.alive ? POLL_MS : 5));
  }
  return () => {
    fs.rmSync(file, { force: true });
  };
}

module.exports = { lock, holderOf, writeHolder };
