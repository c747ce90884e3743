'use strict';

/**
 * An Asterisk that this machine has already: on the PATH, or as a Docker image. Plain CommonJS without packages: the
 * bootstrap asks before npm packages are installed.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

/** Name of the image that is built from the Dockerfile of the project. */
const DOCKER_IMAGE = 'hushtone-asterisk';

/**
 * The first executable `asterisk` on the PATH, or in an `sbin` beside a `bin` of it: system programs are not on the PATH of
 * ordinary users.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string | undefined}
 */
function asteriskOnPath(environment) {
  const folders = (environment.PATH ?? '').split(':').flatMap((folder) => [folder, folder.replace(/\/bin$/, '/sbin')]);
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, 'asterisk'))
    .find((file) => {
      try {
        fs.accessSync(file, fs.constants.X_OK);
        return fs.statSync(file).isFile();
      } catch {
        return false;
      }
    });
}

/**
 * @param {string} program
 * @returns {string} what `asterisk -V` says ('' when it cannot run)
 */
function versionOf(program) {
  return spawnSync(program, ['-V'], { encoding: 'utf8', timeout: 5000 }).stdout?.trim() ?? '';
}

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {boolean} whether a Docker daemon answers this user
 */
function dockerAnswers(environment) {
  return spawnSync('docker', ['info'], { env: environment, stdio: 'ignore', timeout: 10_000 }).status === 0;
}

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {boolean} whether the image has been built
 */
function dockerImageBuilt(environment) {
  const args = ['image', 'inspect', DOCKER_IMAGE];
  return spawnSync('docker', args, { env: environment, stdio: 'ignore', timeout: 10_000 }).status === 0;
}

module.exports = { DOCKER_IMAGE, asteriskOnPath, versionOf, dockerAnswers, dockerImageBuilt };
