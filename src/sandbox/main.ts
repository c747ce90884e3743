/**
 * The sandbox as its own process: `node dist/sandbox/main.js [--port 0] [--host 127.0.0.1] [--tls-cert FILE --tls-key FILE]`.
 * Says where it listens as one JSON line on stdout; ends on SIGTERM or SIGINT, and with the engine that started it.
 */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { HushtoneError, messageOf } from '../errors';
import { SystemClock } from '../observe/system-clock';
import { startSandbox } from './server';
import type { SandboxOptions } from './server';

function readOptions(args: readonly string[]): SandboxOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new HushtoneError(
      'config-invalid',
      `--port is "${values.port}"; allowed: a port from 1 to 65535, or 0 for any free one`,
    );
  }
  return {
    host: values.host,
    port,
    tls: readTls(values['tls-cert'], values['tls-key']),
    clock: new SystemClock(),
    random: (limit) => randomInt(limit),
  };
}

function readTls(cert: string | undefined, key: string | undefined): SandboxOptions['tls'] {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined)
    throw new HushtoneError('config-invalid', '--tls-cert and --tls-key belong together');
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

async function main(): Promise<void> {
  // Before anything else: the engine may be gone before the sandbox listens.
  process.once('disconnect', () => process.exit(0));
  const sandbox = await startSandbox(readOptions(process.argv.slice(2)));
  const stop = (): void => {
    void sandbox.close().finally(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdout.write(`${JSON.stringify({ sandbox_url: sandbox.url, pid: process.pid })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
});
