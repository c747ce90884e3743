import type { CompiledFlow } from '../../../../src/flow/compile/compile-flow';
import { QuickDecider, ScriptDecider } from '../../../../src/flow/run/simulate/script-decider';
import { parseScript, type ScriptItem } from '../../../../src/flow/run/simulate/script';
import { planted, shippedWorld, simulate, type ShippedWorld, type Simulated } from './simulated-world';
import { VISA } from '../../../support/scripted-flow-world';

let shipped: ShippedWorld;

beforeAll(async () => {
  shipped = await shippedWorld();
});

function transferredCall(): CompiledFlow {
  const found = shipped.flows.find(({ flow }) => flow.id === 'transferred-call');
  if (found === undefined) throw new Error('there is no transferred-call');
  return found;
}

const ALL_KEYS = [`${VISA}#`, '1229', '731', '123456'];

async function quick(keys: readonly string[], outcomes: readonly [string | null, string][] = []): Promise<Simulated> {
  const items = outcomes.map(([of, outcome]) => ({ line: 0, item: 'outcome', of, outcome, values: {} }) as const);
  return simulate(transferredCall(), shipped.world, new QuickDecider(keys, items, null));
}

async function scripted(text: string) {
  const { script, mistakes } = parseScript('call.yaml', text);
  if (script === null) throw new Error(JSON.stringify(mistakes));
  const decider = new ScriptDecider(script.items);
  const { end } = await simulate(transferredCall(), shipped.world, decider, decider.tell);
  return decider.difference(end);
}

describe('a simulated call', () => {
  test('says word for word what the caller hears, and when', async () => {
    const { heard, events, end } = await quick(ALL_KEYS);
    expect(heard[0]).toBe(
      'Welcome to the secure payment line. The amount to pay is two thousand five hundred rupees and fifty paise.',
    );
    expect(heard.join('\n')).toContain('Your payment has been approved. Your reference is');
    expect(end).toEqual({ kind: 'ended', reason: 'agent', returnedTo: 'support-queue' });
    const times = events.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-1)).toBeGreaterThan(50_000);
  });

  test('tells nobody a digit of a sensitive field', async () => {
    const { events } = await quick(ALL_KEYS);
    const told = JSON.stringify(events);
    expect(told).toContain('xxxxxxxxxxxx1111');
    for (const digits of [VISA, '1229', '731', '123456']) expect(told).not.toContain(digits);
  });

  test('says what is sent where, as the connector declares it, and what a message says', async () => {
    const { events } = await quick(ALL_KEYS);
    const sent = events.flatMap((event) => (event.type === 'sent' ? [event.request] : []));
    expect(sent[0]).toMatchObject({
      connector: 'otp-pay',
      operation: 'generate',
      method: 'POST',
      url: '{{ settings.sandbox_url }}/otp-pay/otp',
      values: { order_id: 'TXN-10492', phone: '+919800000100', amount: '2500.50', currency: 'INR' },
    });
    expect(sent[1]?.message).toMatch(
      /^•+ is your one-time password for the payment of INR 2500.50 for order TXN-10492/,
    );
  });

  test('times a field out on its own clock, in no time at all', async () => {
    const { events, heard } = await quick([]);
    const closed = events.flatMap((event) => (event.type === 'field-closed' ? [event.outcome] : []));
    expect(closed).toEqual(['timeout', 'timeout', 'timeout']);
    expect(heard.filter((words) => words.startsWith('Sorry, we did not receive anything.'))).toHaveLength(2);
  });

  test('takes the outcome that is chosen, of the step that is named', async () => {
    const { heard, events } = await quick(ALL_KEYS, [['pay', 'declined']]);
    expect(heard).toContain('Sorry, your card was declined. You have not been charged.');
    expect(events.filter((event) => event.type === 'charged')).toHaveLength(1);
  });

  test('charges an order once, as the journal would', async () => {
    const flow = planted(`
  card: { collect: card-number, on: { collected: expiry, failed: bye } }
  expiry: { collect: expiration-date, on: { collected: cvv, failed: bye } }
  cvv: { collect: security-code, on: { collected: pay, failed: bye } }
  pay:
    pay: sandbox
    amount: '{{ amount }}'
    currency: '{{ currency }}'
    reference: '{{ order_id }}'
    on: { approved: card, declined: bye, already-paid: bye, unknown: bye, error: bye }
  bye: { say: goodbye, end: true }
`);
    const keys = [`${VISA}#`, '1229', '731'];
    const { events } = await simulate(flow, shipped.world, new QuickDecider([...keys, ...keys], [], null));
    const payments = events.flatMap((event) => (event.type === 'payment' ? [event.outcome] : []));
    expect(payments).toEqual(['approved', 'already-paid']);
    expect(events.filter((event) => event.type === 'charged')).toHaveLength(1);
  });

  test('ends at the session limit when the caller could go on for ever', async () => {
    const { events } = await simulate(transferredCall(), shipped.world, (moment) =>
      moment.kind === 'keys' ? { act: 'run-out-of-time' } : null,
    );
    expect(events.some((event) => event.type === 'state' && event.state === '$session-timeout')).toBe(true);
  });
});

