'use strict';

/** Programs from outside npm: Asterisk, SIPp, a speech synthesiser, a tone decoder. */

const fs = require('node:fs');
const path = require('node:path');
const { provision, ProvisionError, recordVersions } = require('../../src/asterisk/provision.js');
const { isSupportedVersion } = require('../../src/asterisk/supported-version.js');
const {
  DOCKER_IMAGE,
  asteriskOnPath,
  dockerAnswers,
  dockerImageBuilt,
  versionOf,
} = require('../../src/asterisk/installed.js');
const { runLogged } = require('./child.js');
const { SetupError } = require('./setup-error.js');

/**
 * What people call the sets of packages.
 * @param {string} set
 */
const titleOf = (set) =>
  /** @type {Record<string, string>} */ ({ speech: 'speech synthesiser', tones: 'tone decoder', asterisk: 'Asterisk' })[
    set
  ] ?? set;

/**
 * The sets of packages a command needs.
 * @param {string[]} args of the command line
 * @param {NodeJS.ProcessEnv} environment with what .env adds
 * @returns {string[]}
 */
function neededSets(args, environment) {
  const [command, ...rest] = args;
  switch (command) {
    case 'start':
      return environment.HUSHTONE_ARI_URL ? [] : ['asterisk'];
    case 'demo':
    case 'bench':
    case 'call':
    case 'generate-ari':
      return ['asterisk'];
    case 'test':
    case 'soak':
      return ['asterisk', 'tones'];
    case 'prompts':
      return rest[0] === 'build' ? ['speech'] : [];
    default:
      return [];
  }
}

/**
 * The environment with the lines of `.env` that it does not set itself. (The engine reads .env with a library; here only
 * plain NAME=value lines count, which is what decides whether an Asterisk is needed.)
 * @param {string} projectDir
 * @param {NodeJS.ProcessEnv} environment
 * @returns {NodeJS.ProcessEnv}
 */
function withEnvFile(projectDir, environment) {
  /** @type {NodeJS.ProcessEnv} */
  const values = {};
  const file = path.join(projectDir, '.env');
  if (fs.existsSync(file)) {
    for (const match of fs.readFileSync(file, 'utf8').matchAll(/^\s*(?:export\s+)?(HUSHTONE_\w+)\s*=\s*(.*?)\s*$/gm)) {
      values[match[1] ?? ''] = (match[2] ?? '').replace(/^(['"])(.*)\1$/, '$2');
    }
  }
  return { ...values, ...environment };
}

/**
 * @param {string} projectDir
 * @param {string} set
 * @param {NodeJS.ProcessEnv} environment
 * @param {import('./progress.js').Progress} progress
 * @throws {SetupError}
 */
async function ensureSet(projectDir, set, environment, progress) {
  try {
    await provision(provisionOptions(projectDir, set, environment, progress));
    progress.finish(titleOf(set), 'ready');
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error;
    if (set !== 'asterisk' || error.kind === 'tampered') throw new SetupError(error.message);
    await otherAsterisk(projectDir, environment, progress, error);
  }
}

/**
 * Writes the versions a set has now into the committed record.
 * @param {string} projectDir
 * @param {string} set
 * @param {import('./progress.js').Progress} progress
 */
async function recordSet(projectDir, set, progress) {
  await recordVersions(provisionOptions(projectDir, set, process.env, progress));
  progress.finish(titleOf(set), 'recorded');
}

/**
 * @param {string} projectDir
 * @param {string} set
 * @param {NodeJS.ProcessEnv} environment
 * @param {import('./progress.js').Progress} progress
 * @returns {import('../../src/asterisk/provision.js').ProvisionOptions}
 */
function provisionOptions(projectDir, set, environment, progress) {
  return {
    projectDir,
    set,
    environment,
    onProgress: ({ step, percent }) => {
      progress.update(titleOf(set), percent === undefined ? step : `${step}, ${percent.toFixed(0)} %`);
    },
    onWarning: (warning) => {
      progress.note(`warning: ${warning}`);
    },
  };
}

/**
 * No package for us: one that is installed already will do, or one in Docker.
 * @param {string} projectDir
 * @param {NodeJS.ProcessEnv} environment
 * @param {import('./progress.js').Progress} progress
 * @param {ProvisionError} reason why there is no package
 */
async function otherAsterisk(projectDir, environment, progress, reason) {
  const task = 'Asterisk';
  const installed = asteriskOnPath(environment);
  if (installed !== undefined && isSupportedVersion(versionOf(installed))) {
    progress.finish(task, `using ${installed}`);
    return;
  }
  if (dockerAnswers(environment)) {
    if (!dockerImageBuilt(environment)) {
      progress.update(task, 'building the Docker image');
      const log = path.join(projectDir, '.cache', 'logs', 'docker-build.log');
      // A small folder as the context: with the whole project, everything in it would be copied to the daemon first.
      const args = ['build', '--tag', DOCKER_IMAGE, '--file', 'Dockerfile', 'asterisk-config'];
      const status = await runLogged('docker', args, { cwd: projectDir, log });
      if (status !== 0) throw new SetupError(`The Docker image of Asterisk could not be built (full log: ${log}).`);
    }
    progress.finish(task, 'in Docker');
    return;
  }
  if (reason.kind !== 'no-apt') throw new SetupError(reason.message);
  throw new SetupError(
    'No Asterisk can be brought up here: run this on Debian 12 or newer, or install Asterisk 22.10.1 or newer or Docker, ' +
      'or set HUSHTONE_ARI_URL to an Asterisk that is running.',
  );
}

module.exports = { neededSets, withEnvFile, ensureSet, recordSet };
