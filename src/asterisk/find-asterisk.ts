import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { HushtoneError } from '../errors';
import { SUPPORTED_VERSIONS, isSupportedVersion } from './supported-version';
import { DOCKER_IMAGE, asteriskOnPath, dockerAnswers, dockerImageBuilt, versionOf } from './installed';
import { provisionedRoot } from './provision';
import { libraryFolder, unpackedCommand } from './unpacked';

/** An Asterisk program that can be started, and where its own files lie. */
export interface AsteriskProgram {
  readonly origin: 'provisioned' | 'installed' | 'docker';
  /** What `asterisk -V` says. */
  readonly version: string;
  readonly moduleDir: string;
  /** Holds `documentation/` and `rest-api/`. */
  readonly dataDir: string;
  /** Asterisk's own English recordings, or null when they are not installed. */
  readonly coreSounds: string | null;
  /** The command line that runs Asterisk with these arguments; `directory` is its run directory. */
  commandLine(args: readonly string[], directory: string): readonly [string, ...string[]];
}

/**
 * Finds an Asterisk: unpacked into the cache, else installed on this machine, else as a Docker image.
 *
 * @throws HushtoneError `asterisk-unavailable` or, when the only one is too old, `asterisk-too-old`
 */
export function findAsterisk(projectDir: string, environment: NodeJS.ProcessEnv): AsteriskProgram {
  const root = provisionedRoot(projectDir, 'asterisk');
  if (root !== undefined) return provisionedAsterisk(root);
  const installed = asteriskOnPath(environment);
  const installedVersion = installed === undefined ? '' : versionOf(installed);
  if (installed !== undefined && isSupportedVersion(installedVersion))
    return installedAsterisk(installed, installedVersion);
  if (dockerAnswers(environment) && dockerImageBuilt(environment)) return dockerAsterisk(projectDir);
  if (installed !== undefined) {
    throw new HushtoneError(
      'asterisk-too-old',
      `${installed} is "${installedVersion}"; allowed: ${SUPPORTED_VERSIONS}`,
    );
  }
  throw new HushtoneError(
    'asterisk-unavailable',
    `run "npm start" or "npm run demo" on Debian 12 or newer, which fetch one; or install Asterisk ${SUPPORTED_VERSIONS}; ` +
      'or install Docker; or set HUSHTONE_ARI_URL to an Asterisk that is running',
  );
}

function provisionedAsterisk(root: string): AsteriskProgram {
  const { command, args: loader } = unpackedCommand(root, 'usr/sbin/asterisk');
  const dataDir = path.join(root, 'usr/share/asterisk');
  return {
    origin: 'provisioned',
    version: firstLine(spawnSync(command, [...loader, '-V'], { encoding: 'utf8' }).stdout),
    moduleDir: path.join(libraryFolder(root), 'asterisk/modules'),
    dataDir,
    coreSounds: existing(path.join(dataDir, 'sounds/en_US_f_Allison')),
    commandLine: (args) => [command, ...loader, ...args],
  };
}

function installedAsterisk(program: string, version: string): AsteriskProgram {
  const moduleDir = [
    ...['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/asterisk/modules`),
    '/usr/lib/asterisk/modules',
    '/usr/lib64/asterisk/modules',
    '/usr/local/lib/asterisk/modules',
  ].find((folder) => existsSync(path.join(folder, 'res_ari.so')));
  if (moduleDir === undefined) {
    throw new HushtoneError(
      'asterisk-unavailable',
      `${program} has no modules for ARI: install the modules of its package`,
    );
  }
  const dataDir = ['/usr/share/asterisk', '/var/lib/asterisk'].find((folder) =>
    existsSync(path.join(folder, 'rest-api')),
  );
  const sounds = [
    path.join(dataDir ?? '', 'sounds/en_US_f_Allison'),
    '/var/lib/asterisk/sounds/en',
    '/usr/share/asterisk/sounds/en',
  ];
  return {
    origin: 'installed',
    version,
    moduleDir,
    dataDir: dataDir ?? '/var/lib/asterisk',
    coreSounds: sounds.find((folder) => existsSync(folder)) ?? null,
    commandLine: (args) => [program, ...args],
  };
}

/**
 * The image is Debian's Asterisk, so its folders are known. It shares the network and the run directory of the machine:
 * ports, files and control socket are the same as without Docker. Recordings have to lie in the project's folder.
 */
function dockerAsterisk(projectDir: string): AsteriskProgram {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const user = `${String(process.getuid?.() ?? 0)}:${String(process.getgid?.() ?? 0)}`;
  return {
    origin: 'docker',
    version: firstLine(spawnSync('docker', ['run', '--rm', DOCKER_IMAGE, '-V'], { encoding: 'utf8' }).stdout),
    moduleDir: `/usr/lib/${machine}-linux-gnu/asterisk/modules`,
    dataDir: '/usr/share/asterisk',
    coreSounds: '/usr/share/asterisk/sounds/en_US_f_Allison',
    commandLine: (args, directory) => {
      const shared = ['--volume', `${directory}:${directory}`, '--volume', `${projectDir}:${projectDir}:ro`];
      const name = path.basename(directory);
      const inside = args.includes('-rx')
        ? ['exec', name, 'asterisk', ...args]
        : [
            'run',
            '--rm',
            '--init',
            '--name',
            name,
            '--network',
            'host',
            '--user',
            user,
            ...shared,
            DOCKER_IMAGE,
            ...args,
          ];
      return ['docker', ...inside];
    },
  };
}

const existing = (folder: string): string | null => (existsSync(folder) ? folder : null);
const firstLine = (text: string): string => text.split('\n')[0]?.trim() ?? '';
