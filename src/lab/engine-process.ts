import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { freeRtpBlock } from '../asterisk/free-ports';
import { NO_SETTINGS } from '../config';
import { EngineLog } from './engine-log';

/** What a running engine writes to `<data dir>/runtime.json`. */
export interface Runtime {
  readonly engine_pid: number;
  readonly http_url: string;
  readonly sip_port: number | null;
  readonly rtp_ports: string | null;
  readonly ari_url: string;
  readonly asterisk_pid: number | null;
  readonly sandbox_url: string | null;
}

/** The engine promises to be gone within 10 s of SIGTERM; a busy machine may see it go a little later. */
const STOP_LIMIT_MS = 20_000;
const RTP_PORTS = 400;

/** The engine as its own process, on free ports, followed through its log, which is kept as `<data dir>/engine.log`. */
export class EngineProcess {
  private constructor(
    readonly log: EngineLog,
    readonly runtime: Runtime,
    private readonly child: ChildProcess,
    /** Settles with the exit code when the process has ended and its log is whole. */
    readonly ended: Promise<number | null>,
  ) {}

  /** Resolves when the engine is ready. @throws with what it said when it ended instead. */
  static async start(
    projectDir: string,
    dataDir: string,
    settings: Readonly<Record<string, string>>,
    nodeArguments: readonly string[] = [],
  ): Promise<EngineProcess> {
    const rtp = await freeRtpBlock('127.0.0.1', RTP_PORTS, Math.random);
    const child = spawn(process.execPath, [...nodeArguments, path.join(projectDir, 'dist', 'main.js')], {
      cwd: projectDir,
      // The channel ends the engine when this process is killed.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        // An engine of the lab that an operator's `.env` led to their own Asterisk would take its calls over.
        ...NO_SETTINGS,
        HUSHTONE_HTTP_PORT: '0',
        HUSHTONE_SIP_PORT: '0',
        HUSHTONE_RTP_PORTS: `${rtp.from}-${rtp.to}`,
        HUSHTONE_DATA_DIR: dataDir,
        ...settings,
      },
      // The types know of no process with pipes and a channel.
    }) as ChildProcessByStdio<null, Readable, Readable>;
    // Not at its exit: the last lines of its log may be on their way still.
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-8_000)));
    child.stdout.pipe(createWriteStream(path.join(dataDir, 'engine.log'), { flags: 'a' }));
    const log = new EngineLog(child.stdout);
    const died = ended.then((code) => {
      throw new Error(`the engine ended with code ${String(code)} while starting:\n${said}`);
    });
    died.catch(() => undefined);
    try {
      await Promise.race([log.waitFor('that it is ready', (line) => line.event === 'ready'), died]);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    const runtime = JSON.parse(readFileSync(path.join(dataDir, 'runtime.json'), 'utf8')) as Runtime;
    return new EngineProcess(log, runtime, child, ended);
  }

  /** Ends it without a chance to tidy up. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Asks it to end. Resolves with its exit code; null when it had to be killed. */
  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    const limit = setTimeout(() => this.child.kill('SIGKILL'), STOP_LIMIT_MS);
    const code = await this.ended;
    clearTimeout(limit);
    return code;
  }
}