describe('a script', () => {
  const script = (tail: string): string => `
steps:
  - hears: two thousand five hundred rupees
  - keys: '${VISA}#'
  - keys: '1229'
  - keys: '731'
  - outcome: { sms-dlt: ok }
  - keys: '123456'
${tail}`;

  test('that the call agrees with has no difference', async () => {
    expect(
      await scripted(script('  - hears: payment has been approved\n  - ends: returned to support-queue\n')),
    ).toBeNull();
  });

  test('is told what was heard in place of what it expects', async () => {
    expect(await scripted(script('  - outcome: declined\n  - hears: approved\n'))).toEqual({
      line: 10,
      message:
        'expected to hear "approved", but step other-card waits for menu; last heard: "To try another card, press one. Otherwise, please hold."',
    });
  });

  test('is told of another end, and of an outcome that cannot be', async () => {
    expect(await scripted(script('  - ends: the caller hung up\n'))).toEqual({
      line: 9,
      message: 'expected the end "the caller hung up", but returned to support-queue',
    });
    expect(await scripted(script('  - outcome: { pay: aproved }\n'))).toMatchObject({
      line: 9,
      message: expect.stringContaining('has no outcome "aproved"; it has approved, declined') as string,
    });
  });

  test('may hang up, wait and keep silent', async () => {
    const text =
      'steps:\n  - hears: Nobody else can hear\n  - silent\n  - wait: 2s\n  - hangup\n  - ends: the caller hung up\n';
    expect(await scripted(text)).toBeNull();
  });

  test('with mistakes says where each is, and quotes no keys', () => {
    const { script: none, mistakes } = parseScript(
      'call.yaml',
      `steps:\n  - hear: Welcome\n  - keys: ${VISA}x\n  - wait: soon\n  - hungup\nlanguge: en\n`,
    );
    expect(none).toBeNull();
    expect(mistakes.map(({ place, message }) => `${place.line}:${place.column} ${message}`)).toEqual([
      '6:1 there is no `languge` in a script; did you mean `language`?',
      '2:5 there is no `hear` in a script; did you mean `hears`?',
      '3:5 `keys` are 0-9, * and #, and a comma for a pause of one second',
      '4:5 `wait` is a time such as 8s or 2m',
      '5:5 there is no `hungup` by itself; did you mean `hangup`?',
    ]);
  });

  test('keeps a leading zero and a long number as they were written', () => {
    const { script: read } = parseScript('call.yaml', `steps:\n  - keys: 0429\n  - keys: ${VISA}\n`);
    const keys = read?.items.map((item: ScriptItem) => (item.item === 'keys' ? item.keys : ''));
    expect(keys).toEqual(['0429', VISA]);
  });
});
