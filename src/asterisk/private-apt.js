'use strict';

/**
 * apt as an ordinary user: an apt state of our own beside the machine's, which is only read (where its
 * mirror is, through which proxy, with which archive keys). Nothing is installed; packages are downloaded,
 * their signatures checked by apt as always, and unpacked by the caller.
 */

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { track } = require('./children.js');

/** Where Debian keeps the keys that sign its archive (the ending changed with Debian 13). */
const ARCHIVE_KEYRINGS = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
];

/** A failure with one sentence that says what to do; `kind` is for code. */
class ProvisionError extends Error {
  /**
   * @param {'no-apt' | 'mirror-unreachable' | 'suite-missing' | 'signature' | 'package-missing' | 'unpack' | 'tampered'} kind
   * @param {string} message
   */
  constructor(kind, message) {
    super(message);
    this.name = 'ProvisionError';
    this.kind = kind;
  }
}

/**
 * @typedef {object} RunResult
 * @property {number} status
 * @property {string} output both streams
 */

/**
 * Runs a program, keeps its output, and writes it to the log.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, log?: string, onStatus?: (line: string) => void, cwd?: string }} [options]
 *   onStatus hears the lines the program writes to file descriptor 3
 * @returns {Promise<RunResult>}
 */
function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, LC_ALL: 'C', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', options.onStatus === undefined ? 'ignore' : 'pipe'],
    });
    track(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (output += text));
    }
    const status = child.stdio[3];
    if (status && 'on' in status && options.onStatus !== undefined) {
      const { onStatus } = options;
      status.on('data', (/** @type {Buffer} */ data) => {
        for (const line of data.toString().split('\n')) if (line !== '') onStatus(line);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      if (options.log !== undefined) fs.appendFileSync(options.log, `$ ${command} ${args.join(' ')}\n${output}\n`);
      resolve({ status: code ?? 1, output });
    });
  });
}

/**
 * The Debian mirrors this machine's apt is set up with, in order, security and update suites left out.
 * `--print-uris` reads the configuration only: no network, no right to write, no downloaded lists needed.
 * @param {string} printed what `apt-get update --print-uris` wrote
 * @returns {string[]}
 */
function mirrorsIn(printed) {
  const mirrors = new Set();
  for (const match of printed.matchAll(/^'(.*)\/dists\/([^/']+)\/InRelease'/gm)) {
    const [, uri, suite] = match;
    if (uri !== undefined && suite !== undefined && !suite.includes('-')) mirrors.add(uri);
  }
  return [...mirrors];
}

/**
 * The machine's settings of how to reach a mirror (proxies, certificates, retries), without what would let
 * apt take unsigned lists, and without the hooks that tools hang into apt.
 * @param {string} dump what `apt-config dump` wrote
 * @returns {string}
 */
function acquireSettings(dump) {
  const unwanted = /^Acquire::(Languages|IndexTargets|Allow|Changelogs|CompressionTypes|GzipIndexes)/;
  return dump
    .split('\n')
    .filter((line) => line.startsWith('Acquire::') && !unwanted.test(line))
    .join('\n');
}

/**
 * @param {string} text what apt-get printed while failing
 * @param {string} mirror
 * @param {string} suite
 * @param {string} log
 * @returns {ProvisionError}
 */
function updateFailure(text, mirror, suite, log) {
  if (/NO_PUBKEY|not signed|couldn't be verified|Missing key/i.test(text)) {
    return new ProvisionError(
      'signature',
      `The Debian archive keys of this machine do not verify the suite "${suite}" on ${mirror}: install the current ` +
        `package debian-archive-keyring and try again (log: ${log}).`,
    );
  }
  if (/404|does not have a Release file|no longer has a Release file/.test(text)) {
    return new ProvisionError(
      'suite-missing',
      `The mirror ${mirror} does not carry the Debian suite "${suite}": set HUSHTONE_DEBIAN_MIRROR to a Debian mirror, ` +
        `or install Asterisk 22.10.1 or newer yourself (log: ${log}).`,
    );
  }
  return new ProvisionError(
    'mirror-unreachable',
    `The Debian mirror ${mirror} cannot be reached: check the network and the proxy of this machine, or set ` +
      `HUSHTONE_DEBIAN_MIRROR to a mirror that can be reached, and run the same command again (log: ${log}).`,
  );
}

/**
 * A package as apt resolved it.
 * @typedef {object} Resolved
 * @property {string} name
 * @property {string} version with its epoch
 * @property {string} file name of the .deb
 * @property {number} size bytes
 */

