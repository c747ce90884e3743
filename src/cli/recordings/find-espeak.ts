import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { provision } from '../../asterisk/provision.js';
import { libraryFolder, unpackedCommand } from '../../asterisk/unpacked.js';
import type { FindProgram, Program } from './text-to-speech';

/**
 * Finds espeak-ng: the machine's own if there is one on the PATH, else the project's unpacked copy, which is fetched the
 * first time. Any other program is left to the PATH.
 */
export function findEspeak(projectDir: string, tell: (line: string) => void): FindProgram {
  return async (name) => {
    if (name !== 'espeak-ng' || isOnPath(name)) return null;
    const { root } = await provision({
      projectDir,
      set: 'speech',
      onProgress: ({ step, percent }) => {
        if (percent === undefined) tell(`espeak-ng: ${step}`);
      },
    });
    return unpackedEspeak(root);
  };
}

function unpackedEspeak(root: string): Program {
  return { ...unpackedCommand(root, 'usr/bin/espeak-ng'), env: { ESPEAK_DATA_PATH: libraryFolder(root) } };
}

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}
