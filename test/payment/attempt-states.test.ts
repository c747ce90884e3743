import { ATTEMPT_STATES, blocksOrder, isFinal, mayBecome } from '../../src/payment/attempt-states';

describe('the states of an attempt', () => {
  test('lead where the payment rules say, and nowhere else', () => {
    const ways = ATTEMPT_STATES.flatMap((from) =>
      ATTEMPT_STATES.filter((to) => mayBecome(from, to)).map((to) => `${from} -> ${to}`),
    );
    expect(ways).toEqual(
      [
        'created -> abandoned',
        'created -> submitting',
        'submitting -> abandoned',
        'submitting -> approved',
        'submitting -> declined',
        'submitting -> unknown',
        'unknown -> reconciling',
        'reconciling -> approved',
        'reconciling -> declined',
        'reconciling -> manual_review',
        'reconciling -> not_found',
      ].sort((a, b) => ways.indexOf(a) - ways.indexOf(b)),
    );
    expect(ways).toHaveLength(11);
  });

  test('never lead back: no state is reached twice', () => {
    const reachable = (from: (typeof ATTEMPT_STATES)[number]): Set<string> => {
      const seen = new Set<string>();
      const visit = (state: (typeof ATTEMPT_STATES)[number]): void => {
        for (const next of ATTEMPT_STATES.filter((to) => mayBecome(state, to))) {
          if (seen.has(next)) continue;
          seen.add(next);
          visit(next);
        }
      };
      visit(from);
      return seen;
    };
    for (const state of ATTEMPT_STATES) expect(reachable(state)).not.toContain(state);
    expect(reachable('created').size).toBe(ATTEMPT_STATES.length - 1);
  });

  test('end in five states', () => {
    expect(ATTEMPT_STATES.filter(isFinal).sort()).toEqual([
      'abandoned',
      'approved',
      'declined',
      'manual_review',
      'not_found',
    ]);
  });

  test('let an order be tried again only when nothing was or can be charged', () => {
    expect(ATTEMPT_STATES.filter((state) => !blocksOrder(state)).sort()).toEqual([
      'abandoned',
      'declined',
      'not_found',
    ]);
    expect(ATTEMPT_STATES.filter((state) => !isFinal(state)).every(blocksOrder)).toBe(true);
  });
});
