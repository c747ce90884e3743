import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileReason } from '../errors';
import type { Finding } from '../ports/findings';
import { inWords } from './findings';
import { EMPTY, journalFault } from './journal-header';

const MB = 1024 * 1024;
const LITTLE_MB = 500;
const TOO_LITTLE_MB = 20;
/** A start makes about ten. */
const TOO_FEW_FILES = 20;

const JOURNAL = 'payments.sqlite';
/** What the engine keeps open and writes. SQLite makes the others beside its files. */
const WRITTEN = [JOURNAL, 'flows.sqlite'].flatMap((file) => [file, `${file}-wal`, `${file}-shm`]).concat('calls.jsonl');

/** What a disk still has room for. */
export interface Room {
  readonly mb: number;
  /** Files that can be made; null where the file system has no such limit. */
  readonly files: number | null;
}

export interface StorePlace {
  readonly dataDir: string;
  /** Of the disk of a folder. */
  readonly roomIn: (folder: string) => Room;
}

export function roomIn(folder: string): Room {
  const { bavail, bsize, files, ffree } = statfsSync(folder);
  return { mb: Math.floor((bavail * bsize) / MB), files: files === 0 ? null : ffree };
}

/** The place of the payment journal. A folder that is not there yet is judged by the one it will be made in. Writes nothing. */
export function storeFindings({ dataDir, roomIn }: StorePlace): Finding[] {
  let there = dataDir;
  while (!existsSync(there)) there = path.dirname(there);
  const closed = folderFault(dataDir, there);
  if (closed !== null) return [closed];
  const locked = WRITTEN.flatMap((file) => fileFault(path.join(dataDir, file)));
  if (locked.length > 0) return locked;
  return [spaceFinding(dataDir, roomIn(there)), ...journalFinding(path.join(dataDir, JOURNAL))];
}

/** For an engine that runs: why no payment can be written down now, or null. */
export function storeProblem(place: StorePlace): string | null {
  const file = path.join(place.dataDir, JOURNAL);
  if (!existsSync(file)) return `${file} is gone, so what is written now is lost: stop the engine and put it back`;
  const refused = storeFindings(place).find(({ level }) => level === 'refused');
  return refused === undefined ? null : inWords(refused);
}

function folderFault(dataDir: string, there: string): Finding | null {
  const todo = 'make it writable for the user that runs the engine, or set HUSHTONE_DATA_DIR to one that is';
  if (!statSync(there).isDirectory())
    return refused(
      `the data directory ${dataDir} cannot be used: ${there} is no folder`,
      'set HUSHTONE_DATA_DIR to a folder',
    );
  const fault = accessFault(there, constants.W_OK | constants.X_OK);
  return fault === null ? null : refused(`the data directory ${dataDir} cannot be written: ${fault}`, todo);
}

/** Left by a start as another user, most often: the folder can be written, and what is in it cannot. */
function fileFault(file: string): Finding[] {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there === undefined) return [];
  if (!there.isFile())
    return [refused(`${file} is no file`, 'move it away, or set HUSHTONE_DATA_DIR to another folder')];
  const fault = accessFault(file, constants.R_OK | constants.W_OK);
  if (fault === null) return [];
  return [
    refused(`${file} cannot be read and written: ${fault}`, `run: chown USER ${file} (the user that runs the engine)`),
  ];
}

function accessFault(place: string, mode: number): string | null {
  try {
    accessSync(place, mode);
    return null;
  } catch (error) {
    return fileReason(error);
  }
}

function spaceFinding(dataDir: string, { mb, files }: Room): Finding {
  const todo =
    'free some space there, or set HUSHTONE_DATA_DIR to a disk that has more: without it no payment can be taken';
  if (files !== null && files < TOO_FEW_FILES)
    return refused(`only ${files} more files can be made on the disk of ${dataDir}`, todo);
  if (mb >= LITTLE_MB) return ok(`${dataDir} can be written; there is room`);
  const found = `only ${mb} MB are free on the disk of ${dataDir}`;
  return mb < TOO_LITTLE_MB ? refused(found, todo) : { about: 'store', level: 'warning', found, todo };
}

function journalFinding(file: string): Finding[] {
  if (!existsSync(file)) return [];
  const fault = journalFault(file);
  if (fault === null) return [ok('the payment journal has its write-ahead log')];
  const otherwise = 'put the right file back from a backup, or set HUSHTONE_DATA_DIR to another folder';
  if (fault === EMPTY)
    return [refused(`${file} ${fault}`, `delete it if no payment was ever taken with it; else ${otherwise}`)];
  return [refused(`${file} ${fault}`, otherwise)];
}

function ok(found: string): Finding {
  return { about: 'store', level: 'ok', found, todo: '' };
}

function refused(found: string, todo: string): Finding {
  return { about: 'store', level: 'refused', found, todo };
}
