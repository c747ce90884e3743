import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CallEvent, RecordCallEvent } from '../ports/call-events';
import type { FlowReload } from '../ports/flow-reload';
import { watchLoopDelay } from './loop-delay';
import { ReloadMetrics } from './reload-metrics';

/** What is asked when somebody reads the metrics. */
export interface Gauged {
  readonly load: () => { readonly calls: number; readonly vault_slots: number; readonly timers: number };
  /** Payments whose outcome is not known yet. A rejection leaves the gauge out of that reading. */
  readonly unsettled: () => Promise<number>;
  /** The checks of `/readyz`. */
  readonly checks: () => Promise<readonly { readonly name: string; readonly well: boolean }[]>;
}

/** What a call has come to so far. Only calls that have begun and not ended are kept. */
interface Progress {
  readonly flow: string;
  step: string;
  outcome: string;
}

/** What some kinds of events are counted as. */
type Counts = {
  readonly [T in CallEvent['type']]?: (event: Extract<CallEvent, { type: T }>, flow: string) => void;
};

/** Of a call that has entered no step, or made no payment. */
const NONE = 'none';
/** s. The goal is 0.04. */
const KEY_TO_PROMPT = [0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.15, 0.25, 0.5, 1, 3];
/** s. */
const REQUEST = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 5];
/** s. */
const EXCHANGE = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30];
/** s. */
const LOOP_DELAY = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5];
const PLAYBACK_FAULTS: readonly string[] = ['playback-failed', 'prompt-missing'];

/**
 * Counts the stories of calls for Prometheus. Labels come from definition files and from the vocabulary of outcomes only,
 * so their number is bounded and none can hold a number that somebody keyed, dialled or owns. docs/operators/metrics.md
 * lists every metric.
 */
export class Metrics {
  private readonly registry = new Registry();
  private readonly calls = new Map<string, Progress>();
  private readonly stopWatching: () => void;

  private readonly ended = this.counter('calls_total', 'Calls that have ended', ['flow', 'outcome', 'ended_by']);
  private readonly started = this.counter('calls_started_total', 'Calls that a flow has answered', ['flow']);
  private readonly refused = this.counter('calls_refused_total', 'Calls to numbers that no flow has', []);
  private readonly entered = this.counter('steps_entered_total', 'Entries into each step', ['flow', 'step']);
  private readonly left = this.counter('calls_left_total', 'Calls that ended in each step', [
    'flow',
    'step',
    'ended_by',
  ]);
  private readonly fields = this.counter('fields_total', 'Attempts at each field', ['flow', 'field', 'outcome']);
  private readonly payments = this.counter('payments_total', 'Outcomes told to callers', ['flow', 'outcome']);
  private readonly settled = this.counter('payments_settled_later_total', 'Outcomes known only after the call', [
    'outcome',
  ]);
  private readonly returns = this.counter('returns_total', 'Tries to bring a caller back', ['flow', 'outcome']);
  private readonly failures = this.counter('failures_total', 'Failures within calls, by error code', ['code']);
  private readonly playback = this.counter('playback_faults_total', 'Prompts that could not be played', ['code']);
  private readonly keyToPrompt = new Histogram({
    name: 'hushtone_key_to_prompt_seconds',
    help: "From the event of a field's last key to the start of the next prompt",
    buckets: KEY_TO_PROMPT,
    registers: [this.registry],
  });
  private readonly request = new Histogram({
    name: 'hushtone_ari_request_seconds',
    help: 'Requests to Asterisk until their answer; those over HTTP may wait for their channel',
    labelNames: ['way'],
    buckets: REQUEST,
    registers: [this.registry],
  });
  /** Looked up once: a request is what a call has most of, beside keys. */
  private readonly requests = {
    websocket: this.request.labels({ way: 'websocket' }),
    http: this.request.labels({ way: 'http' }),
  };
  private readonly exchange = new Histogram({
    name: 'hushtone_exchange_seconds',
    help: 'Exchanges with gateways and other services, by outcome',
    labelNames: ['connector', 'operation', 'outcome'],
    buckets: EXCHANGE,
    registers: [this.registry],
  });

  private readonly reloads = new ReloadMetrics(this.registry);