/**
 * @param {string} printed what `apt-get install --print-uris` wrote
 * @returns {Resolved[]}
 */
function packagesIn(printed) {
  const packages = [];
  for (const match of printed.matchAll(/^'[^']+' ([^ ]+\.deb) (\d+) /gm)) {
    const [, file = '', size = '0'] = match;
    const [name = '', version = ''] = file.replace(/\.deb$/, '').split('_');
    packages.push({ name, version: decodeURIComponent(version), file, size: Number(size) });
  }
  return packages;
}

/** One private apt state in a folder of its own, for one architecture. */
class PrivateApt {
  /**
   * @param {{ directory: string, architecture: string, log: string, keyrings?: string[] }} options
   *   keyrings: files to verify with instead of the machine's Debian archive keyring
   */
  constructor(options) {
    this.directory = options.directory;
    this.architecture = options.architecture;
    this.log = options.log;
    this.keyring = (options.keyrings ?? ARCHIVE_KEYRINGS).find((file) => fs.existsSync(file));
    this.archives = path.join(options.directory, 'cache', 'archives');
    this.suite = '';
  }

  /**
   * Writes the private configuration. APT_CONFIG is read before the machine's own files, so it can switch
   * those off; what it needs of them is copied in.
   */
  prepare() {
    const at = (/** @type {string[]} */ ...parts) => path.join(this.directory, ...parts);
    for (const folder of [at('state', 'lists', 'partial'), at('cache', 'archives', 'partial')]) {
      fs.mkdirSync(folder, { recursive: true });
    }
    fs.writeFileSync(at('state', 'status'), '');
    const machine = spawnSync('apt-config', ['dump'], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
    const quoted = (/** @type {string} */ key, /** @type {string} */ value) => `${key} "${value}";`;
    const settings = [
      acquireSettings(machine.stdout),
      quoted('Dir::State', at('state')),
      quoted('Dir::State::status', at('state', 'status')),
      quoted('Dir::Cache', at('cache')),
      quoted('Dir::Etc::main', '/dev/null'),
      quoted('Dir::Etc::parts', '/dev/null'),
      quoted('Dir::Etc::sourcelist', at('sources.list')),
      quoted('Dir::Etc::sourceparts', '/dev/null'),
      quoted('Dir::Etc::preferences', '/dev/null'),
      quoted('Dir::Etc::preferencesparts', '/dev/null'),
      quoted('APT::Architecture', this.architecture),
      quoted('APT::Architectures', this.architecture),
      quoted('APT::Install-Recommends', 'false'),
      quoted('APT::Sandbox::User', ''),
      quoted('APT::Update::Error-Mode', 'any'),
      quoted('APT::Get::AllowUnauthenticated', 'false'),
      quoted('Acquire::AllowInsecureRepositories', 'false'),
      quoted('Acquire::AllowDowngradeToInsecureRepositories', 'false'),
      quoted('Acquire::Check-Valid-Until', 'false'),
      quoted('Acquire::Languages', 'none'),
      quoted('Acquire::Retries', '2'),
      quoted('Acquire::http::Timeout', '20'),
      quoted('Acquire::https::Timeout', '20'),
      quoted('Debug::NoLocking', '1'),
    ];
    fs.writeFileSync(at('apt.conf'), `${settings.join('\n')}\n`);
  }

  /**
   * @param {string[]} args
   * @param {(line: string) => void} [onStatus]
   */
  aptGet(args, onStatus) {
    return run('apt-get', args, {
      env: { APT_CONFIG: path.join(this.directory, 'apt.conf') },
      log: this.log,
      cwd: this.archives,
      ...(onStatus && { onStatus }),
    });
  }

  /**
   * Reads the signed index of one suite.
   * @param {string} mirror
   * @param {string} suite
   * @throws {ProvisionError}
   */
  async use(mirror, suite) {
    const failure = await this.tryUse(mirror, suite);
    if (failure === undefined) return;
    if (failure.kind !== 'signature') throw failure;
    // Older machines do not know the keys of newer suites: their own suite brings the current keys.
    this.keyring = (await this.newerKeyring()) ?? this.keyring;
    const second = await this.tryUse(mirror, suite);
    if (second !== undefined) throw second;
  }

  /**
   * @param {string} mirror
   * @param {string} suite
   * @returns {Promise<ProvisionError | undefined>}
   */
  async tryUse(mirror, suite) {
    if (this.keyring === undefined) return updateFailure('NO_PUBKEY', mirror, suite, this.log);
    fs.writeFileSync(
      path.join(this.directory, 'sources.list'),
      `deb [signed-by=${this.keyring}] ${mirror} ${suite} main\n`,
    );
    this.suite = suite;
    const result = await this.aptGet(['update']);
    return result.status === 0 ? undefined : updateFailure(result.output, mirror, suite, this.log);
  }

  /**
   * The newest debian-archive-keyring of the machine's own suites, verified with the keys the machine has.
   * @returns {Promise<string | undefined>} path of the keyring
   */
  async newerKeyring() {
    const directory = path.join(this.directory, 'keyring');
    const state = path.join(directory, 'state');
    fs.mkdirSync(path.join(state, 'lists', 'partial'), { recursive: true });
    fs.writeFileSync(path.join(state, 'status'), '');
    const options = [`Dir::State=${state}`, `Dir::State::status=${path.join(state, 'status')}`]
      .concat([`Dir::Cache=${path.join(directory, 'cache')}`, 'Debug::NoLocking=1', 'APT::Sandbox::User='])
      .flatMap((option) => ['-o', option]);
    const settings = { log: this.log, cwd: directory };
    await run('apt-get', [...options, 'update'], settings);
    await run('apt-get', [...options, 'download', 'debian-archive-keyring'], settings);
    const deb = fs.readdirSync(directory).find((name) => name.endsWith('.deb'));
    if (deb === undefined) return undefined;
    await run('dpkg-deb', ['-x', deb, 'unpacked'], settings);
    return ARCHIVE_KEYRINGS.map((file) => path.join(directory, 'unpacked', file)).find((file) => fs.existsSync(file));
  }

  /**
   * What installing these packages on an empty system would take.
   * @param {string[]} names
   * @returns {Promise<Resolved[]>}
   * @throws {ProvisionError}
   */
  async resolve(names) {
    const result = await this.aptGet(['install', '--yes', '--print-uris', ...names]);
    if (result.status === 0) return packagesIn(result.output);
    throw new ProvisionError(
      'package-missing',
      `The Debian suite "${this.suite}" cannot provide ${names.join(', ')} at the moment: install Asterisk 22.10.1 or ` +
        `newer yourself, or try again later (log: ${this.log}).`,
    );
  }

  /**
   * Downloads the packages into `archives`; apt checks each against the signed index.
   * @param {string[]} names
   * @param {(percent: number) => void} onPercent
   * @throws {ProvisionError}
   */
  async download(names, onPercent) {
    const result = await this.aptGet(
      ['install', '--yes', '--download-only', '-o', 'APT::Status-Fd=3', ...names],
      (line) => {
        const match = /^dlstatus:\d+:([\d.]+):/.exec(line);
        if (match) onPercent(Number(match[1]));
      },
    );
    if (result.status === 0) return;
    const uri = /^deb \[[^\]]*\] (\S+)/.exec(fs.readFileSync(path.join(this.directory, 'sources.list'), 'utf8'))?.[1];
    throw updateFailure('', uri ?? 'of this machine', this.suite, this.log);
  }
}

