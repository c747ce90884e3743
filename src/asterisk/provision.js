'use strict';

/**
 * Brings real programs (Asterisk, SIPp, espeak-ng) onto a Debian machine without root: downloads their
 * packages through a private apt, checks them against the recorded versions and unpacks them into
 * `.cache/<set>/root`, once. No npm package is used: this runs while they are still being installed.
 */

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { lock } = require('./file-lock.js');
const { PrivateApt, ProvisionError, findMirrors, run } = require('./private-apt.js');
const { compareWithRecord, hashAll, readRecord, recordFile, writeRecord } = require('./package-record.js');
const { ARCHITECTURES, debianArchitecture, relinkAbsolute } = require('./unpacked.js');

/**
 * @typedef {object} PackageSet
 * @property {string[]} packages asked for by name; what they need comes along
 * @property {string[]} suites tried in this order
 * @property {Record<string, string>} atLeast package -> lowest Debian version that will do
 */

/** Suites that carry a supported Asterisk: the coming release first, then unstable. */
const SUITES = ['forky', 'sid'];

/** What can be provisioned. A new set is a new line here. */
const SETS = /** @type {Record<string, PackageSet>} */ ({
  asterisk: {
    packages: ['asterisk', 'asterisk-core-sounds-en-wav', 'sip-tester'],
    suites: SUITES,
    atLeast: { asterisk: '1:22.10.1' },
  },
  speech: { packages: ['espeak-ng'], suites: SUITES, atLeast: {} },
  tones: { packages: ['multimon-ng'], suites: SUITES, atLeast: {} },
});

/**
 * @typedef {{ set: string, step: string, percent: number | undefined }} Progress percent: 0-100 where it is known
 *
 * @typedef {object} ProvisionOptions
 * @property {string} projectDir
 * @property {string} set a name in SETS
 * @property {(progress: Progress) => void} [onProgress]
 * @property {(warning: string) => void} [onWarning] e.g. newer versions than recorded
 * @property {NodeJS.ProcessEnv} [environment] HUSHTONE_DEBIAN_MIRROR overrides the machine's mirror
 * @property {string[]} [keyrings] verify with these instead of the machine's archive keyring
 */

/** @param {PackageSet} definition */
const stampOf = (definition) => createHash('sha256').update(JSON.stringify(definition)).digest('hex');

/**
 * The folder of an already provisioned set.
 * @param {string} projectDir
 * @param {string} set
 * @returns {string | undefined} undefined when it is missing or was made for another list of packages
 */
