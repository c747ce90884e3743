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

  test('fails when it takes too long every time', async () => {
    const expression = compileExpression('payment.outcome');
    pauses(1_000, 50);
    await expect(expression.evaluate({ payment: { outcome: 'approved' } })).rejects.toThrow('it takes too long');
  });
});