  private readonly work: Counts = {
    'call-refused': () => {
      this.refused.inc();
    },
    'field-closed': ({ field, outcome }, flow) => {
      this.fields.inc({ flow, field, outcome });
    },
    'prompt-started': ({ ms }) => {
      this.keyToPrompt.observe(ms / 1000);
    },
    exchanged: ({ connector, operation, outcome, ms }) => {
      this.exchange.observe({ connector, operation, outcome }, ms / 1000);
    },
    payment: ({ outcome }, flow) => {
      this.payments.inc({ flow, outcome });
    },
    'payment-settled': ({ outcome }) => {
      this.settled.inc({ outcome });
    },
    returned: ({ outcome }, flow) => {
      this.returns.inc({ flow, outcome });
    },
    failed: ({ code }) => {
      this.failures.inc({ code });
      if (PLAYBACK_FAULTS.includes(code)) this.playback.inc({ code });
    },
  };

  constructor(gauged: Gauged) {
    const loopDelay = new Histogram({
      name: 'hushtone_loop_delay_seconds',
      help: 'How late the event loop was, looked at ten times a second',
      buckets: LOOP_DELAY,
      registers: [this.registry],
    });
    this.stopWatching = watchLoopDelay((ms) => {
      loopDelay.observe(ms / 1000);
    });
    for (const code of PLAYBACK_FAULTS) this.playback.inc({ code }, 0);
    this.gauge('calls', 'Calls in progress', () => gauged.load().calls);
    this.gauge('vault_slots', 'Card fields kept now', () => gauged.load().vault_slots);
    this.gauge('timers', 'Timers that run', () => gauged.load().timers);
    this.gauge('payments_unsettled', 'Payments whose outcome is not known yet', gauged.unsettled);
    this.checkGauge(gauged.checks);
    this.processMetrics();
  }

  /** To be told of every event of every call. */
  readonly record: RecordCallEvent = (call, event) => {
    const flow = this.calls.get(call)?.flow ?? NONE;
    this.countCall(call, event);
    this.countWork(flow, event);
  };

  /** To be told of every request to Asterisk. */
  readonly answered = (way: 'websocket' | 'http', ms: number): void => {
    this.requests[way].observe(ms / 1000);
  };

  /** To be told of each reading of definition files. What its flows count begins at 0: a first call is growth, too. */
  readonly reloaded = (reload: FlowReload): void => {
    this.reloads.record(reload);
    for (const { flow } of reload.inUse) this.started.inc({ flow }, 0);
  };

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Everything, in the text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  close(): void {
    this.stopWatching();
  }

  /** Where a call stands, and how it ended. */
  private countCall(call: string, event: CallEvent): void {
    if (event.type === 'call-started' || event.type === 'call-resumed') {
      this.calls.set(call, { flow: event.flow, step: NONE, outcome: NONE });
      if (event.type === 'call-started') this.started.inc({ flow: event.flow });
      return;
    }
    const progress = this.calls.get(call);
    if (progress === undefined) return;
    const { flow } = progress;
    if (event.type === 'step-entered') {
      progress.step = event.step;
      this.entered.inc({ flow, step: event.step });
    } else if (event.type === 'payment') progress.outcome = event.outcome;
    else if (event.type === 'call-ended') {
      this.calls.delete(call);
      this.ended.inc({ flow, outcome: progress.outcome, ended_by: event.reason });
      this.left.inc({ flow, step: progress.step, ended_by: event.reason });
    }
  }

  /** What was done on the way. */
  private countWork(flow: string, event: CallEvent): void {
    const count = this.work[event.type] as ((event: CallEvent, flow: string) => void) | undefined;
    count?.(event, flow);
  }

  private counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name: `hushtone_${name}`, help, labelNames, registers: [this.registry] });
  }

  private gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name: `hushtone_${name}`,
      help,
      registers: [this.registry],
      async collect() {
        try {
          this.set(await read());
        } catch {
          this.remove();
        }
      },
    });
  }

  private checkGauge(look: Gauged['checks']): void {
    new Gauge({
      name: 'hushtone_check_ok',
      help: 'Each check of /readyz: 1 when it is well',
      labelNames: ['check'],
      registers: [this.registry],
      async collect() {
        for (const { name, well } of await look()) this.set({ check: name }, well ? 1 : 0);
      },
    });
  }

  private processMetrics(): void {
    this.gauge('resident_memory_bytes', 'Memory of this process', () => process.memoryUsage.rss());
    new Counter({
      name: 'hushtone_cpu_seconds_total',
      help: 'CPU time of this process since it began',
      registers: [this.registry],
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    });
  }
}
