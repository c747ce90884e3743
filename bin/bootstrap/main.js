'use strict';

const path = require('node:path');
const { endChildren } = require('../../src/asterisk/children.js');
const { endChildrenOnSignal } = require('./child.js');
const { ensureBuilt } = require('./build.js');
const { ensurePackages } = require('./packages.js');
const { ensureSet, recordSet, neededSets, withEnvFile } = require('./programs.js');
const { Progress } = require('./progress.js');
const { SetupError } = require('./setup-error.js');

const PROJECT = path.resolve(__dirname, '..', '..');

/**
 * Everything a command needs, put in place side by side: compiling an npm package takes about as long as the download of
 * Asterisk.
 * @param {string[]} args
 * @param {Progress} progress
 */
async function prepare(args, progress) {
  const environment = withEnvFile(PROJECT, process.env);
  const sets = neededSets(args, environment).map((set) => ensureSet(PROJECT, set, environment, progress));
  const code = ensurePackages(PROJECT, progress).then(() => ensureBuilt(PROJECT, progress));
  await Promise.all([code, ...sets]);
}

/**
 * `hushtone provision <set> [--record]`: fetches one set of packages; --record writes its versions into the committed record.
 * @param {string[]} args
 * @param {Progress} progress
 */
async function provisionCommand(args, progress) {
  const sets = args.filter((arg) => !arg.startsWith('--'));
  if (sets.length === 0)
    throw new SetupError('Say which set of packages: hushtone provision asterisk|speech|tones [--record].');
  for (const set of sets) {
    if (args.includes('--record')) await recordSet(PROJECT, set, progress);
    else await ensureSet(PROJECT, set, process.env, progress);
  }
}

/**
 * @param {string[]} args of the command line, the command first
 */
async function main(args) {
  const progress = new Progress();
  const release = endChildrenOnSignal();
  try {
    if (args[0] === 'provision') {
      await provisionCommand(args.slice(1), progress);
      return;
    }
    await prepare(args, progress);
  } catch (error) {
    progress.stop();
    await endChildren('SIGTERM');
    const known = error instanceof SetupError;
    process.stderr.write(`hushtone: ${known ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
    process.exit(1);
  }
  progress.stop();
  release();
  require(path.join(PROJECT, 'dist', args.length === 1 && args[0] === 'start' ? 'main.js' : 'cli/main.js'));
}

module.exports = main;
