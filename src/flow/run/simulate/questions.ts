import type { Act, Question } from './moments';
import type { Answered } from './simulated-connectors';
import type { VirtualClock } from './virtual-clock';

interface OpenQuestion {
  readonly question: Question;
  readonly answer: (answered: Answered) => void;
}

/** What was asked of somebody outside and has no answer yet. */
export class Questions {
  private readonly open: OpenQuestion[] = [];

  constructor(private readonly clock: VirtualClock) {}

  /** The one that was asked first; null: none is open. */
  get first(): Question | null {
    return this.open[0]?.question ?? null;
  }

  readonly ask = (question: Question, signal?: AbortSignal): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const open: OpenQuestion = { question, answer: resolve };
      this.open.push(open);
      signal?.addEventListener('abort', () => {
        const at = this.open.indexOf(open);
        if (at >= 0) this.open.splice(at, 1);
        reject(signal.reason as Error);
      });
    });

  /** Answers the first one, once the answer has had its time. */
  answer({ outcome, values, takesMs }: Extract<Act, { act: 'answer' }>): void {
    const open = this.open.shift();
    const option = open?.question.options.find((each) => each.outcome === outcome);
    if (open === undefined || option === undefined) throw new Error(`nobody could answer "${outcome}" now`);
    const answered = {
      outcome,
      values: values === undefined ? option.values : { ...option.values, ...values },
      takesMs: takesMs ?? option.takesMs,
    };
    this.clock.after(answered.takesMs, () => {
      open.answer(answered);
    });
  }
}
