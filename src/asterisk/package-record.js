'use strict';

/** The committed record of which package versions were used, with their hashes: `asterisk-config/packages.lock.json`. */

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

/**
 * @typedef {{ version: string, sha256: string }} RecordedPackage
 * @typedef {{ suite: string, packages: Record<string, RecordedPackage> }} RecordedSet
 * @typedef {Record<string, Record<string, RecordedSet>>} RecordFile set -> architecture -> what was resolved
 */

/** @param {string} projectDir */
const recordFile = (projectDir) => path.join(projectDir, 'asterisk-config', 'packages.lock.json');

/**
 * @param {string} projectDir
 * @returns {RecordFile} empty when there is no record yet
 */
function readRecord(projectDir) {
  const file = recordFile(projectDir);
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
}

/**
 * Writes one set of one architecture into the record and leaves the rest as it is.
 * @param {string} projectDir
 * @param {string} set
 * @param {string} architecture
 * @param {RecordedSet} found
 */
function writeRecord(projectDir, set, architecture, found) {
  const record = readRecord(projectDir);
  const updated = { ...record, [set]: { ...record[set], [architecture]: found } };
  fs.writeFileSync(recordFile(projectDir), `${JSON.stringify(updated, undefined, 2)}\n`);
}

/**
 * @param {string} archives folder of the downloaded packages
 * @param {import('./private-apt.js').Resolved[]} resolved
 * @returns {Record<string, RecordedPackage>}
 */
function hashAll(archives, resolved) {
  /** @type {Record<string, RecordedPackage>} */
  const packages = {};
  for (const { name, version, file } of [...resolved].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const bytes = fs.readFileSync(path.join(archives, file));
    packages[name] = { version, sha256: createHash('sha256').update(bytes).digest('hex') };
  }
  return packages;
}

/**
 * Compares what was downloaded with the committed record. Versions may have moved on (the suite does, and the
 * archive signed them): that is worth a warning. The same version with other bytes never is legitimate.
 * @param {RecordedSet | undefined} recorded
 * @param {RecordedSet} found
 * @param {string[]} asked
 * @returns {{ warning: string | undefined, tampered: string[] }}
 */
function compareWithRecord(recorded, found, asked) {
  if (recorded === undefined) return { warning: undefined, tampered: [] };
  /** @type {string[]} */
  const moved = [];
  /** @type {string[]} */
  const tampered = [];
  for (const [name, { version, sha256 }] of Object.entries(found.packages)) {
    const before = recorded.packages[name];
    if (before?.version !== version) moved.push(name);
    else if (before.sha256 !== sha256) tampered.push(name);
  }
  if (moved.length === 0) return { warning: undefined, tampered };
  const named = asked
    .filter((name) => moved.includes(name))
    .map(
      (name) =>
        `${name} ${found.packages[name]?.version ?? ''} (recorded: ${recorded.packages[name]?.version ?? 'none'})`,
    );
  const others = moved.length - named.length;
  const parts = others > 0 ? [...named, `${String(others)} of the packages they need`] : named;
  return { warning: `other versions than recorded: ${parts.join(', ')}`, tampered };
}

module.exports = { recordFile, readRecord, writeRecord, hashAll, compareWithRecord };
