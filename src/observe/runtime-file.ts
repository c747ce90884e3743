import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

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

/** Writes `<data dir>/runtime.json` by rename, so that a reader never sees half of it. */
export function writeRuntimeFile(dataDir: string, runtime: Runtime): void {
  writeByRename(path.join(dataDir, 'runtime.json'), runtime, 0o644);
}

/** Makes the service API client at the first start: `<data dir>/api-client.json`, for its owner alone. */
export function ensureApiClient(dataDir: string): void {
  const file = path.join(dataDir, 'api-client.json');
  if (existsSync(file)) return;
  const client_id = `m${randomBytes(10).toString('hex')}`;
  writeByRename(file, { client_id, client_secret: `sk_${randomBytes(24).toString('hex')}` }, 0o600);
}

function writeByRename(file: string, content: object, mode: number): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}.tmp`;
  writeFileSync(beside, `${JSON.stringify(content, null, 2)}\n`, { mode });
  renameSync(beside, file);
}
