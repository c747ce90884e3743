import { HushtoneError } from '../../src/errors';
import type {
  Call,
  CallTransfer,
  EndReason,
  ListenRequest,
  ListenResult,
  ReturnRequest,
  ReturnResult,
  SayRequest,
} from '../../src/ports/call';
import type { FieldError } from '../../src/ports/key-sink';

/** What the caller does at one attempt: keys digits, or one of 'cancel', 'hot-key' and 'silent-for-ever'. */
export type Answer = string | { readonly fails: FieldError };

export interface CallScript {
  readonly headers: Readonly<Record<string, string>>;
  /** As the trunk says it. */
  readonly caller?: string;
  readonly transfer?: Partial<CallTransfer>;
  /** By field, one entry per attempt; the last one repeats. */
  readonly keys: Record<string, Answer[]>;
  /** By target id. */
  readonly returns: Readonly<Record<string, ReturnResult>>;
  /** Called as each effect begins; may hang up. */
  readonly reach: (effect: string) => void;
}

/** A caller who follows a script. Keys go through the real sinks; nothing takes time but what is told to last for ever. */
export class ScriptedCall implements Call {
  readonly caller: string;
  readonly did = '7001';
  readonly ended: Promise<EndReason>;
  readonly heard: string[] = [];
  readonly listens: ListenRequest[] = [];
  readonly returnRequests: ReturnRequest[] = [];
  held = 0;
  answered = false;
  /** Q.850 cause that the flow ended it with. */
  endCause: number | null = null;
  private readonly over = new AbortController();
  private finish: (reason: EndReason) => void = () => undefined;
  private readonly attempts = new Map<string, number>();

  constructor(
    private readonly script: CallScript,
    readonly id = 'call_1',
  ) {
    this.caller = script.caller ?? '+919800000100';
    this.ended = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  get isOver(): boolean {
    return this.over.signal.aborted;
  }

  header(name: string): Promise<string | null> {
    this.begin(`header:${name}`);
    return Promise.resolve(this.script.headers[name] ?? null);
  }

  transfer(): Promise<CallTransfer> {
    this.begin('transfer');
    return Promise.resolve({ referredBy: null, endpoint: null, target: null, ...this.script.transfer });
  }

  answer(): Promise<void> {
    this.answered = true;
    this.begin('answer');
    return Promise.resolve();
  }

  async say(request: SayRequest, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.begin(`say:${request.words}`);
    this.heard.push(request.words);
    return Promise.resolve();
  }

  async listen(request: ListenRequest, signal?: AbortSignal): Promise<ListenResult> {
    signal?.throwIfAborted();
    this.begin(`listen:${request.field}`);
    this.heard.push(request.words);
    this.listens.push(request);
    const answer = this.nextAnswer(request.field);
    if (answer === 'silent-for-ever') return this.untilOver(signal);
    if (answer === 'cancel') return { kind: 'cancelled' };
    if (answer === 'hot-key') return { kind: 'hot-key' };
    if (typeof answer === 'object') return { kind: 'failed', error: answer.fails };
    for (const key of Buffer.from(answer)) request.sink.write(key);
    const verdict = request.sink.finish();
    return verdict.ok ? { kind: 'collected', field: verdict.field } : { kind: 'failed', error: verdict.error };
  }

  async hold(request: SayRequest & { readonly pauseMs: number }, signal: AbortSignal): Promise<void> {
    this.held++;
    this.heard.push(request.words);
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
      this.over.signal.addEventListener('abort', () => {
        reject(new HushtoneError('caller-gone'));
      });
    });
  }

  async returnTo(request: ReturnRequest): Promise<ReturnResult> {
    this.begin(`return:${request.target}`);
    this.heard.push(request.words);
    this.returnRequests.push(request);
    return Promise.resolve(this.script.returns[request.target] ?? 'answered');
  }

  hangUp(reason: EndReason, cause?: number): Promise<void> {
    this.endCause ??= cause ?? null;
    this.end(reason);
    return Promise.resolve();
  }

  /** The call is over, by whoever. Idempotent. */
  end(reason: EndReason): void {
    this.over.abort();
    this.finish(reason);
  }

  private begin(effect: string): void {
    this.script.reach(effect);
    if (this.isOver) throw new HushtoneError('caller-gone');
  }

  private nextAnswer(field: string): Answer {
    const answers = this.script.keys[field] ?? [];
    const used = this.attempts.get(field) ?? 0;
    this.attempts.set(field, used + 1);
    return answers[Math.min(used, answers.length - 1)] ?? { fails: 'timeout' };
  }

  private untilOver(signal?: AbortSignal): Promise<never> {
    return new Promise((_resolve, reject) => {
      const stop = (): void => {
        reject(new HushtoneError('caller-gone'));
      };
      this.over.signal.addEventListener('abort', stop);
      signal?.addEventListener('abort', stop);
    });
  }
}
