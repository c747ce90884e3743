'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { endChildren, track } = require('../../src/asterisk/children.js');

/**
 * Runs a program with all it prints going to a log file.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, log: string, env?: NodeJS.ProcessEnv }} options env: added to this process's own
 * @returns {Promise<number>} its exit status (1 when a signal ended it, 127 when there is no such program)
 */
function runLogged(command, args, options) {
  fs.mkdirSync(path.dirname(options.log), { recursive: true });
  const log = fs.openSync(options.log, 'w');
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', log, log],
    });
    track(child);
    /** @param {number} status */
    const done = (status) => {
      fs.closeSync(log);
      resolve(status);
    };
    child.once('error', () => done(127));
    child.once('exit', (code) => done(code ?? 1));
  });
}

/**
 * While something is being put in place, a signal ends the helpers first.
 * @returns {() => void} lets go of the signals
 */
function endChildrenOnSignal() {
  /** @param {NodeJS.Signals} signal */
  const end = (signal) => {
    void endChildren(signal).then(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  return () => {
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  };
}

module.exports = { runLogged, endChildrenOnSignal };
