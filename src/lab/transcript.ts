import type { LogLine } from './engine-log';

type Paint = (text: string) => string;

const PLAIN: Paint = (text) => text;
const color =
  (code: number): Paint =>
  (text) =>
    `\u001b[${code}m${text}\u001b[0m`;

export interface Look {
  readonly who: Paint;
  readonly faint: Paint;
  readonly good: Paint;
  readonly bad: Paint;
}

export const PLAIN_LOOK: Look = { who: PLAIN, faint: PLAIN, good: PLAIN, bad: PLAIN };
export const COLOR_LOOK: Look = { who: color(1), faint: color(2), good: color(32), bad: color(31) };

/**
 * Tells a call as a person would read it: who says what, dots for keys, API calls with outcome and time. Built from the
 * engine's log alone, so it can show no more than the log may hold.
 */
export class Transcript {
  private start: number | null = null;

  constructor(
    private readonly print: (line: string) => void,
    private readonly look: Look,
  ) {}

  /** What somebody outside the engine does. */
  note(who: string, text: string): void {
    this.row(this.start === null ? null : Date.now(), who, text);
  }

  /** One line of the engine's log that belongs to the call. */
  show(line: LogLine): void {
    const at = Date.parse(line.time);
    const told = this.tell(line);
    if (told !== null) this.row(at, told[0], told[1]);
  }

  begin(at: number): void {
    this.start = at;
  }

  private tell(line: LogLine): [string, string] | null {
    const text = (name: string): string => String(line[name] ?? '');
    switch (line.event) {
      case 'context-loaded':
        return [
          'engine',
          `order ${text('order')}: ${text('currency')} ${text('amount')} ${this.look.faint(`(from ${text('reason')})`)}`,
        ];
      case 'said':
        return ['engine says', `"${text('words')}"`];
      case 'field-closed':
        return ['caller keys', this.keyed(line)];
      case 'field-cleared':
        return ['caller keys', 'star: starts the field again'];
      case 'exchanged':
        return [
          'api',
          `${`${text('connector')} ${text('operation')}`.padEnd(28)} ${this.judge(text('outcome'))} ${this.look.faint(`${text('ms')} ms`)}`,
        ];
      case 'payment':
        return [
          'payment',
          `${this.judge(text('outcome'))} ${text('currency')} ${text('amount')}, order ${text('order')}, card ${text('masked')}`,
        ];
      case 'payment-settled':
        return ['payment', `of order ${text('order')} settled by look-up: ${this.judge(text('outcome'))}`];
      case 'returning':
        return ['engine', `rings ${text('target')}`];
      case 'returned':
        return [
          'engine',
          text('outcome') === 'answered'
            ? `caller and ${text('target')} are connected`
            : `${text('target')}: ${text('outcome')}`,
        ];
      case 'failed':
        return ['engine', this.look.bad(`${text('code')}: ${text('reason')}`)];
      case 'call-ended':
        return ['engine', `call ended (${text('reason')})`];
      default:
        return null;
    }
  }

  private keyed(line: LogLine): string {
    const field = String(line.field).replaceAll('-', ' ');
    if (line.outcome !== 'collected') return `${field}: ${this.look.bad(String(line.outcome))}`;
    const masked = String(line.masked);
    const brand = line.brand === undefined ? '' : ` ${String(line.brand)}`;
    return `${field.padEnd(16)} ${'\u2022'.repeat(masked.length)}  ${this.look.faint(`${masked}${brand}`)}`;
  }

  private judge(outcome: string): string {
    return (['ok', 'approved', 'found'].includes(outcome) ? this.look.good : this.look.bad)(outcome);
  }

  private row(at: number | null, who: string, text: string): void {
    const seconds = at === null || this.start === null ? '' : `${((at - this.start) / 1000).toFixed(1)} s`;
    this.print(`${this.look.faint(seconds.padStart(8))}  ${this.look.who(who.padEnd(12))} ${text}`);
  }
}