function provisionedRoot(projectDir, set) {
  const definition = SETS[set];
  if (definition === undefined) throw new Error(`no set of packages is called "${set}"`);
  const folder = path.join(projectDir, '.cache', set);
  try {
    const done = /** @type {{ stamp: string }} */ (
      JSON.parse(fs.readFileSync(path.join(folder, 'provisioned.json'), 'utf8'))
    );
    return done.stamp === stampOf(definition) ? path.join(folder, 'root') : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Provides a set, from the cache if it is there. Several processes may ask at once: one works, the others wait.
 * @param {ProvisionOptions} options
 * @returns {Promise<{ root: string, cached: boolean }>}
 * @throws {ProvisionError} with one sentence that says what to do
 */
async function provision(options) {
  const { projectDir, set } = options;
  const ready = provisionedRoot(projectDir, set);
  if (ready !== undefined) return { root: ready, cached: true };
  const tell = (/** @type {string} */ step, /** @type {number} */ percent = NaN) =>
    options.onProgress?.({ set, step, percent: Number.isNaN(percent) ? undefined : percent });
  const cache = path.join(projectDir, '.cache');
  const release = await lock(path.join(cache, `${set}.lock`), (pid) => {
    tell(`waiting for process ${String(pid)}, which is fetching it`);
  });
  try {
    const meanwhile = provisionedRoot(projectDir, set);
    if (meanwhile !== undefined) return { root: meanwhile, cached: true };
    removeLeftovers(cache, set);
    const aside = fs.mkdtempSync(path.join(cache, `.${set}-`));
    try {
      await fetchInto(aside, options, tell);
      putInPlace(aside, path.join(cache, set));
    } finally {
      fs.rmSync(aside, { recursive: true, force: true });
    }
    return { root: path.join(cache, set, 'root'), cached: false };
  } finally {
    release();
  }
}

/**
 * What a killed run left; called under the lock.
 * @param {string} cache
 * @param {string} set
 */
function removeLeftovers(cache, set) {
  for (const name of fs.readdirSync(cache)) {
    if (name.startsWith(`.${set}-`)) fs.rmSync(path.join(cache, name), { recursive: true, force: true });
  }
}

/**
 * @param {string} aside complete folder
 * @param {string} place
 */
function putInPlace(aside, place) {
  if (fs.existsSync(place)) fs.renameSync(place, `${aside}-old`);
  fs.renameSync(aside, place);
  fs.rmSync(`${aside}-old`, { recursive: true, force: true });
}

/**
 * @param {string} directory of the private apt, which holds the packages afterwards
 * @param {string} architecture
 * @param {ProvisionOptions} options
 * @param {(step: string, percent?: number) => void} tell
 */
async function download(directory, architecture, options, tell) {
  const { projectDir, set, keyrings } = options;
  const definition = /** @type {PackageSet} */ (SETS[set]);
  const log = path.join(projectDir, '.cache', 'logs', `provision-${set}.log`);
  fs.mkdirSync(path.dirname(log), { recursive: true });
  fs.mkdirSync(directory);
  fs.writeFileSync(log, '');
  tell('reading the package index');
  const mirrors = await findMirrors(options.environment ?? process.env, directory);
  const apt = new PrivateApt({ directory, architecture, log, ...(keyrings && { keyrings }) });
  apt.prepare();
  const resolved = await resolveFrom(apt, mirrors, definition);
  const megabytes = Math.ceil(resolved.reduce((sum, { size }) => sum + size, 0) / 1e6);
  const step = `downloading ${String(resolved.length)} packages, ${String(megabytes)} MB`;
  tell(step, 0);
  await apt.download(definition.packages, (percent) => {
    tell(step, percent);
  });
  const found = { suite: apt.suite, packages: hashAll(apt.archives, resolved) };
  return { archives: apt.archives, resolved, found, log };
}

/**
 * Downloads, checks and unpacks a set into `aside/root` and stamps it.
 * @param {string} aside
 * @param {ProvisionOptions} options
 * @param {(step: string, percent?: number) => void} tell
 */
async function fetchInto(aside, options, tell) {
  const definition = /** @type {PackageSet} */ (SETS[options.set]);
  const architecture = debianArchitecture();
  if (architecture === undefined) {
    throw new ProvisionError('no-apt', 'Debian packages are used on amd64 and arm64 only.');
  }
  const directory = path.join(aside, 'apt');
  const { archives, resolved, found, log } = await download(directory, architecture, options, tell);
  checkRecord(options, architecture, found);
  await unpackAll(archives, resolved, path.join(aside, 'root'), log, tell);
  fs.rmSync(directory, { recursive: true });
  const done = { stamp: stampOf(definition), architecture, ...found };
  fs.writeFileSync(path.join(aside, 'provisioned.json'), `${JSON.stringify(done, undefined, 2)}\n`);
  // Made for its owner alone; what is in it is public.
  fs.chmodSync(aside, 0o755);
}

/**
 * @param {ProvisionOptions} options
 * @param {string} architecture
 * @param {import('./package-record.js').RecordedSet} found
 * @throws {ProvisionError} when a recorded version has other bytes
 */
function checkRecord(options, architecture, found) {
  const { projectDir, set } = options;
  const recorded = readRecord(projectDir)[set]?.[architecture];
  const { warning, tampered } = compareWithRecord(recorded, found, SETS[set]?.packages ?? []);
  if (tampered.length > 0) {
    throw new ProvisionError(
      'tampered',
      `${tampered.join(', ')} came with other contents than recorded in ${recordFile(projectDir)} for the same version: ` +
        'do not use this mirror, or set HUSHTONE_DEBIAN_MIRROR to another one.',
    );
  }
  if (warning !== undefined) options.onWarning?.(`${set}: ${warning}`);
}

/**
 * Writes the versions that a set has now into the committed record, for every architecture. The cache stays as it is.
 * @param {ProvisionOptions} options
 * @throws {ProvisionError}
 */
async function recordVersions(options) {
  for (const architecture of ARCHITECTURES) {
    const aside = fs.mkdtempSync(path.join(os.tmpdir(), 'hushtone-record-'));
    const tell = (/** @type {string} */ step, /** @type {number | undefined} */ percent) =>
      options.onProgress?.({ set: options.set, step: `${architecture}: ${step}`, percent });
    try {
      const { found } = await download(path.join(aside, 'apt'), architecture, options, tell);
      writeRecord(options.projectDir, options.set, architecture, found);
    } finally {
      fs.rmSync(aside, { recursive: true, force: true });
    }
  }
}

/**
 * The first mirror and suite that have everything, new enough.
 * @param {PrivateApt} apt
 * @param {string[]} mirrors
 * @param {PackageSet} definition
 */
async function resolveFrom(apt, mirrors, definition) {
  /** @type {unknown} */
  let firstFailure;
  for (const mirror of mirrors) {
    for (const suite of definition.suites) {
      try {
        await apt.use(mirror, suite);
        const resolved = await apt.resolve(definition.packages);
        for (const [name, lowest] of Object.entries(definition.atLeast)) {
          const version = resolved.find((one) => one.name === name)?.version ?? '0';
          const compared = await run('dpkg', ['--compare-versions', version, 'ge', lowest]);
          if (compared.status === 0) continue;
          const text = `The Debian suite "${suite}" has ${name} ${version}; ${lowest} or newer is needed.`;
          throw new ProvisionError('package-missing', text);
        }
        return resolved;
      } catch (error) {
        firstFailure ??= error;
        // Another suite on a mirror that does not answer, or that nothing verifies, would only fail the same way.
        if (error instanceof ProvisionError && ['mirror-unreachable', 'signature'].includes(error.kind)) break;
      }
    }
  }
  throw firstFailure;
}

/**
 * Unpacks every package, as many at a time as there are processors.
 * @param {string} archives
 * @param {import('./private-apt.js').Resolved[]} resolved
 * @param {string} root
 * @param {string} log
 * @param {(step: string, percent?: number) => void} tell
 */
async function unpackAll(archives, resolved, root, log, tell) {
  fs.mkdirSync(root);
  const waiting = [...resolved];
  let done = 0;
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { status, output } = await run('dpkg-deb', ['-x', path.join(archives, next.file), root]);
      if (status !== 0) {
        fs.appendFileSync(log, output);
        const reason = output.trim().split('\n').at(-1) ?? '';
        throw new ProvisionError('unpack', `${next.file} could not be unpacked into ${root}: ${reason}`);
      }
      tell('unpacking', (100 * ++done) / resolved.length);
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, worker));
  relinkAbsolute(root);
}

module.exports = { provision, provisionedRoot, recordVersions, ProvisionError };
