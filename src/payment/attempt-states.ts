import type { AttemptState } from '../ports/payment-journal';

/**
 * The states of one attempt at a payment, and where each may lead (docs/contributors/payment-states.md draws them). Time
 * only moves forward: no state can be reached twice, so late or repeated news can never undo what is known.
 */
const NEXT: Readonly<Record<AttemptState, readonly AttemptState[]>> = {
  created: ['submitting', 'abandoned'],
  // `abandoned` only by the process that would have sent, and only with the proof that no byte left.
  submitting: ['approved', 'declined', 'unknown', 'abandoned'],
  unknown: ['reconciling'],
  reconciling: ['approved', 'declined', 'not_found', 'manual_review'],
  approved: [],
  declined: [],
  abandoned: [],
  not_found: [],
  manual_review: [],
};

/** Nothing was or can be charged by an attempt in one of these, so the order may be tried again. */
const HARMLESS: readonly AttemptState[] = ['declined', 'abandoned', 'not_found'];

export const ATTEMPT_STATES = Object.keys(NEXT) as AttemptState[];

export function mayBecome(from: AttemptState, to: AttemptState): boolean {
  return NEXT[from].includes(to);
}

/** Nothing more happens to the attempt by itself. */
export function isFinal(state: AttemptState): boolean {
  return NEXT[state].length === 0;
}

/** While an attempt of an order is in this state, no other attempt of the order may open. */
export function blocksOrder(state: AttemptState): boolean {
  return !HARMLESS.includes(state);
}
