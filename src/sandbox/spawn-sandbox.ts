import { spawn, type ChildProcessByStdio } from 'node:child_process';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { HushtoneError } from '../errors';

export interface SandboxProcess {
  readonly url: string;
  readonly pid: number;
  /** Settles when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the sandbox as a child of this process, on any free port of the loopback. The channel between the two carries
 * nothing: it closes when this process is gone, however it went, and that ends the sandbox.
 *
 * @throws HushtoneError `provision-failed` with what it said when it ended instead of starting.
 */
export async function spawnSandbox(): Promise<SandboxProcess> {
  const child = spawn(process.execPath, [path.join(__dirname, 'main.js'), '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // The types know of no process with pipes and a channel.
  }) as ChildProcessByStdio<null, Readable, Readable>;
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => {
      resolve((JSON.parse(line) as { sandbox_url: string }).sandbox_url);
    });
    void ended.then(() => {
      reject(new HushtoneError('provision-failed', `the sandbox gateway ended while starting: ${said.trim()}`));
    });
  });
  return {
    url,
    pid: child.pid ?? 0,
    ended,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
