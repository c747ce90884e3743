import fc from 'fast-check';
import { MemoryCardVault } from '../../src/card/vault';
import { Collector } from '../../src/dtmf/collector';
import { openSink, type FieldRequest } from '../../src/dtmf/fields';
import type { FieldTiming, ListenResult } from '../../src/ports/call';
import { ManualClock } from '../support/manual-clock';

const TIMING: FieldTiming = { firstKeyMs: 8000, interdigitMs: 4000, termMs: 2000, terminator: 0x23, clearKey: 0x2a };

/** One field, its caller and its vault. */
class Desk {
  readonly clock = new ManualClock();
  readonly vault = new MemoryCardVault({ clock: this.clock, makeId: (prefix) => `${prefix}_x` });
  readonly ends: ListenResult[] = [];
  readonly progress: [number, boolean][] = [];
  readonly sink;
  readonly collector;

  constructor(field: string, more: Partial<FieldRequest> = {}, timing: Partial<FieldTiming> = {}) {
    this.sink = openSink(this.vault, { owner: 'call', field, sensitive: false, ...more });
    this.collector = new Collector({
      timing: { ...TIMING, ...timing },
      sink: this.sink,
      clock: this.clock,
      onEnd: (end) => this.ends.push(end),
      onProgress: (count, cleared) => this.progress.push([count, cleared]),
    });
  }

  /** Presses keys, `gapMs` before each. */
  async keys(keys: string, gapMs = 200): Promise<this> {
    for (const byte of Buffer.from(keys, 'latin1')) {
      await this.clock.advance(gapMs);
      this.collector.key(byte, this.clock.now());
    }
    return this;
  }

  async silence(ms: number): Promise<this> {
    await this.clock.advance(ms);
    return this;
  }

  /** What the field ended as, in one word; null while it is open. */
  get outcome(): string | null {
    const [end, second] = this.ends;
    if (second !== undefined) throw new Error('ended twice');
    if (end === undefined) return null;
    if (end.kind === 'failed') return end.error;
    return end.kind === 'collected' ? (end.field.value ?? end.field.masked) : end.kind;
  }
}

const CARD = '4242424242424242';
const MASTERCARD = '5555555555554444';

describe('silence', () => {
  it('is counted from the end of the prompt', async () => {
    const desk = new Desk('card-number');
    await desk.silence(60_000);
    expect(desk.outcome).toBeNull();
    desk.collector.promptEnded();
    await desk.silence(7999);
    expect(desk.outcome).toBeNull();
    await desk.silence(1);
    expect(desk.outcome).toBe('timeout');
  });

  it('does not start anew when the end of the prompt is told twice', async () => {
    const desk = new Desk('digits');
    desk.collector.promptEnded();
    await desk.silence(5000);
    desk.collector.promptEnded();
    await desk.silence(3000);
    expect(desk.outcome).toBe('timeout');
  });

  it('does not give a key pressed during the prompt the first-key time', async () => {
    const desk = await new Desk('digits', { min: 3 }).keys('1');
    desk.collector.promptEnded();
    await desk.silence(4000);
    expect(desk.outcome).toBe('too-short');
  });

  it.each([
    ['card-number', '42424242', 'invalid-card-number'],
    ['expiration-date', '12', 'invalid-date'],
    ['security-code', '12', 'invalid-security-code'],
    ['postal-code', '12', 'invalid-postal-code'],
    ['otp', '123', 'too-short'],
    ['payment-key', '123', 'too-short'],
  ])('in the middle of %s ends it with its own error after the inter-digit time', async (field, digits, error) => {
    const desk = await new Desk(field).keys(digits);
    await desk.silence(3999);
    expect(desk.outcome).toBeNull();
    await desk.silence(1);
    expect(desk.outcome).toBe(error);
  });

  it('ends a field that may end after the term time', async () => {
    const desk = await new Desk('payment-key').keys('123456');
    await desk.silence(1999);
    expect(desk.outcome).toBeNull();
    await desk.silence(1);
    expect(desk.outcome).toBe('123456');
  });
});

