import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { stripSources } from './stripped-sources';

export interface SandboxProcess {
  readonly url: string;
  readonly pid: number;
  /** What it wrote on stdout and stderr after it said where it listens. */
  output(): string;
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts the real sandbox as a process of its own, from the sources as they are now. `args` as on its command line. */
export async function startSandboxProcess(...args: string[]): Promise<SandboxProcess> {
  const sources = stripSources(['src/errors.ts', 'src/ports', 'src/observe/system-clock.ts', 'src/sandbox']);
  const child = spawn(process.execPath, [path.join(sources.folder, 'src/sandbox/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (piece: Buffer) => (output += piece.toString('utf8')));
  const lines = createInterface({ input: child.stdout });
  const first = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', () => {
      sources.remove();
      reject(new Error(`the sandbox did not start: ${output}`));
    });
  });
  lines.on('line', (line) => (output += `${line}\n`));
  const { sandbox_url: url, pid } = JSON.parse(first) as { sandbox_url: string; pid: number };
  const call = async (method: string, at: string, body?: unknown): Promise<unknown> => {
    const request =
      body === undefined
        ? { method }
        : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    return (await fetch(url + at, request)).json();
  };
  return {
    url,
    pid,
    output: () => output,
    get: (at) => call('GET', at),
    post: (at, body) => call('POST', at, body),
    stop: async () => {
      await stop(child);
      sources.remove();
    },
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
