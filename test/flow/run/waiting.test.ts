import { HushtoneError } from '../../../src/errors';
import type { Connectors, ExchangeResult } from '../../../src/ports/connectors';
import { settle } from '../../support/manual-clock';
import { FlowWorld, type WorldScript } from '../../support/scripted-flow-world';

const flow = (steps: string): string => `flow: waiting
dids: ["7111"]
languages: [en]
session-timeout: 5m
context: [{ headers: { amount: X-Amount, currency: X-Currency, order_id: X-Order-Id, phone: X-Customer-Phone } }]
start: asks
steps:
${steps}
  bye: { say: goodbye, end: true }
`;

const CONNECT = flow('  asks: { connect: confirm-payment, while: please-wait, on: { ok: bye, error: bye } }');
const OTP = flow(`  asks:
    otp: otp-pay
    sms: { connector: sms-dlt, template: otp }
    resend-key: "9"
    while: please-wait
    on: { collected: bye, failed: bye, error: bye }`);

const GOOD: ExchangeResult = {
  outcome: 'ok',
  values: {},
  sealed: {},
  sent: 'yes',
  status: 200,
  ms: 12,
  reason: '',
};

/** A call whose connectors answer when they are told to. */
class SlowWorld extends FlowWorld {
  private readonly pending: ((result: ExchangeResult) => void)[];

  constructor(script: WorldScript) {
    const pending: ((result: ExchangeResult) => void)[] = [];
    const connectors: Connectors = {
      exchange: (_request, signal) =>
        new Promise((resolve, reject) => {
          pending.push(resolve);
          signal?.addEventListener('abort', () => {
            reject(new HushtoneError('call-closed'));
          });
        }),
    };
    super({ connectors, ...script });
    this.pending = pending;
  }

  /** The oldest request is answered. */
  async answer(more: Partial<ExchangeResult> = {}): Promise<void> {
    this.pending.shift()?.({ ...GOOD, ...more });
    await settle();
  }
}

async function begun(script: WorldScript): Promise<{ world: SlowWorld; end: Promise<unknown> }> {
  const world = new SlowWorld(script);
  const end = world.begin();
  await settle();
  return { world, end };
}

describe('a step that waits for an answer', () => {
  test('says nothing when that is there within a second, and leaves no timer', async () => {
    const { world, end } = await begun({ flow: CONNECT });
    await world.clock.advance(999);
    await world.answer();
    await end;
    expect(world.call.heard).toEqual(['goodbye']);
    expect(world.clock.running).toBe(0);
  });

  test('plays its `while` from then on, until the answer', async () => {
    const { world, end } = await begun({ flow: CONNECT });
    await world.clock.advance(1_000);
    expect(world.call.heard).toEqual(['please-wait']);
    await world.answer();
    await end;
    expect(world.call.heard).toEqual(['please-wait', 'goodbye']);
    expect(world.clock.running).toBe(0);
  });

  test('says nothing however long it takes when it has no `while`', async () => {
    const { world, end } = await begun({ flow: CONNECT.replace('while: please-wait, ', '') });
    await world.clock.advance(20_000);
    await world.answer();
    await end;
    expect(world.call.heard).toEqual(['goodbye']);
  });

  test.each([
    ['before', 500],
    ['after', 2_000],
  ])('is left by a caller who hangs up, %s the words', async (_when, ms) => {
    const { world, end } = await begun({ flow: CONNECT });
    await world.clock.advance(ms);
    world.call.end('caller');
    await end;
    expect(world.call.held).toBe(ms < 1_000 ? 0 : 1);
    expect(world.clock.running).toBe(0);
  });

  test('is left when the session limit passes: its words end with it', async () => {
    const { world, end } = await begun({ flow: CONNECT.replace('5m', '10s') });
    await world.clock.advance(10_000);
    world.call.end('agent');
    await end;
    expect(world.call.heard).toEqual(['please-wait', 'session-timeout', 'returning-to-agent']);
    expect(world.clock.running).toBe(0);
  });

  test('goes on when its words cannot be said', async () => {
    const { world, end } = await begun({
      flow: CONNECT.replace('while: please-wait', 'while: [{ digits: "{{ $number(order_id) }}" }]'),
    });
    await world.clock.advance(1_000);
    await world.answer();
    await end;
    expect(world.steps).toEqual(['asks', 'bye']);
    expect(world.events).not.toContainEqual(expect.objectContaining({ type: 'failed' }));
  });
});

describe('a one-time password', () => {
  test('lets the caller hear `while` as it is made, as it is sent, and when it is sent again', async () => {
    const { world, end } = await begun({ flow: OTP, keys: { otp: ['hot-key', '123456'] } });
    for (const [round, question] of [
      ['the first', 'enter-otp'],
      ['another', 'otp-resent'],
    ] as const) {
      const before = world.call.heard.length;
      await world.clock.advance(1_500);
      const { ref } = world.vault.put(world.call.id, 'otp', Buffer.from('604815'));
      await world.answer({ sealed: { otp: ref ?? '' } });
      await world.clock.advance(1_500);
      await world.answer();
      const heard = world.call.heard.slice(before);
      expect([round, ...heard.slice(0, 2)]).toEqual([round, 'please-wait', 'please-wait']);
      expect(heard[2]).toContain(question);
    }
    await end;
    expect(world.steps).toEqual(['asks', 'bye']);
  });
});

describe('a message', () => {
  test('lets the caller hear `while` as it is sent', async () => {
    const sms = flow(`  asks:
    sms: { connector: sms-dlt, to: "{{ phone }}", template: receipt }
    while: please-wait
    on: { ok: bye, error: bye }`);
    const { world, end } = await begun({ flow: sms });
    await world.clock.advance(1_000);
    await world.answer();
    await end;
    expect(world.call.heard).toEqual(['please-wait', 'goodbye']);
  });

  test('with a link does the same', async () => {
    const link = flow('  asks: { send-link: { to: "{{ phone }}" }, while: please-wait, on: { ok: bye, error: bye } }');
    let sent: (outcome: 'ok') => void = () => undefined;
    const sendLink = (): Promise<'ok'> => new Promise((resolve) => (sent = resolve));
    const { world, end } = await begun({ flow: link, sessions: { sendLink } });
    await world.clock.advance(1_000);
    sent('ok');
    await end;
    expect(world.call.heard).toEqual(['please-wait', 'goodbye']);
  });
});
