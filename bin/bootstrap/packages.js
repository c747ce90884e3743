'use strict';

/** npm packages: installed when they are missing or belong to another lock file or Node. */

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { lock } = require('../../src/asterisk/file-lock.js');
const { runLogged } = require('./child.js');
const { SetupError } = require('./setup-error.js');

const TASK = 'npm packages';
/** Compiled on this machine, or fetched for it: it only fits this Node. */
const NATIVE = 'node_modules/better-sqlite3/build/Release/better_sqlite3.node';

/** @param {string} projectDir */
const stampFile = (projectDir) => path.join(projectDir, 'node_modules', '.hushtone-stamp');

/** @param {string} projectDir */
function wantedStamp(projectDir) {
  const lockFile = fs.readFileSync(path.join(projectDir, 'package-lock.json'));
  const hash = createHash('sha256').update(lockFile).digest('hex');
  return `${hash} ${process.platform} ${process.arch} ${String(process.versions.modules)}\n`;
}

/**
 * @param {string} file
 * @returns {string} '' when it cannot be read
 */
function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Whether somebody has installed exactly these packages by hand (npm writes what it installed into a lock file of its own).
 * @param {string} projectDir
 */
function installedByHand(projectDir) {
  const installed = read(path.join(projectDir, 'node_modules', '.package-lock.json'));
  if (installed === '' || !fs.existsSync(path.join(projectDir, NATIVE))) return false;
  const wanted = JSON.parse(read(path.join(projectDir, 'package-lock.json'))).packages;
  const present = JSON.parse(installed).packages;
  return Object.entries(wanted).every(([where, entry]) => {
    if (where === '') return true;
    const found = present[where];
    return found === undefined
      ? entry.optional === true || entry.devOptional === true
      : found.version === entry.version;
  });
}

/** @param {string} projectDir */
function packagesReady(projectDir) {
  const wanted = wantedStamp(projectDir);
  if (read(stampFile(projectDir)) === wanted) return true;
  if (read(stampFile(projectDir)) !== '' || !installedByHand(projectDir)) return false;
  fs.writeFileSync(stampFile(projectDir), wanted);
  return true;
}

/**
 * What went wrong, in one sentence.
 * @param {string} output what npm printed
 * @param {string} log
 */
function explain(output, log) {
  const again = `and run the same command again (full log: ${log}).`;
  const network = 'ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH';
  if (new RegExp(`npm error (code (${network})|network)`).test(output)) {
    return `The npm registry cannot be reached: check the network, the proxy and the registry of npm on this machine, ${again}`;
  }
  // A warning about the network comes before: no ready-made binary could be fetched, so it is compiled.
  if (/not found: make|ERR! find Python|(g\+\+|c\+\+|cc|gcc): (not found|No such file)|C compiler/i.test(output)) {
    return (
      'The package better-sqlite3 has to be compiled on this machine and a compiler is missing: install one ' +
      `(on Debian: apt-get install build-essential python3) ${again}`
    );
  }
  if (new RegExp(`gyp ERR![^]*(${network})`).test(output)) {
    return `The header files of Node.js, for compiling better-sqlite3, cannot be fetched: check the network and the proxy ${again}`;
  }
  if (/ENOSPC/.test(output)) return `The disk is full: make room (about 500 MB are needed) ${again}`;
  if (/EACCES|EPERM/.test(output)) return `npm may not write into this folder: make it yours ${again}`;
  return `The npm packages could not be installed: read the log, mend what it says ${again}`;
}

/** npm of the Node that is running, also when this was started by npm itself. */
function npmCommand() {
  const script = process.env.npm_execpath;
  return script !== undefined && /npm-cli\.js$/.test(script)
    ? { command: process.execPath, args: [script] }
    : { command: 'npm', args: [] };
}

/**
 * @param {string} projectDir
 * @param {import('./progress.js').Progress} progress
 * @throws {SetupError}
 */
async function ensurePackages(projectDir, progress) {
  if (packagesReady(projectDir)) return;
  const release = await lock(path.join(projectDir, '.cache', 'npm.lock'), (pid) => {
    progress.update(TASK, `waiting for process ${String(pid)}, which is installing them`);
  });
  try {
    if (!packagesReady(projectDir)) await install(projectDir, progress);
    progress.finish(TASK, 'installed');
  } finally {
    release();
  }
}

/**
 * @param {string} projectDir
 * @param {import('./progress.js').Progress} progress
 */
async function install(projectDir, progress) {
  progress.update(TASK, 'installing (one of them may be compiled here, which takes about a minute)');
  const log = path.join(projectDir, '.cache', 'logs', 'npm-ci.log');
  const { command, args } = npmCommand();
  fs.rmSync(stampFile(projectDir), { force: true });
  const settings = ['ci', '--include=dev', '--no-audit', '--no-fund', '--foreground-scripts'];
  // node-gyp compiles one file at a time unless told otherwise.
  const env = { JOBS: String(os.availableParallelism()) };
  const status = await runLogged(command, [...args, ...settings], { cwd: projectDir, log, env });
  if (status === 127)
    throw new SetupError(`npm is not on the PATH: install it (it comes with Node.js) and run the same command again.`);
  if (status !== 0) throw new SetupError(explain(read(log), log));
  fs.writeFileSync(stampFile(projectDir), wantedStamp(projectDir));
}

module.exports = { ensurePackages, explain };
