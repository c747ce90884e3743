import type { Value } from '../../../ports/connectors';
import type { Act, Question } from './moments';
import type { SimulationEnd } from './simulation';

/** What somebody outside usually needs to answer. */
const USUAL_MS = 1_000;
/** Outcomes that consist of waiting until the time is up. */
const WAITS: readonly string[] = ['timeout', 'no-answer'];

/** An answer that comes as soon as answers usually do. Null: the question has no such outcome. */
export function answerTo(
  { options }: Question,
  outcome: string,
  values: Readonly<Record<string, Value>> = {},
): Extract<Act, { act: 'answer' }> | null {
  const option = options.find((each) => each.outcome === outcome);
  if (option === undefined) return null;
  const takesMs = WAITS.includes(outcome) ? option.takesMs : Math.min(option.takesMs, USUAL_MS);
  return { act: 'answer', outcome, values, takesMs };
}

/** The first outcome of a question is the one that takes the call forward. */
export function usualAnswer(question: Question): Act {
  const act = answerTo(question, question.options[0]?.outcome ?? '');
  if (act === null) throw new Error(`${question.about} has no outcome`);
  return act;
}

/** How a call ended, as `ends` of a script names it. */
export function endInWords(end: SimulationEnd): string {
  if (end.kind === 'abandoned') return 'not gone on with';
  if (end.returnedTo !== null) return `returned to ${end.returnedTo}`;
  switch (end.reason) {
    case 'caller':
      return 'the caller hung up';
    case 'engine':
      return 'the flow hung up';
    case 'agent':
      return 'the agent hung up';
    case 'handed-on':
      return 'the caller was handed on';
    case 'failure':
      return 'the call failed';
  }
}
