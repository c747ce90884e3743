import fc from 'fast-check';
import { HushtoneError } from '../../src/errors';
import { mayBecome } from '../../src/payment/attempt-states';
import { JournaledPayments } from '../../src/payment/payments';
import type { AttemptState } from '../../src/ports/payment-journal';
import type { PaymentResult } from '../../src/ports/payments';
import { settle } from '../support/manual-clock';
import type { ChargeScript, LookupScript } from '../support/scripted-gateway';
import { PaymentWorld, WHOLE_CARD } from './payment-world';

type JournalFault = 'none' | 'fail' | 'fail-after-writing' | 'slow' | 'die' | 'die-after-writing';
type Action =
  | { readonly do: 'take'; readonly order: number; readonly attempt: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'kill' }
  | { readonly do: 'sweep' };

interface Schedule {
  readonly actions: readonly Action[];
  readonly charges: readonly ChargeScript[];
  readonly lookups: readonly LookupScript[];
  readonly journal: readonly JournalFault[];
}

const schedules: fc.Arbitrary<Schedule> = fc.record({
  actions: fc.array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('take' as const),
          order: fc.integer({ min: 0, max: 1 }),
          attempt: fc.integer({ min: 0, max: 4 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 90_000 }) }),
      },
      { weight: 1, arbitrary: fc.constant({ do: 'kill' as const }) },
      { weight: 1, arbitrary: fc.constant({ do: 'sweep' as const }) },
    ),
    { minLength: 1, maxLength: 14 },
  ),
  charges: fc.array(
    fc.constantFrom<ChargeScript[]>(
      'approved',
      'declined',
      'otp-invalid',
      'not-sent',
      'slow-approved',
      'charged-no-answer',
      'charged-hangs',
      'charged-throws',
      'declined-no-answer',
      'lost-no-answer',
      'late-no-answer',
    ),
    { maxLength: 8 },
  ),
  lookups: fc.array(fc.constantFrom<LookupScript[]>('truth', 'unreachable', 'hangs', 'throws'), { maxLength: 12 }),
  journal: fc.array(
    fc.oneof(
      { weight: 12, arbitrary: fc.constant<JournalFault>('none') },
      {
        weight: 3,
        arbitrary: fc.constantFrom<JournalFault[]>('fail', 'fail-after-writing', 'slow', 'die', 'die-after-writing'),
      },
    ),
    { maxLength: 40 },
  ),
});

/** A process that can be killed: from then on, nothing it calls is done and nothing it waits for comes. */
class Engine {
  readonly payments: JournaledPayments;
  alive = true;

  constructor(private readonly world: PaymentWorld) {
    this.payments = new JournaledPayments({
      journal: this.mortal(world.journal),
      gateway: this.mortal(world.gateway),
      vault: world.vault,
      clock: world.clock,
      logger: world.logger,
      record: () => undefined,
      onSettled: (attempt) => world.settled.push(attempt),
    });
  }

  private mortal<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          if (!this.alive) return new Promise(() => undefined);
          const result: unknown = Reflect.apply(member, object, args);
          return result instanceof Promise ? this.whileAlive(result) : result;
        };
      },
    });
  }

  private async whileAlive(work: Promise<unknown>): Promise<unknown> {
    try {
      return await work;
    } finally {
      if (!this.alive) await new Promise(() => undefined);
    }
  }
}

interface Told {
  readonly attempt: string;
  readonly result: PaymentResult;
  /** The process that tells this held the card, and must have wiped it. */
  readonly wiped: boolean;
}

class Run {
  readonly world = new PaymentWorld();
  readonly told: Told[] = [];
  engine = new Engine(this.world);
  private readonly takenBy = new Map<string, Engine>();

  constructor(private readonly schedule: Schedule) {
    this.world.gateway.charges.push(...schedule.charges);
    this.world.gateway.answers.push(...schedule.lookups);
    const faults = [...schedule.journal];
    let fault: JournalFault = 'none';
    this.world.journal.before = async () => {
      fault = faults.shift() ?? 'none';
      const mine = fault;
      if (mine === 'die') this.engine.alive = false;
      if (mine === 'die') await new Promise(() => undefined);
      if (mine === 'fail') throw new HushtoneError('journal-unavailable', 'a fault of the test');
      if (mine === 'slow') await new Promise<void>((resolve) => this.world.clock.after(7_000, resolve));
    };
    this.world.journal.after = async () => {
      const mine = fault;
      fault = 'none';
      if (mine === 'die-after-writing') this.engine.alive = false;
      if (mine === 'die-after-writing') await new Promise(() => undefined);
      if (mine === 'fail-after-writing') throw new HushtoneError('journal-unavailable', 'a fault of the test');
    };
  }

