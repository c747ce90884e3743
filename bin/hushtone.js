#!/usr/bin/env node
'use strict';

// The hushtone command, as it is committed: it needs Node and nothing else. What is missing (npm packages, the build, a
// private Asterisk) is put in place first; then the real command runs in this same process.
// This file is also read by Node versions that are too old, so that they can say so.

var LOWEST = [20, 19];
var version = process.versions.node.split('.').map(Number);

if (version[0] < LOWEST[0] || (version[0] === LOWEST[0] && version[1] < LOWEST[1])) {
  process.stderr.write(
    'hushtone: Node.js ' +
      LOWEST.join('.') +
      ' or newer is needed and this is ' +
      process.version +
      ': install a newer one and run the same command again.\n',
  );
  process.exitCode = 1;
} else {
  require('./bootstrap/main.js')(process.argv.slice(2));
}
