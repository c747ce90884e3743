import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How an Asterisk process ended. */
export interface AsteriskExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** True when nobody had asked for it. */
  readonly unexpected: boolean;
  /** The end of its log, for a message. */
  readonly lastLines: readonly string[];
}

const LAST_LINES = 12;
const STDERR_KEPT = 8000;

/**
 * Limits of the process: no core dump (it would hold keys and voices), and as many open files as the user may have. The
 * shell replaces itself, so the process id stays.
 */
const WITH_LIMITS = 'ulimit -c 0; ulimit -n "$(ulimit -Hn)" 2>/dev/null; exec "$@"';

/** `setpriv` of util-linux lets the kernel end Asterisk when its parent is killed without a chance to do so. */
function endsWithParent(): readonly string[] {
  const available = spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true'], { stdio: 'ignore' }).status === 0;
  return available ? ['setpriv', '--pdeathsig', 'TERM', '--'] : [];
}

/** A running Asterisk. It stays in the process group of its parent. */
export class AsteriskProcess {
  readonly exited: Promise<AsteriskExit>;
  private readonly child: ChildProcess;
  private stderr = '';
  private stopping = false;

  constructor(
    commandLine: readonly [string, ...string[]],
    private readonly logFile: string,
  ) {
    this.child = spawn('sh', ['-c', WITH_LIMITS, 'sh', ...endsWithParent(), ...commandLine], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_KEPT);
    });
    this.exited = new Promise((resolve) => {
      const done = (code: number | null, signal: NodeJS.Signals | null): void => {
        resolve({ code, signal, unexpected: !this.stopping, lastLines: this.lastLines() });
      };
      this.child.once('error', (error) => {
        this.stderr += error.message;
        done(null, null);
      });
      this.child.once('exit', done);
    });
  }

  /** 0 when the process could not be made at all. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The end of the log and of what was written to stderr. */
  lastLines(): readonly string[] {
    let log = '';
    try {
      log = readFileSync(this.logFile, 'utf8');
    } catch {
      // it ended before it opened its log
    }
    return `${this.stderr}\n${log}`
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-LAST_LINES);
  }

  /** Asks the process to end (which hangs up every call), and makes it after `graceMs`. Resolves when it has gone. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => {
      this.child.kill('SIGKILL');
    }, graceMs);
    await this.exited;
    clearTimeout(timer);
  }
}