describe('the terminator', () => {
  it('ends a field that may end', async () => {
    expect((await new Desk('card-number').keys(`${CARD}#`)).outcome).toBe('xxxxxxxxxxxx4242');
    expect((await new Desk('payment-key').keys('1234#')).outcome).toBe('1234');
  });

  it('ends a field too early with its error', async () => {
    expect((await new Desk('payment-key').keys('12#')).outcome).toBe('too-short');
    expect((await new Desk('card-number').keys('4242#')).outcome).toBe('invalid-card-number');
  });

  it('means nothing before the first digit: it belongs to the field before', async () => {
    const desk = new Desk('expiration-date');
    expect(desk.collector.key(0x23, desk.clock.now())).toBe(false);
    desk.collector.key(0x31, desk.clock.now() + 5);
    expect([desk.outcome, desk.sink.length]).toEqual([null, 1]);
    await desk.keys('230');
    expect(desk.outcome).toBe('xxxx');
  });

  it('is a key like any unknown one where there is none', async () => {
    const desk = await new Desk('payment-key', {}, { terminator: null }).keys('1234#');
    expect(desk.outcome).toBeNull();
    expect((await desk.silence(2000)).outcome).toBe('1234');
  });
});

describe('a field that completes', () => {
  it('ends at once without a terminator', async () => {
    expect((await new Desk('card-number').keys(MASTERCARD)).outcome).toBe('xxxxxxxxxxxx4444');
    expect((await new Desk('security-code', { brand: 'amex' }).keys('1234')).outcome).toBe('xxxx');
    expect((await new Desk('digits', { min: 1, max: 1 }).keys('7')).outcome).toBe('7');
  });

  it('drops every key after its end', async () => {
    const desk = await new Desk('card-number').keys(MASTERCARD);
    expect(desk.collector.key(0x39, desk.clock.now() + 200)).toBe(false);
    expect(desk.collector.key(0x23, desk.clock.now() + 400)).toBe(false);
    await desk.keys('**123#');
    expect(desk.ends).toHaveLength(1);
    expect(desk.vault.lengthOf('sealed_x')).toBe(16);
  });
});

describe('the clear key', () => {
  it('starts over, with the first-key time', async () => {
    const desk = await new Desk('expiration-date').keys('99*');
    expect(desk.sink.length).toBe(0);
    await desk.silence(7999);
    expect(desk.outcome).toBeNull();
    await desk.silence(1);
    expect(desk.outcome).toBe('timeout');
  });

  it('lets the caller key the right value', async () => {
    expect((await new Desk('payment-key').keys('99*123456#')).outcome).toBe('123456');
  });

  it('pressed twice in a row gives up', async () => {
    const desk = await new Desk('card-number').keys('4242**');
    expect([desk.outcome, desk.vault.size()]).toEqual(['cancelled', 0]);
  });

  it('pressed twice with a key between starts over twice', async () => {
    expect((await new Desk('payment-key').keys('1*2*3456#')).outcome).toBe('3456');
  });

  it('means nothing where there is none', async () => {
    expect((await new Desk('payment-key', {}, { clearKey: null }).keys('12**34#')).outcome).toBe('1234');
  });
});

describe('one key too many', () => {
  it('fails with too-long once the caller has ended it', async () => {
    const desk = await new Desk('payment-key', { min: 4, max: 6 }).keys('1234567');
    expect(desk.sink.length).toBe(0);
    await desk.keys('89', 1000);
    expect(desk.outcome).toBeNull();
    expect((await desk.keys('#')).outcome).toBe('too-long');
  });

  it('or once the caller has stopped for the term time', async () => {
    const desk = await new Desk('otp', { min: 4, max: 6 }).keys('12345678');
    expect((await desk.silence(2000)).outcome).toBe('too-long');
    expect(desk.vault.size()).toBe(0);
  });
});

describe('keys closer than the switch can tell apart', () => {
  it('end the field with too-fast, after the burst', async () => {
    const desk = await new Desk('card-number').keys('4242');
    await desk.keys('42424242', 40);
    expect([desk.outcome, desk.vault.size()]).toEqual([null, 0]);
    await desk.silence(299);
    expect(desk.outcome).toBeNull();
    await desk.silence(1);
    expect(desk.outcome).toBe('too-fast');
  });

  it('are judged by the time of the event, not of its arrival', () => {
    const desk = new Desk('digits', { min: 4, max: 4 });
    [0, 60, 120, 180].forEach((at, i) => desk.collector.key(0x31 + i, 1_000_000 + at));
    expect(desk.outcome).toBe('1234');
  });

  it('fail at 59 ms', async () => {
    const desk = new Desk('digits', { min: 2, max: 2 });
    desk.collector.key(0x31, 1000);
    desk.collector.key(0x32, 1059);
    expect((await desk.silence(300)).outcome).toBe('too-fast');
  });

  it.each(['#', '*', 'A'])('are a burst with %s as well: a twin of it must decide nothing', async (key) => {
    const desk = await new Desk('payment-key').keys('123');
    await desk.keys(`${key}${key}`, 20);
    expect(desk.outcome).toBeNull();
    expect((await desk.silence(300)).outcome).toBe('too-fast');
  });
});

