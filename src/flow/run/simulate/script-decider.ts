import { answerTo, endInWords, usualAnswer } from './answers';
import type { Act, Decider, Moment } from './moments';
import type { ScriptItem } from './script';
import type { SimulationEnd, SimulationEvent } from './simulation';

/** Where a script and the call part. */
export interface Difference {
  readonly line: number;
  readonly message: string;
}

type OutcomeItem = Extract<ScriptItem, { item: 'outcome' }>;

/** Does what a script says, in its order, and compares what it expects. What it does not mention takes its usual way. */
export class ScriptDecider implements Decider {
  private at = 0;
  private heard: string[] = [];
  private differs: Difference | null = null;

  constructor(private readonly items: readonly ScriptItem[]) {}

  readonly tell = (event: SimulationEvent): void => {
    if (event.type === 'said') this.hear(event.words);
    const next = this.next;
    if (event.type === 'step-entered' && next?.item === 'step' && next.text === event.step) this.at++;
  };

  decide(moment: Moment): Act {
    const next = this.next;
    if (next?.item === 'hang-up') {
      this.at++;
      return { act: 'hang-up' };
    }
    if (moment.kind === 'said') return { act: 'listen' };
    if (moment.kind === 'question') return this.answer(moment, next);
    return this.key(moment, next);
  }

  /** The first place where the call was not as the script has it; null: it was. */
  difference(end: SimulationEnd): Difference | null {
    if (this.differs !== null) return this.differs;
    const { next } = this;
    if (next?.item === 'ends') {
      const words = endInWords(end);
      if (!words.includes(next.text))
        return { line: next.line, message: `expected the end "${next.text}", but ${words}` };
      this.at++;
      return this.difference(end);
    }
    if (next === null) return null;
    const message = `${expectation(next)}, but the call is over: ${endInWords(end)}; ${this.lately()}`;
    return { line: next.line, message };
  }

  private get next(): ScriptItem | null {
    return this.items[this.at] ?? null;
  }

  private hear(words: string): void {
    this.heard.push(words);
    for (let next = this.next; next?.item === 'hears'; next = this.next) {
      if (!plain(words).includes(plain(next.text))) return;
      this.at++;
      this.heard = [];
    }
  }

  private answer({ step, question }: Extract<Moment, { kind: 'question' }>, next: ScriptItem | null): Act {
    if (next?.item !== 'outcome' || !asked(next, step, question.of)) return usualAnswer(question);
    const act = answerTo(question, next.outcome, next.values);
    if (act === null && next.of === null) return usualAnswer(question);
    if (act === null) {
      const offered = question.options.map(({ outcome }) => outcome).join(', ');
      return this.differ(next, `${question.about} has no outcome "${next.outcome}"; it has ${offered}`);
    }
    this.at++;
    return act;
  }

  private key({ step, request }: Extract<Moment, { kind: 'keys' }>, next: ScriptItem | null): Act {
    if (next === null) return { act: 'keep-silent' };
    switch (next.item) {
      case 'keys':
        this.at++;
        return { act: 'key', keys: next.keys };
      case 'wait':
        this.at++;
        return { act: 'wait', ms: next.ms };
      case 'silent':
        this.at++;
        return { act: 'keep-silent' };
      case 'ends':
        return { act: 'keep-silent' };
      case 'hears':
      case 'step':
      case 'outcome':
      case 'hang-up':
        return this.differ(next, `${expectation(next)}, but step ${step} waits for ${request.field}; ${this.lately()}`);
    }
  }

  private differ({ line }: ScriptItem, message: string): Act {
    this.differs = { line, message };
    return { act: 'abandon' };
  }

  private lately(): string {
    const last = this.heard.at(-1);
    return last === undefined ? 'nothing was heard since' : `last heard: "${last}"`;
  }
}

/** Does what the command line says: keys in their order, and each outcome at the first question that has it. */
export class QuickDecider implements Decider {
  private readonly keys: string[];
  private readonly outcomes: OutcomeItem[];

  constructor(
    keys: readonly string[],
    outcomes: readonly OutcomeItem[],
    /** Decides what the two do not; null: usual answers, and a caller who keeps silent. */
    private readonly rest: Decider | null,
  ) {
    this.keys = [...keys];
    this.outcomes = [...outcomes];
  }

  async decide(moment: Moment): Promise<Act> {
    if (moment.kind === 'said') return { act: 'listen' };
    if (moment.kind === 'question') {
      const { step, question } = moment;
      for (const [index, item] of this.outcomes.entries()) {
        const act = asked(item, step, question.of) ? answerTo(question, item.outcome) : null;
        if (act === null) continue;
        this.outcomes.splice(index, 1);
        return act;
      }
      return this.rest === null ? usualAnswer(question) : this.rest.decide(moment);
    }
    const keys = this.keys.shift();
    if (keys !== undefined) return keys === '' ? { act: 'keep-silent' } : { act: 'key', keys };
    return this.rest === null ? { act: 'keep-silent' } : this.rest.decide(moment);
  }

  /** Outcomes that no question had. */
  get unused(): readonly string[] {
    return this.outcomes.map(({ of, outcome }) => (of === null ? outcome : `${of}=${outcome}`));
  }
}

function asked({ of }: OutcomeItem, step: string, whom: string): boolean {
  return of === null || of === step || of === whom;
}

function expectation(item: ScriptItem): string {
  switch (item.item) {
    case 'hears':
      return `expected to hear "${item.text}"`;
    case 'step':
      return `expected step ${item.text}`;
    case 'outcome':
      return `expected to be asked for the outcome of ${item.of ?? `something that can be "${item.outcome}"`}`;
    case 'ends':
      return `expected the end "${item.text}"`;
    case 'keys':
    case 'wait':
    case 'silent':
    case 'hang-up':
      return `expected the caller's turn (${item.item})`;
  }
}

function plain(words: string): string {
  return words.toLowerCase().replaceAll(/\s+/g, ' ').trim();
}
