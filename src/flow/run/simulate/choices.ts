import type { Value } from '../../../ports/connectors';
import type { Flow, Step } from '../../ast';
import type { FlowContext } from '../../compile/context';
import { valuesAskedFor } from './asked-values';
import { keysFor } from './good-keys';
import type { Act, Moment, Question } from './moments';

/** One way in which a call can go on. */
export interface Choice {
  readonly act: Act;
  /** In words, for the report. */
  readonly words: string;
  /** It ends the call from outside; what the flow then does depends on little of what it knows. */
  readonly interrupts: boolean;
  /** The caller does not do what they are asked for. */
  readonly errs: boolean;
}

type Keying = (keys: string, words: string, errs?: boolean) => Choice;

/** Every way in which the call can go on at this moment; the one that takes it forward first. */
export function choicesAt(flow: Flow, moment: Moment, context: FlowContext, now: number): readonly Choice[] {
  const hangUp: Choice = { act: { act: 'hang-up' }, words: 'hangs up', interrupts: true, errs: false };
  const outOfTime: Choice = {
    act: { act: 'run-out-of-time' },
    words: 'the session limit passes',
    interrupts: true,
    errs: false,
  };
  switch (moment.kind) {
    case 'said':
      return [{ act: { act: 'listen' }, words: '', interrupts: false, errs: false }, hangUp];
    case 'question':
      return [...answersTo(flow, moment.question), ...(context.callerGone ? [] : [hangUp])];
    case 'keys':
      return [...keyings(flow.steps.get(moment.step), flow, context, now), hangUp, outOfTime];
  }
}

function answersTo(flow: Flow, question: Question): readonly Choice[] {
  return question.options.flatMap(({ outcome, values }) => {
    const plain = answer(question, outcome, {});
    const others = valuesAskedFor(flow, Object.keys(values));
    return [plain, ...others.map((each) => answer(question, outcome, each))];
  });
}

function answer({ about }: Question, outcome: string, values: Readonly<Record<string, Value>>): Choice {
  const told = Object.entries(values).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const words = [`${about}: ${outcome}`, ...told].join(', ');
  return { act: { act: 'answer', outcome, values }, words, interrupts: false, errs: false };
}

function keyings(step: Step | undefined, flow: Flow, context: FlowContext, now: number): readonly Choice[] {
  const silent = turn({ act: 'keep-silent' }, 'keys nothing', true);
  const key: Keying = (keys, words, errs = false) => turn({ act: 'key', keys }, words, errs);
  if (step?.kind === 'menu') return [...pressing(Object.keys(step.choices), key), silent];
  if (step?.kind === 'confirm') return [...pressing(['1', '2'], key), silent];
  if (step?.kind !== 'collect' && step?.kind !== 'otp') return [key('1111#', 'keys something'), silent];
  const { right, wrong } = keysFor(step, context.sealed['card-number']?.brand ?? null, now);
  const field = step.kind === 'otp' ? 'otp' : step.field;
  return [
    key(right, `keys a right ${field}`),
    ...otherValues(step, flow).map((value) => key(value, `keys ${value}`)),
    silent,
    key(wrong, `keys a wrong ${field}`, true),
    ...cancelling(step.timing.clearKey, key),
    ...(step.kind === 'otp' && step.resendKey !== null
      ? [key(step.resendKey, `presses ${step.resendKey} for a new one`, true)]
      : []),
  ];
}

/** Other things to key where the flow branches on what was keyed. */
function otherValues(step: Step, flow: Flow): readonly string[] {
  if (step.kind !== 'collect' || step.save === null) return [];
  const length = step.min ?? 1;
  const asked = valuesAskedFor(flow, [step.save]).flatMap((values) => Object.values(values));
  return asked
    .map(String)
    .filter((value) => /^\d+$/.test(value))
    .map((value) => value.padEnd(length, '1') + (step.timing.terminator ?? ''));
}

function cancelling(clearKey: string | null, key: Keying): readonly Choice[] {
  return clearKey === null ? [] : [key(clearKey.repeat(2), `presses ${clearKey} twice`)];
}

function pressing(keys: readonly string[], key: Keying): readonly Choice[] {
  const wrong = Array.from('0123456789').find((each) => !keys.includes(each));
  return [
    ...keys.map((each) => key(each, `presses ${each}`)),
    ...(wrong === undefined ? [] : [key(wrong, `presses ${wrong}, which is no choice`, true)]),
  ];
}

function turn(act: Act, words: string, errs: boolean): Choice {
  return { act, words, interrupts: false, errs };
}
