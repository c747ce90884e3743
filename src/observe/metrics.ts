import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CallEvent, RecordCallEvent } from '../ports/call-events';
import { ReloadMetrics } from './reload-metrics';

/** What is asked when somebody reads the metrics. */
export interface Gauged {
  readonly load: () => { readonly calls: number; readonly vault_slots: number; readonly timers: number };
  /** Payments whose outcome is not known yet. A rejection leaves the gauge out of that reading. */
  readonly unsettled: () => Promise<number>;
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
/** ms between two looks at the event loop. At 20 ms the looking alone cost half a per cent of a core. */
const LOOP_RESOLUTION_MS = 100;
const PLAYBACK_FAULTS = new Set(['playback-failed', 'prompt-missing']);

/**
 * Counts the stories of calls for Prometheus. Labels come from definition files and from the vocabulary of outcomes only,
 * so their number is bounded and none can hold a number that somebody keyed, dialled or owns. docs/operators/metrics.md
 * lists every metric.
 */
export class Metrics {
  private readonly registry = new Registry();
  private readonly calls = new Map<string, Progress>();
  private readonly loopDelay: IntervalHistogram;

  private readonly ended = this.counter('calls_total', 'Calls that have ended', ['flow', 'outcome', 'ended_by']);
  private readonly started = this.counter('calls_started_total', 'Calls that a flow has answered', ['flow']);
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
      if (PLAYBACK_FAULTS.has(code)) this.playback.inc({ code });
    },
  };

  constructor(gauged: Gauged) {
    this.loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
    this.loopDelay.enable();
    this.gauge('calls', 'Calls in progress', () => gauged.load().calls);
    this.gauge('vault_slots', 'Card fields kept now', () => gauged.load().vault_slots);
    this.gauge('timers', 'Timers that run', () => gauged.load().timers);
    this.gauge('payments_unsettled', 'Payments whose outcome is not known yet', gauged.unsettled);
    this.processGauges();
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

  /** To be told of each reading of definition files. */
  readonly reloaded = this.reloads.record;

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Everything, in the text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  close(): void {
    this.loopDelay.disable();
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

  private processGauges(): void {
    const { loopDelay } = this;
    this.gauge('resident_memory_bytes', 'Memory of this process', () => process.memoryUsage.rss());
    this.gauge('cpu_seconds', 'CPU time of this process since it began', () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
    new Gauge({
      name: 'hushtone_loop_delay_seconds',
      help: 'How late the event loop was since the last reading',
      labelNames: ['quantile'],
      registers: [this.registry],
      collect() {
        for (const [quantile, nanoseconds] of quantilesOf(loopDelay)) this.set({ quantile }, nanoseconds / 1e9);
        loopDelay.reset();
      },
    });
  }
}

/** How much later than asked for, ns. */
function quantilesOf(delay: IntervalHistogram): [string, number][] {
  if (delay.count === 0) return [];
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds - LOOP_RESOLUTION_MS * 1e6);
  return [
    ['0.5', late(delay.percentile(50))],
    ['0.99', late(delay.percentile(99))],
    ['1', late(delay.max)],
  ];
}
