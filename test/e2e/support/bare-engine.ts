import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureBuilt } from '../../../bin/bootstrap/build';
import { Progress } from '../../../bin/bootstrap/progress';
import { freeRtpBlock } from '../../../src/asterisk/free-ports';
import { EngineLog } from '../../../src/lab/engine-log';
import { PATIENCE_MS } from '../../../src/lab/patience';
import type { Runtime } from '../../../src/lab/engine-process';
import { eventually } from './nothing-left';

export const PROJECT = path.resolve(__dirname, '..', '..', '..');

/** In the environment of a process and all that it starts, so that they are found whoever their parent is by then. */
const MARK = 'ENGINE_UNDER_TEST';
/** An engine that cannot start ends by itself, wherever in its start that is found out. */
const REFUSAL_LIMIT_MS = PATIENCE_MS;
/** An engine ends within 10 s of being asked, or says that it could not; one that does neither is killed, which its code and signal show. */
const END_LIMIT_MS = 20_000;

/** A start is work for the processor, unlike a call: more of them at once would all take longer, and some too long. */
const STARTS_AT_ONCE = 3;

let starting = 0;
const waiting: (() => void)[] = [];

/** Resolves when it is one's turn to start. `started` gives the turn to the next; more than once is once. */
async function turnToStart(): Promise<{ readonly started: () => void }> {
  if (starting === STARTS_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else starting++;
  let over = false;
  return {
    started: () => {
      if (over) return;
      over = true;
      const next = waiting.shift();
      if (next === undefined) starting--;
      else next();
    },
  };
}

let build: Promise<void> | null = null;

/** The engine as it is in the sources now. */
function built(): Promise<void> {
  const progress = new Progress();
  build ??= ensureBuilt(PROJECT, progress).finally(() => {
    progress.stop();
  });
  return build;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A folder of its own for everything that an engine reads and writes. */
export class Place {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'hushtone-end-'));
  readonly dataDir = path.join(this.folder, 'data');
  readonly flowsDir = path.join(this.folder, 'flows');
  /** Where the engine's Asterisk puts its files. */
  readonly temporary = path.join(this.folder, 't');
  private readonly mark = randomUUID();

  constructor() {
    mkdirSync(this.temporary);
    cpSync(path.join(PROJECT, 'flows'), this.flowsDir, { recursive: true });
  }

  /** Copies the recordings, so that some can be taken away. Returns their folder. */
  copySounds(): string {
    const sounds = path.join(this.folder, 'sounds');
    cpSync(path.join(PROJECT, 'sounds'), sounds, { recursive: true });
    return sounds;
  }

  get runtimeFile(): string {
    return path.join(this.dataDir, 'runtime.json');
  }

  /** The processes of the engine of this place and of all that it started. */
  processes(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => environmentOf(pid).includes(`${MARK}=${this.mark}`));
  }

  /** Runs a built program of the project, in this place. */
  async launch(program: string, args: readonly string[], settings: Settings = {}): Promise<BareEngine> {
    await built();
    const { started } = await turnToStart();
    const rtp = await freeRtpBlock('127.0.0.1', 100, Math.random);
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('HUSHTONE_'));
    const child = spawn(process.execPath, [path.join(PROJECT, 'dist', program), ...args], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...Object.fromEntries(own),
        HUSHTONE_HTTP_PORT: '0',
        HUSHTONE_SIP_PORT: '0',
        HUSHTONE_RTP_PORTS: `${rtp.from}-${rtp.to}`,
        HUSHTONE_SOUNDS_DIR: path.join(PROJECT, 'sounds'),
        TMPDIR: this.temporary,
        [MARK]: this.mark,
        ...settings,
      },
    });
    const engine = new BareEngine(this, child);
    engine.log.on(({ event }) => {
      if (event === 'ready') started();
    });
    void engine.ended.then(started);
    return engine;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

type Settings = Readonly<Record<string, string>>;

/** An engine process and what can be seen of it from outside. */
export class BareEngine {
  readonly log: EngineLog;
  readonly ended: Promise<Ending>;
  stderr = '';

  constructor(
    readonly place: Place,
    private readonly child: ChildProcess,
  ) {
    if (child.stdout === null || child.stderr === null) throw new Error('it has no pipes');
    this.log = new EngineLog(child.stdout);
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get runtime(): Runtime {
    return JSON.parse(readFileSync(this.place.runtimeFile, 'utf8')) as Runtime;
  }

  /** Resolves when it takes calls. @throws with what it said when it ended instead; one that only takes too long is killed. */
  async ready(): Promise<this> {
    const died = this.ended.then(() => {
      throw new Error(`the engine ended while starting: ${this.stderr}`);
    });
    const ready = this.log.waitFor('that it is ready', ({ event }) => event === 'ready');
    try {
      await Promise.race([ready, died]);
      return this;
    } catch (error) {
      this.signal('SIGKILL');
      throw error;
    }
  }

  /** Waits until standard error, which is a pipe of its own beside the log's, has brought the words. */
  async hasSaid(words: string): Promise<void> {
    await eventually(
      `the words "${words}"`,
      () => Promise.resolve(this.stderr),
      (said) => said.includes(words),
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** How it ended. One that does not end by itself within `limitMs` is killed. */
  async end(limitMs = END_LIMIT_MS): Promise<Ending> {
    const limit = setTimeout(() => this.child.kill('SIGKILL'), limitMs);
    try {
      return await this.ended;
    } finally {
      clearTimeout(limit);
    }
  }

  /** How one that cannot start ended. */
  refuse(): Promise<Ending> {
    return this.end(REFUSAL_LIMIT_MS);
  }

  /** No process, no file of Asterisk and no runtime.json, whole or half, is left. */
  async expectNothingLeft(withinMs = 0): Promise<void> {
    await eventually(
      'processes that it started',
      () => Promise.resolve(this.place.processes()),
      (pids) => pids.length === 0,
      withinMs,
    );
    expect(readdirSync(this.place.temporary)).toEqual([]);
    const data =
      statSync(this.place.dataDir, { throwIfNoEntry: false })?.isDirectory() === true
        ? readdirSync(this.place.dataDir)
        : [];
    expect(data.filter((name) => name.startsWith('runtime') || name.endsWith('.tmp'))).toEqual([]);
  }
}

/** '' for a process that has ended, or that belongs to somebody else. */
function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/environ`, 'latin1');
  } catch {
    return '';
  }
}