  async play(): Promise<void> {
    for (const action of this.schedule.actions) {
      if (!this.engine.alive) await this.restart();
      if (action.do === 'take') this.take(`att_${action.order}_${action.attempt}`, `TXN_${action.order}`);
      if (action.do === 'kill') await this.restart();
      if (action.do === 'sweep') await this.sweep();
      await (action.do === 'wait' ? this.world.clock.advance(action.ms) : settle());
    }
    this.world.journal.before = () => undefined;
    this.world.journal.after = () => undefined;
    await this.world.clock.advance(4 * 3_600_000);
    await this.restart();
    await this.world.untilSettled();
  }

  /** As a flow does it: the same attempt again is a double `#` while it is under way, and a resumption afterwards. */
  take(attempt: string, reference: string): void {
    const engine = this.engine;
    const underWayHere = this.takenBy.get(attempt) === engine && !this.told.some((told) => told.attempt === attempt);
    if (this.takenBy.has(attempt) && !underWayHere) {
      this.resume(attempt);
      return;
    }
    this.takenBy.set(attempt, engine);
    void engine.payments.take(this.world.request(attempt, { reference })).then((result) => {
      if (engine.alive) this.told.push({ attempt, result, wiped: true });
    });
  }

  private resume(attempt: string): void {
    const engine = this.engine;
    void engine.payments.resume(attempt).then((result) => {
      if (engine.alive && result !== 'start-again') this.told.push({ attempt, result, wiped: false });
    });
  }

  private async restart(): Promise<void> {
    this.engine.alive = false;
    this.engine = new Engine(this.world);
    await this.sweep();
  }

  /** As the engine's start does it: until the journal can be read. It may die meanwhile. */
  private async sweep(): Promise<void> {
    void this.engine.payments.sweep().catch(() => undefined);
    await this.world.clock.advance(1_000);
  }
}

test('whatever fails and whenever it dies: nobody is charged twice, nobody is told wrong, nothing stays open', async () => {
  await fc.assert(
    fc.asyncProperty(schedules, async (schedule) => {
      const run = new Run(schedule);
      await run.play();
      const { gateway, journal, vault } = run.world;

      expect(gateway.mostAtOnce).toBeLessThanOrEqual(1);
      for (const order of ['TXN_0', 'TXN_1']) expect(gateway.approvals(order)).toBeLessThanOrEqual(1);
      expect(new Set(gateway.sends.map(({ attempt }) => attempt)).size).toBe(gateway.sends.length);

      const charged = (attempt: string): boolean =>
        gateway.book.some((seen) => seen.attempt === attempt && seen.state === 'approved');
      for (const { attempt, state } of journal.all()) {
        if (state !== 'manual_review') expect([attempt, state === 'approved']).toEqual([attempt, charged(attempt)]);
      }
      for (const { attempt, result, wiped } of run.told) {
        if (result.outcome === 'approved') expect([attempt, charged(attempt)]).toEqual([attempt, true]);
        if (['declined', 'otp-invalid', 'error'].includes(result.outcome)) {
          expect([attempt, result, charged(attempt)]).toEqual([attempt, result, false]);
        }
        if (!wiped) continue;
        const slots = result.outcome === 'otp-invalid' ? ['otp'] : WHOLE_CARD;
        expect(vault.wiped).toEqual(expect.arrayContaining(slots.map((slot) => `${attempt}.${slot}`)));
      }
      const last = new Map<string, AttemptState>();
      for (const line of journal.history) {
        const [attempt, state] = line.split(' ') as [string, AttemptState];
        const before = last.get(attempt);
        expect([line, before === undefined ? state === 'created' : mayBecome(before, state)]).toEqual([line, true]);
        last.set(attempt, state);
      }
    }),
    { numRuns: process.env.SOAK === undefined ? 300 : 10_000 },
  );
});
