import type { AttemptState } from '../../../src/ports/payment-journal';
import { expectPrompts } from './heard';
import { expectJournal } from './journal';
import { expectNothingLeft } from './nothing-left';
import type { TestCall } from './payment-site';

/** What a caller can be told of a payment. */
const VERDICTS = [
  'payment-approved',
  'payment-declined',
  'payment-being-checked',
  'payment-checked-later',
  'payment-already-made',
  'pay-later',
] as const;

export interface Truth {
  /** The order's attempts in the journal, in order; none when left out. */
  readonly journal?: readonly AttemptState[];
  /** Prompts that came whole to the caller's telephone. */
  readonly hears?: readonly string[];
  readonly hearsNot?: readonly string[];
  /** Verdicts that had begun when the caller hung up, or had not: either is right. */
  readonly mayHear?: readonly string[];
}

/**
 * What holds when a call is over: journal and gateway agree about its order, the caller heard this, as sound, and of the
 * payment nothing else, and nothing of the call is left in Asterisk.
 */
export async function expectTruth(call: TestCall, truth: Truth): Promise<void> {
  const { journal = [], hears = [], hearsNot = [], mayHear = [] } = truth;
  const verdicts = VERDICTS.filter((verdict) => !hears.includes(verdict) && !mayHear.includes(verdict));
  expectPrompts(await call.hearing(), hears, [...verdicts, ...hearsNot]);
  await expectJournal(call.lane, journal);
  const { charged } = await call.lane.charges();
  expect(charged).toBe(journal.filter((state) => state === 'approved').length);
  expect(charged).toBeLessThanOrEqual(1);
  await expectNothingLeft(call);
}
