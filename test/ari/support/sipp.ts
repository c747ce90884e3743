import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { freePort } from '../../../src/asterisk/free-ports';
import { provisionedRoot } from '../../../src/asterisk/provision';
import { unpackedCommand } from '../../../src/asterisk/unpacked';

const PROJECT = path.join(__dirname, '../../..');

/** A SIP peer under way. */
export interface SippCall {
  readonly sipPort: number;
  /** Resolves when it went as its scenario says; rejects with what SIPp printed. */
  readonly done: Promise<void>;
  kill(): void;
}

/** Starts SIPp with one scenario, for one call: to `target` (host:port) as `service`, or waiting for a call without. */
export async function startSipp(
  scenario: string,
  target?: { readonly host: string; readonly service: string },
): Promise<SippCall> {
  const folder = mkdtempSync(path.join(tmpdir(), 'hushtone-sipp-'));
  const file = path.join(folder, 'scenario.xml');
  writeFileSync(file, scenario);
  const sipPort = await freePort('127.0.0.1', true);
  const mediaPort = await freePort('127.0.0.1', true);
  const { command, args } = unpackedCommand(provisionedRoot(PROJECT, 'asterisk') ?? '', 'usr/bin/sipp');
  const whom = target === undefined ? [] : [target.host, '-s', target.service];
  const child = spawn(
    command,
    [
      ...args,
      ...whom,
      '-sf',
      file,
      '-m',
      '1',
      '-nostdin',
      '-i',
      '127.0.0.1',
      '-p',
      `${sipPort}`,
      '-mp',
      `${mediaPort}`,
      '-timeout',
      '40s',
      '-timeout_error',
    ],
    { cwd: folder, env: { ...process.env, TERM: 'dumb' }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const done = ended(child).finally(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  done.catch(() => undefined);
  return { sipPort, done, kill: () => child.kill('SIGKILL') };
}

function ended(child: ChildProcess): Promise<void> {
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => (printed += data.toString()));
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`SIPp ended with ${code ?? 'a signal'}:\n${printed.slice(-2000)}`));
    });
  });
}
