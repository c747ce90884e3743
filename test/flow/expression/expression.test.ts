import { compileExpression } from '../../../src/flow/expression/expression';
import { checkExpression } from '../../../src/flow/expression/subset';
import { createEvaluate } from '../../../src/flow/expression/template';
import { isError } from '../../../src/errors';

const PLACE = { file: 'x.yaml', line: 1, column: 1 };
const scope = {
  amount: '2500.50',
  order_id: 'A-17',
  nothing: null,
  items: [
    { name: 'a', price: 2 },
    { name: 'b', price: 3 },
  ],
  payment: { outcome: 'approved', reference: 'P-1' },
};

function value(text: string): Promise<unknown> {
  return createEvaluate()({ text, dynamic: true, place: PLACE }, scope);
}

describe('what an expression may do', () => {
  test.each([
    ['amount', '2500.50'],
    ['payment.reference', 'P-1'],
    ["return_to ?? 'support-queue'", 'support-queue'],
    ["nothing ?? 'support-queue'", 'support-queue'],
    ["order_id ?? 'none'", 'A-17'],
    ["payment.outcome = 'approved' ? 'yes' : 'no'", 'yes'],
    ['$number(amount) > 1000', true],
    ["order_id in ['A-17', 'A-18']", true],
    ["items[name = 'b'].price", 3],
    ['$sum(items.price)', 5],
    ['items.name', ['a', 'b']],
    ["$join(items.name, ', ')", 'a, b'],
    ["'Order ' & order_id", 'Order A-17'],
    ['$substringAfter(order_id, "-")', '17'],
    ['not_there', null],
    ['($number(amount) - 0.5) * 2', 5000],
  ])('%s', async (text, expected) => {
    expect(await compileExpression(text).evaluate(scope)).toEqual(expected);
  });
});

describe('what an expression may not do', () => {
  test.each([
    ['function($x){$x}(1)', 'calling something'],
    ['$map(items, function($i){$i})', '`$map`'],
    ['[1..1000]', 'a range'],
    ['$contains(amount, /(a+)+$/)', 'a regular expression'],
    ['$ ~> |items|{}|', '`~>`'],
    ['|items|{"a":1}|', 'a transform'],
    ['*', 'the wildcard `*`'],
    ['**', 'the wildcard `**`'],
    ['payment.*', 'the wildcard'],
    ['items[*]', 'the wildcard'],
    ['items.%', 'cannot be used'],
    ['$eval("1")', '`$eval`'],
    ['$pad("x", 100000000)', '`$pad`'],
    ['$now()', '`$now`'],
    ['$millis()', '`$millis`'],
    ['$random()', '`$random`'],
    ['$replace(amount, "0", amount)', '`$replace`'],
    ['$match(amount, /a/)', '`$match`'],
    ['$join(items.name, amount)', 'literal'],
    ['($x := 1; $x)', 'sequence'],
    ['($x := 1)', ':='],
    ['items@$i.name', 'binding'],
    ['items#$i.name', 'binding'],
    ['items{name: price}', 'grouping'],
    ['{"a": 1}', 'object constructor'],
    ['items^(price)', 'the sort operator'],
    ['amount ~> $trim', '`~>`'],
    ['$trim(?)', 'partial'],
    ['$$.amount', '`$$`'],
    ['$sum', '`$sum`'],
    ['amount +', 'no expression'],
    ['', 'empty'],
    [`'${'x'.repeat(600)}'`, 'longer than 500'],
  ])('%s', (text, words) => {
    const checked = checkExpression(text);
    expect(checked.ok ? 'allowed' : checked.problem).toContain(words);
    expect(() => compileExpression(text)).toThrow('An expression of the flow could not be evaluated');
  });

  test('a misspelt function is corrected', () => {
    expect(checkExpression('$lowercaes(order_id)')).toEqual({
      ok: false,
      problem: 'the function `$lowercaes` cannot be used in a flow; did you mean `$lowercase`?',
    });
  });

  test('an object has no hidden members', async () => {
    expect(await compileExpression('payment.constructor').evaluate(scope)).toBeNull();
    expect(await compileExpression('payment.__proto__').evaluate(scope)).toBeNull();
  });
});

describe('which names an expression reads', () => {
  test('paths from the context, and every name for the check of sensitive ones', () => {
    const checked = checkExpression('items[name = payment.outcome].price > $number(amount ?? deposit.value)');
    if (!checked.ok) throw new Error(checked.problem);
    expect(checked.paths.map((path) => path.join('.'))).toEqual(['items.price', 'amount', 'amount', 'deposit.value']);
    expect(new Set(checked.names)).toEqual(
      new Set(['items', 'name', 'payment', 'outcome', 'price', 'amount', 'deposit', 'value']),
    );
  });
});

describe('an expression that fails', () => {
  test('says why without the value it met', async () => {
    const failed = await compileExpression('amount * 2')
      .evaluate(scope)
      .catch((error: unknown) => error);
    expect(isError(failed, 'expression-failed')).toBe(true);
    expect(String(failed)).toContain('use $number(...)');
    expect(String(failed)).not.toContain('2500');
  });

  test('is stopped when it makes too long a list', async () => {
    const many = { items: Array.from({ length: 5000 }, (_, i) => ({ n: i })) };
    await expect(compileExpression('items.n').evaluate(many)).rejects.toThrow('too long a list');
  });

  test('is stopped when its result is too large', async () => {
    await expect(compileExpression('big & big').evaluate({ big: 'x'.repeat(60_000) })).rejects.toThrow('too large');
  });
});

describe('a template', () => {
  test('that is one expression gives its value', async () => {
    expect(await value('{{ items[0].price }}')).toBe(2);
    expect(await value('{{ amount }}')).toBe('2500.50');
    expect(await value('{{ not_there }}')).toBeNull();
  });

  test('with anything around it gives a text', async () => {
    expect(await value('{{ order_id }}/{{ items[0].price }}{{ not_there }}')).toBe('A-17/2');
    expect(await value('plain')).toBe('plain');
    expect(await value(' {{ items[0].price }}')).toBe(' 2');
    expect(await value('')).toBe('');
  });

  test('is compiled once for many calls', async () => {
    const evaluate = createEvaluate();
    const template = { text: '{{ order_id }}', dynamic: true, place: PLACE };
    expect(await evaluate(template, { order_id: 'A' })).toBe('A');
    expect(await evaluate(template, { order_id: 'B' })).toBe('B');
  });

  test('outside the subset rejects', async () => {
    await expect(value('{{ $eval(amount) }}')).rejects.toThrow('`$eval`');
  });
});
