import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { HushtoneError, messageOf } from '../errors';
import type { Clock } from '../ports/clock';
import type {
  Attempt,
  AttemptChange,
  AttemptState,
  NewAttempt,
  OpenResult,
  PaymentJournal,
} from '../ports/payment-journal';
import type { Reply, Settings, Work } from './journal-worker';

export interface SqliteJournalOptions {
  /** The database file; it and its directory are made when missing. */
  readonly file: string;
  readonly clock: Clock;
  /** How long to wait for another process to let go of the file, ms. */
  readonly lockWaitMs?: number;
  /** Commits are held while its first four bytes, as a number, are 1: tests show with it that nothing else waits for a disk. */
  readonly held?: SharedArrayBuffer;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: HushtoneError) => void;
}

/** Id of the worker's first message, which says whether the file could be opened. */
const READY = 0;
const DEFAULT_LOCK_WAIT_MS = 2000;

/**
 * The payment journal in an SQLite file, owned by a worker thread. The engine's thread only passes messages; each promise
 * resolves after the commit that holds its change is on disk. A worker that dies is replaced at the next request.
 */
export class SqlitePaymentJournal implements PaymentJournal {
  private readonly pending = new Map<number, Pending>();
  private readonly settings: Settings;
  private readonly clock: Clock;
  private worker: Worker | null = null;
  private starting: Promise<Worker> | null = null;
  private closing: Promise<void> | null = null;
  private requests = READY;

  private constructor(options: SqliteJournalOptions) {
    const { file, lockWaitMs = DEFAULT_LOCK_WAIT_MS, held = null } = options;
    this.settings = { file: path.resolve(file), lockWaitMs, held };
    this.clock = options.clock;
  }

  /** @throws HushtoneError `journal-unavailable`, saying what is wrong with the file and what to do. */
  static async open(options: SqliteJournalOptions): Promise<SqlitePaymentJournal> {
    const journal = new SqlitePaymentJournal(options);
    await journal.running();
    return journal;
  }

  async open(attempt: NewAttempt): Promise<OpenResult> {
    return (await this.ask({ op: 'open', attempt, at: this.clock.now() })) as OpenResult;
  }

  async move(attempt: string, from: readonly AttemptState[], change: AttemptChange): Promise<Attempt> {
    return (await this.ask({ op: 'move', attempt, from, change, at: this.clock.now() })) as Attempt;
  }

  async find(attempt: string): Promise<Attempt | null> {
    return (await this.ask({ op: 'find', attempt })) as Attempt | null;
  }

  async ofOrder(account: string, reference: string): Promise<readonly Attempt[]> {
    return (await this.ask({ op: 'ofOrder', account, reference })) as readonly Attempt[];
  }

  async unsettled(): Promise<readonly Attempt[]> {
    return (await this.ask({ op: 'unsettled' })) as readonly Attempt[];
  }

  /** Commits what has queued, then lets go of the file. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    const worker = await (this.starting?.catch(() => null) ?? this.worker);
    if (worker === null || worker !== this.worker) return;
    const gone = new Promise<void>((resolve) =>
      worker.once('exit', () => {
        resolve();
      }),
    );
    await this.send(worker, { op: 'close' });
    await gone;
  }

  private async ask(work: Work): Promise<unknown> {
    if (this.closing !== null) throw unavailable(this.settings.file, 'has been closed');
    return this.send(this.worker ?? (await this.running()), work);
  }

  private send(worker: Worker, work: Work): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++this.requests;
      this.pending.set(id, { resolve, reject });
      worker.postMessage({ ...work, id });
    });
  }

  /** The worker, started if there is none. */
  private running(): Promise<Worker> {
    this.starting ??= this.start().finally(() => {
      this.starting = null;
    });
    return this.starting;
  }

  private async start(): Promise<Worker> {
    const worker = new Worker(path.join(__dirname, 'journal-worker.js'), { workerData: this.settings });
    let crash = 'stopped';
    worker.on('message', (reply: Reply) => {
      this.settle(reply);
    });
    worker.on('error', (error) => {
      crash = messageOf(error);
    });
    worker.on('exit', () => {
      this.worker = null;
      this.failAll(unavailable(this.settings.file, `is not being written: its thread ended (${crash})`));
    });
    await new Promise((resolve, reject) => this.pending.set(READY, { resolve, reject }));
    this.worker = worker;
    return worker;
  }

  private settle({ id, value, failure }: Reply): void {
    const waiting = this.pending.get(id);
    this.pending.delete(id);
    if (failure === undefined) waiting?.resolve(value);
    else waiting?.reject(new HushtoneError(failure.code, failure.detail));
  }

  private failAll(error: HushtoneError): void {
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const request of waiting) request.reject(error);
  }
}

function unavailable(file: string, what: string): HushtoneError {
  return new HushtoneError('journal-unavailable', `${file} ${what}`);
}
