import { compileExpression } from '../../../src/flow/expression/expression';

/** The wall clock jumps by `ms` between any two looks at it, `times` times. */
function pauses(times: number, ms: number): void {
  let now = 1_000;
  let left = times;
  jest.spyOn(Date, 'now').mockImplementation(() => {
    if (left > 0) now += ms;
    left -= 1;
    return now;
  });
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('an expression in a process that pauses', () => {
  test('is evaluated again: the pause was not its fault', async () => {
    const expression = compileExpression('payment.outcome');
    pauses(2, 50);
    await expect(expression.evaluate({ payment: { outcome: 'approved' } })).resolves.toBe('approved');
  });

  test('is not kept from its end by those of other calls', async () => {
    const expression = compileExpression("payment.outcome = 'approved' ? order.amount : 'none'");
    // Each look takes 50 us: three hundred at once would have looked for longer than any of them may take.
    pauses(1_000_000, 0.05);
    const scope = { payment: { outcome: 'approved' }, order: { amount: '1.00' } };
    const all = Array.from({ length: 300 }, () => expression.evaluate(scope));
    expect(new Set(await Promise.all(all))).toEqual(new Set(['1.00']));
  });

  test('fails when it takes too long every time', async () => {
    const expression = compileExpression('payment.outcome');
    pauses(1_000, 50);
    await expect(expression.evaluate({ payment: { outcome: 'approved' } })).rejects.toThrow('it takes too long');
  });
});
