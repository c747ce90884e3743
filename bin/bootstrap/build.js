'use strict';

/** The build: `dist/` is made anew when a source file or the compiler's settings have changed. */

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { lock } = require('../../src/asterisk/file-lock.js');
const { runLogged } = require('./child.js');
const { SetupError } = require('./setup-error.js');

const TASK = 'build';
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/** @param {string} projectDir */
const stampFile = (projectDir) => path.join(projectDir, 'dist', '.hushtone-stamp');

/**
 * Name, size and time of every source file: a change of any shows, and nothing needs to be read.
 * @param {string} projectDir
 */
function fingerprint(projectDir) {
  const sources = fs
    .readdirSync(path.join(projectDir, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js|json)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const file of [...sources, ...SETTINGS.map((name) => path.join(projectDir, name))].sort()) {
    const { size, mtimeMs } = fs.statSync(file);
    hash.update(`${path.relative(projectDir, file)} ${String(size)} ${String(mtimeMs)}\n`);
  }
  return hash.digest('hex');
}

/** @param {string} projectDir */
function buildReady(projectDir) {
  try {
    return fs.readFileSync(stampFile(projectDir), 'utf8') === fingerprint(projectDir);
  } catch {
    return false;
  }
}

/**
 * @param {string} projectDir
 * @param {import('./progress.js').Progress} progress
 * @throws {SetupError}
 */
async function ensureBuilt(projectDir, progress) {
  if (buildReady(projectDir)) return;
  const release = await lock(path.join(projectDir, '.cache', 'build.lock'), (pid) => {
    progress.update(TASK, `waiting for process ${String(pid)}, which is building`);
  });
  try {
    if (!buildReady(projectDir)) await build(projectDir, progress);
    progress.finish(TASK, 'ready');
  } finally {
    release();
  }
}

/**
 * @param {string} projectDir
 * @param {import('./progress.js').Progress} progress
 */
async function build(projectDir, progress) {
  progress.update(TASK, 'compiling');
  const log = path.join(projectDir, '.cache', 'logs', 'build.log');
  // Taken first: a file saved while the compiler runs makes the build stale, not silently wrong.
  const before = fingerprint(projectDir);
  const compiler = path.join(projectDir, 'node_modules', 'typescript', 'bin', 'tsc');
  fs.rmSync(stampFile(projectDir), { force: true });
  const status = await runLogged(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: projectDir, log });
  if (status !== 0) {
    const errors = fs.readFileSync(log, 'utf8').trim().split('\n').slice(0, 20).join('\n  ');
    throw new SetupError(`The source does not compile (full log: ${log}):\n  ${errors}`);
  }
  fs.writeFileSync(stampFile(projectDir), before);
}

module.exports = { ensureBuilt };