describe('keys that no field knows', () => {
  it('are ignored', async () => {
    expect((await new Desk('payment-key').keys('1A2B3C4D#')).outcome).toBe('1234');
  });
});

describe('progress', () => {
  it('tells how many keys are held, and when they were cleared', async () => {
    const desk = await new Desk('expiration-date').keys('12*1230');
    expect(desk.progress).toEqual([
      [1, false],
      [2, false],
      [0, true],
      [1, false],
      [2, false],
      [3, false],
      [4, false],
    ]);
  });
});

describe('cancelling', () => {
  it('wipes what was keyed, says nothing, leaves no timer', async () => {
    const desk = await new Desk('card-number').keys('4242');
    desk.collector.cancel();
    desk.collector.cancel();
    desk.collector.promptEnded();
    await desk.keys('42').then((same) => same.silence(60_000));
    expect([desk.ends.length, desk.vault.size(), desk.clock.running]).toEqual([0, 0, 0]);
  });

  it('after the end leaves the collected field alone', async () => {
    const desk = await new Desk('card-number').keys(MASTERCARD);
    desk.collector.cancel();
    expect(desk.vault.lengthOf('sealed_x')).toBe(16);
  });
});

describe('whatever a caller does', () => {
  const MAX: Record<string, number> = {
    'card-number': 19,
    'expiration-date': 4,
    'security-code': 4,
    otp: 8,
    'payment-key': 12,
    digits: 32,
  };
  const press = fc.record({
    key: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7', '8', '9') },
      { weight: 2, arbitrary: fc.constantFrom('*', '#', 'A', 'B', 'C', 'D') },
    ),
    gap: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 60, max: 1500 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 59 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1500, max: 9000 }) },
    ),
  });
  const act = fc.oneof(
    { weight: 30, arbitrary: press },
    { weight: 1, arbitrary: fc.constant('prompt-ended' as const) },
    { weight: 1, arbitrary: fc.constant('cancel' as const) },
  );

  it('a field ends at most once, holds at most its longest, and leaves neither timer nor digit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(MAX)), fc.array(act, { maxLength: 40 }), async (field, acts) => {
        const desk = new Desk(field);
        for (const each of acts) {
          if (each === 'prompt-ended') desk.collector.promptEnded();
          else if (each === 'cancel') desk.collector.cancel();
          else await desk.keys(each.key, each.gap);
          expect(desk.sink.length).toBeLessThanOrEqual(MAX[field] ?? 0);
          expect(desk.ends.length).toBeLessThanOrEqual(1);
          if (desk.ends.length === 1) expect(desk.clock.running).toBe(0);
        }
        desk.collector.promptEnded();
        await desk.silence(20_000);
        expect(desk.clock.running).toBe(0);
        const [end] = desk.ends;
        const sealed = end?.kind === 'collected' && end.field.ref !== null;
        expect(desk.vault.size()).toBe(sealed ? 1 : 0);
        desk.vault.wipeOwner('call');
        expect(desk.vault.size()).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('a value is collected only as it was keyed after the last clear, at human speed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(press, { minLength: 1, maxLength: 20 }), async (presses) => {
        const desk = new Desk('payment-key', { min: 1, max: 12 });
        let typed = '';
        for (const { key, gap } of presses) {
          await desk.silence(gap);
          if (desk.outcome === null && /\d/.test(key)) typed += key;
          if (desk.outcome === null && key === '*') typed = '';
          desk.collector.key(key.charCodeAt(0), desk.clock.now());
        }
        desk.collector.promptEnded();
        await desk.silence(20_000);
        const [end] = desk.ends;
        if (end?.kind === 'collected') expect(end.field.value).toBe(typed);
        else expect(end).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });
});