/**
 * The mirrors to try, the one set by hand alone if there is one.
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} directory where apt may look for a state (it stays empty)
 * @returns {Promise<string[]>}
 * @throws {ProvisionError} when there is no apt here
 */
async function findMirrors(environment, directory) {
  const missing = ['apt-get', 'apt-config', 'dpkg-deb'].find(
    (tool) => spawnSync(tool, ['--version'], { env: environment }).error,
  );
  if (missing !== undefined) {
    throw new ProvisionError('no-apt', `This is no Debian system (${missing} is missing).`);
  }
  const byHand = environment.HUSHTONE_DEBIAN_MIRROR;
  if (byHand !== undefined && byHand !== '') return [byHand];
  const state = path.join(directory, 'machine');
  fs.mkdirSync(path.join(state, 'lists', 'partial'), { recursive: true });
  const options = [`Dir::State=${state}`, 'Debug::NoLocking=1'].flatMap((option) => ['-o', option]);
  const printed = await run('apt-get', [...options, 'update', '--print-uris']);
  const mirrors = mirrorsIn(printed.output);
  if (mirrors.length === 0) {
    throw new ProvisionError(
      'no-apt',
      'No Debian mirror is configured for apt here: set HUSHTONE_DEBIAN_MIRROR to one.',
    );
  }
  return mirrors;
}

module.exports = { PrivateApt, ProvisionError, findMirrors, run, mirrorsIn, acquireSettings, packagesIn };
