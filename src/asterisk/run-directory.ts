import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TemplateVariables, fillIn } from './config-template';
import { writeHolder } from './file-lock';
import type { AsteriskProgram } from './find-asterisk';
import { OWNER_FILE } from './leftovers';

/** The folders of one private Asterisk, all below `directory`, which only its user may enter. */
export interface RunDirectory {
  readonly directory: string;
  readonly configFile: string;
  readonly spoolDir: string;
  /** The log that logger.conf writes. */
  readonly logFile: string;
  readonly soundsDir: string;
  remove(): void;
}

export interface RunDirectorySource {
  /** Folder with the configuration files that are filled in and copied. */
  readonly configDir: string;
  /** `<language>/<file>` recordings of the project. */
  readonly projectSounds: string;
  readonly variables: TemplateVariables;
  /** Files written instead of, or beside, those of `configDir`, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Files that Asterisk looks for and that have nothing to say here; without them it logs errors at every start. */
const EMPTY_FILES = ['acl.conf', 'ccss.conf', 'features.conf', 'pjproject.conf', 'udptl.conf', 'websocket_client.conf'];

/**
 * Makes the folders and writes the configuration. It lies in the system's folder for temporary files because the path of a
 * Unix socket may have 107 characters only (unix(7)).
 */
export function makeRunDirectory(program: AsteriskProgram, name: string, source: RunDirectorySource): RunDirectory {
  const directory = mkdtempSync(path.join(tmpdir(), `${name}-`));
  const at = (folder: string): string => path.join(directory, folder);
  for (const folder of ['etc', 'state', 'data', 'state/keys', 'spool', 'run', 'log', 'cache'])
    mkdirSync(at(folder), { mode: 0o700 });
  writeHolder(at(OWNER_FILE));
  const folders = {
    etc_dir: at('etc'),
    module_dir: program.moduleDir,
    state_dir: at('state'),
    data_dir: at('data'),
    agi_dir: at('state'),
    spool_dir: at('spool'),
    run_dir: at('run'),
    log_dir: at('log'),
    cache_dir: at('cache'),
  };
  writeConfig(at('etc'), source, { ...folders, ...source.variables });
  linkData(program, at('data'), source.projectSounds);
  return {
    directory,
    configFile: path.join(directory, 'etc', 'asterisk.conf'),
    spoolDir: at('spool'),
    logFile: path.join(directory, 'log', 'messages.log'),
    soundsDir: path.join(directory, 'data', 'sounds'),
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function writeConfig(etc: string, source: RunDirectorySource, variables: TemplateVariables): void {
  for (const file of EMPTY_FILES) writeFileSync(path.join(etc, file), '; empty on purpose\n', { mode: 0o600 });
  const templates = readdirSync(source.configDir).filter((file) => file.endsWith('.conf'));
  for (const file of templates) {
    const text = readFileSync(path.join(source.configDir, file), 'utf8');
    writeFileSync(path.join(etc, file), fillIn(text, variables), { mode: 0o600 });
  }
  for (const [file, text] of Object.entries(source.files)) writeFileSync(path.join(etc, file), text, { mode: 0o600 });
}

/**
 * Asterisk's data folder: its own documentation and recordings, and those of the project, which are found both as
 * `hushtone/<id>` in the channel's language and as `<language>/hushtone/<id>` in whatever language.
 */
function linkData(program: AsteriskProgram, data: string, projectSounds: string): void {
  for (const folder of ['documentation', 'rest-api']) {
    symlinkSync(path.join(program.dataDir, folder), path.join(data, folder));
  }
  const sounds = path.join(data, 'sounds');
  mkdirSync(path.join(sounds, 'en'), { recursive: true });
  if (program.coreSounds !== null && program.origin !== 'docker') {
    for (const entry of readdirSync(program.coreSounds)) {
      symlinkSync(path.join(program.coreSounds, entry), path.join(sounds, 'en', entry));
    }
  }
  for (const language of readdirSync(projectSounds, { withFileTypes: true })) {
    if (!language.isDirectory()) continue;
    mkdirSync(path.join(sounds, language.name), { recursive: true });
    symlinkSync(path.resolve(projectSounds, language.name), path.join(sounds, language.name, 'hushtone'));
  }
}
