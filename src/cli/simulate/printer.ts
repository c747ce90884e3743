import type { Flow } from '../../flow/ast';
import type { Moment } from '../../flow/run/simulate/moments';
import type { SentRequest } from '../../flow/run/simulate/simulated-connectors';
import type { SimulationEvent } from '../../flow/run/simulate/simulation';
import type { Value } from '../../ports/connectors';

type Print = (line: string) => void;
/** Who, and what. */
type Rows = readonly (readonly [string, string])[];
type InWords = {
  readonly [Type in SimulationEvent['type']]?: (event: Extract<SimulationEvent, { type: Type }>) => Rows;
};
type Running = readonly { readonly ms: number; readonly left: number }[];

/** Longer silences are pointed out. */
const LONG_SILENCE_MS = 5_000;

/** Tells a simulated call line by line: when, and who does what. No key of a sensitive field is ever in it. */
export class SimulationPrinter {
  private keyed = 0;
  private known: Readonly<Record<string, Value>> = {};

  constructor(
    private readonly flow: Flow,
    private readonly print: Print,
  ) {}

  readonly tell = (event: SimulationEvent, at: number): void => {
    for (const [who, what] of this.rows(event)) this.row(at, who, what);
  };

  /** What the caller is asked for, and the timers that run meanwhile. */
  waiting({ step, request }: Extract<Moment, { kind: 'keys' }>, at: number, running: Running): void {
    const { field, attempt, timing, sensitive } = request;
    const limit = this.flow.steps.get(step);
    const of = limit !== undefined && 'attempts' in limit ? ` of ${limit.attempts}` : '';
    const names: Readonly<Record<number, string>> = {
      [this.flow.sessionTimeoutMs]: 'call limit',
      [timing.termMs]: 'end of the field',
      [timing.interdigitMs]: 'next key',
      [timing.firstKeyMs]: 'first key',
    };
    const timers = running.flatMap(({ ms, left }) =>
      names[ms] === undefined ? [] : [`${names[ms]} in ${seconds(left)}`],
    );
    this.row(at, 'waits', `for ${field}${sensitive ? ' (hidden)' : ''}, attempt ${attempt}${of}; ${timers.join(', ')}`);
  }

  row(at: number, who: string, what: string): void {
    const minutes = Math.floor(at / 60_000);
    const rest = ((at % 60_000) / 1000).toFixed(1).padStart(4, '0');
    this.print(`${`${minutes}:${rest}`.padStart(7)}  ${who.padEnd(8)} ${what}`);
  }

  private rows(event: SimulationEvent): Rows {
    const words = this.words[event.type] as ((event: SimulationEvent) => Rows) | undefined;
    return words?.(event) ?? [];
  }

  /** What is told of each event; of the others nothing. */
  private readonly words: InWords = {
    'call-started': ({ caller, did, flow }) => [
      ['call', `${caller === '' ? 'a withheld number' : caller} dials ${did}: flow ${flow}`],
    ],
    'context-loaded': ({ from }) => [['order', `known from ${from}`]],
    state: ({ context }) => this.learnt(context.values),
    'step-entered': ({ step }) => [['step', this.stepInWords(step)]],
    said: ({ words }) => [['hears', `"${words}"`]],
    'field-cleared': () => {
      this.keyed = 0;
      return [['keys', 'star: the field is cleared']];
    },
    'key-pressed': ({ count }) => {
      this.keyed = count;
      return [];
    },
    'field-closed': ({ outcome, masked, brand }) => [['keys', this.fieldInWords(outcome, masked, brand)]],
    sent: ({ request }) => sentInWords(request),
    charged: ({ request: { amount, currency, reference, masked, connector } }) => [
      ['sends', `${connector}: charge ${currency} ${amount} for order ${reference}, card ${masked}`],
    ],
    exchanged: ({ connector, operation, outcome, ms, reason }) => [
      ['answer', `${connector} ${operation}: ${outcome} after ${seconds(ms)}${because(reason)}`],
    ],
    payment: ({ outcome, reference, reason }) => [
      ['payment', `${outcome}${reference === '' ? '' : `, reference ${reference}`}${because(reason)}`],
    ],
    returning: ({ target }) => [['rings', target]],
    returned: ({ target, outcome }) => [['answer', `${target}: ${outcome}`]],
    failed: ({ code, reason }) => [['FAULT', `${code}: ${reason}`]],
    silence: ({ ms }) => (ms > LONG_SILENCE_MS ? [['SILENCE', `the caller heard nothing for ${seconds(ms)}`]] : []),
    'call-ended': ({ reason }) => [['end', `the call is over (${reason})`]],
  };

  private learnt(values: Readonly<Record<string, Value>>): Rows {
    const fresh = Object.entries(values).filter(([name, value]) => this.known[name] !== value);
    this.known = values;
    return fresh.length === 0 ? [] : [['knows', fresh.map(([name, value]) => `${name}=${textOf(value)}`).join(', ')]];
  }

  private stepInWords(name: string): string {
    const step = this.flow.steps.get(name);
    return step === undefined ? name : `${name} (${step.kind}, ${step.place.file}:${step.place.line})`;
  }

  private fieldInWords(outcome: string, masked: string, brand?: string): string {
    const dots = '•'.repeat(this.keyed);
    this.keyed = 0;
    const shown = masked === '' || masked === dots ? '' : ` ${masked}`;
    return `${dots === '' ? '(nothing)' : dots} -> ${outcome}${shown}${brand === undefined ? '' : `, ${brand}`}`;
  }
}

function sentInWords({ connector, operation, method, url, values, sealed, message }: SentRequest): [string, string][] {
  const plain = Object.entries(values).map(([name, value]) => `${name}=${textOf(value)}`);
  const hidden = sealed.map((name) => `${name}=••••••`);
  const rows: [string, string][] = [
    ['sends', `${connector} ${operation}: ${method} ${url}  ${[...plain, ...hidden].join(' ')}`],
  ];
  if (message !== null) rows.push(['', `text: "${message}"`]);
  return rows;
}

function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`;
}

function textOf(value: Value): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function seconds(ms: number): string {
  if (ms >= 60_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Number((ms / 1000).toFixed(1))} s`;
}
