'use strict';

/**
 * The helper processes that this process has started and still waits for, so that they can be ended with it: a half-ended
 * installation that runs on would write into what the next start installs.
 */

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * @param {import('node:child_process').ChildProcess} child
 */
function track(child) {
  running.add(child);
  const forget = () => running.delete(child);
  child.once('error', forget);
  child.once('exit', forget);
}

/**
 * Ends them all.
 * @param {NodeJS.Signals} signal
 * @returns {Promise<void>} settled when they have gone
 */
async function endChildren(signal) {
  await Promise.all(
    [...running].map(
      (child) =>
        new Promise((resolve) => {
          child.once('exit', resolve);
          child.kill(signal);
        }),
    ),
  );
}

module.exports = { track, endChildren };
