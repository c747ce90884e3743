import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileReason, HushtoneError } from '../errors';

/** What was taken at this start, for whoever looks for the engine. */
export interface Runtime {
  readonly engine_pid: number;
  readonly http_url: string;
  /** Null when Asterisk is not ours. */
  readonly sip_port: number | null;
  readonly rtp_ports: string | null;
  readonly ari_url: string;
  readonly asterisk_pid: number | null;
  readonly sandbox_url: string | null;
}

const RUNTIME_FILE = 'runtime.json';

/**
 * Makes the data directory and, at the first start, the service API client: `<data dir>/api-client.json`, for its owner alone.
 *
 * @throws HushtoneError `config-invalid` when it cannot be written
 */
export function prepareDataDir(dataDir: string): void {
  const client = path.join(dataDir, 'api-client.json');
  try {
    makeFolder(dataDir);
    if (!existsSync(client)) writeByRename(client, newApiClient(), 0o600);
  } catch (error) {
    throw new HushtoneError(
      'config-invalid',
      `the data directory ${dataDir} cannot be written: ${fileReason(error)}; make it writable for the user that runs the engine, or set HUSHTONE_DATA_DIR to one that is`,
    );
  }
}

/** One by one: Node's own recursion never ends where a parent that is there says it is not (`/proc`, some mounts). */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  mkdirSync(folder);
}

function newApiClient(): object {
  return {
    client_id: `m${randomBytes(10).toString('hex')}`,
    client_secret: `sk_${randomBytes(24).toString('hex')}`,
  };
}

/**
 * Writes `<data dir>/runtime.json` by rename, so that a reader never sees half of it. It is there from the moment the engine
 * is ready until it begins to stop. Only an engine that was killed leaves it behind, and the next start removes it; so
 * whoever reads one checks that `engine_pid` runs.
 */
export function writeRuntimeFile(dataDir: string, runtime: Runtime): void {
  writeByRename(path.join(dataDir, RUNTIME_FILE), runtime, 0o644);
}

/** For an engine that stops, and for one that starts in the data directory of one that was killed. Idempotent. */
export function removeRuntimeFile(dataDir: string): void {
  rmSync(path.join(dataDir, RUNTIME_FILE), { force: true });
}

function writeByRename(file: string, content: object, mode: number): void {
  const beside = `${file}.${process.pid}.tmp`;
  writeFileSync(beside, `${JSON.stringify(content, null, 2)}\n`, { mode });
  renameSync(beside, file);
}
