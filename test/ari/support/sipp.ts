import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { freePort } from '../../../src/asterisk/free-ports';
import { provisionedRoot } from '../../../src/asterisk/provision';
import { unpackedCommand } from '../../../src/asterisk/unpacked';
import { PATIENCE_MS } from '../../../src/lab/patience';

const PROJECT = path.join(__dirname, '../../..');

/** A SIP peer under way. */
export interface SippCall {
  readonly sipPort: number;
  /** Resolves when it went as its scenario says; rejects with what SIPp printed. */
  readonly done: Promise<void>;
  /** Lets a scenario that waits to be told (`UNTIL_TOLD`) go on. */
  goOn(): void;
  kill(): void;
}

/** The file whose coming lets a scenario go on. */
const GO_ON = 'go-on';
/** In a scenario: waits for `goOn`, or for the end of SIPp. */
export const UNTIL_TOLD = `<nop><action><exec verify="until test -e ${GO_ON} || ! kill -0 $PPID; do sleep 0.05; done; rm -f ${GO_ON}"/></action></nop>`;

const POLL_MS = 20;

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
      `${PATIENCE_MS / 1_000}s`,
      '-timeout_error',
    ],
    { cwd: folder, env: { ...process.env, TERM: 'dumb' }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const done = ended(child).finally(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  done.catch(() => undefined);
  if (target === undefined) await Promise.race([untilListening(sipPort), done]);
  return {
    sipPort,
    done,
    goOn: () => {
      writeFileSync(path.join(folder, GO_ON), '');
    },
    kill: () => child.kill('SIGKILL'),
  };
}

/** An INVITE that comes before SIPp listens is lost, and the next one comes only when the ring time may be over. */
async function untilListening(port: number): Promise<void> {
  const socket = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const deadline = performance.now() + PATIENCE_MS;
  while (!readFileSync('/proc/net/udp', 'utf8').includes(socket)) {
    if (performance.now() >= deadline) throw new Error(`SIPp does not listen on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
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
