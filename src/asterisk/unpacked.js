'use strict';

/**
 * Running programs out of a folder of unpacked Debian packages: with the loader and the libraries of that
 * folder, so that they need nothing of the machine's own, older or newer, system.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

/** Debian architecture -> its folder of libraries. */
const TRIPLETS = /** @type {Record<string, string>} */ ({ amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' });

const ARCHITECTURES = Object.keys(TRIPLETS);

/**
 * @param {string} [nodeArch] as `process.arch` names it
 * @returns {string | undefined} Debian's name of this machine's architecture, if it is a supported one
 */
function debianArchitecture(nodeArch = process.arch) {
  return /** @type {Record<string, string>} */ ({ x64: 'amd64', arm64: 'arm64' })[nodeArch];
}

/**
 * @param {string} root folder the packages were unpacked into
 * @returns {string} its folder of shared libraries
 */
function libraryFolder(root) {
  const folder = Object.values(TRIPLETS)
    .map((triplet) => path.join(root, 'usr', 'lib', triplet))
    .find((candidate) => fs.existsSync(candidate));
  if (folder === undefined) throw new Error(`no unpacked libraries under ${root}`);
  return folder;
}

/**
 * How to start an unpacked program.
 * @param {string} root
 * @param {string} program its path in the packages, such as `usr/sbin/asterisk`
 * @returns {{ command: string, args: string[] }} to be followed by the program's own arguments
 */
function unpackedCommand(root, program) {
  const libraries = libraryFolder(root);
  const loader = fs.readdirSync(libraries).find((name) => /^ld-linux-.*\.so\.\d+$/.test(name));
  if (loader === undefined) throw new Error(`no loader in ${libraries}`);
  return {
    command: path.join(libraries, loader),
    args: ['--library-path', `${libraries}:${path.join(libraries, 'pulseaudio')}`, path.join(root, program)],
  };
}

/**
 * Makes absolute links point into the folder, as they would in an installed system; what still dangles stays.
 * @param {string} root
 */
function relinkAbsolute(root) {
  const listed = spawnSync('find', [root, '-type', 'l', '-lname', '/*', '-print0'], { encoding: 'utf8' });
  for (const link of listed.stdout.split('\0')) {
    if (link === '') continue;
    const target = path.join(root, fs.readlinkSync(link));
    if (!fs.existsSync(target)) continue;
    fs.unlinkSync(link);
    fs.symlinkSync(path.relative(path.dirname(link), target), link);
  }
}

module.exports = { ARCHITECTURES, debianArchitecture, libraryFolder, unpackedCommand, relinkAbsolute };
