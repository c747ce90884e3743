import { StandingCheck } from '../../src/ari/standing-check';
import { HushtoneError } from '../../src/errors';
import { ManualClock } from '../support/manual-clock';
import { silentLogger } from '../support/silent-logger';

const LOG = new HushtoneError('asterisk-unsafe', 'the log keys.log records keys');

class Rig {
  readonly clock = new ManualClock();
  readonly logged: string[] = [];
  looks = 0;
  answer: Error | null = null;
  readonly check = new StandingCheck(
    this.clock,
    {
      ...silentLogger,
      info: (event) => void this.logged.push(event),
      error: (event, fields) => void this.logged.push(`${event}: ${fields?.reason ?? ''}`),
    },
    () => {
      this.looks++;
      return this.answer === null ? Promise.resolve() : Promise.reject(this.answer);
    },
  );
}

describe('the check that goes on while calls come in', () => {
  it('asks Asterisk once in ten seconds, however many calls ask, and not right after the connect', async () => {
    const rig = new Rig();
    rig.check.passed();
    await rig.check.assertSafe();
    expect(rig.looks).toBe(0);
    await rig.clock.advance(10_000);
    await Promise.all([rig.check.assertSafe(), rig.check.assertSafe()]);
    await rig.check.assertSafe();
    expect(rig.looks).toBe(1);
  });

  it('lets no card be keyed while a log takes keys, says so once, and goes on as soon as it does not', async () => {
    const rig = new Rig();
    rig.answer = LOG;
    await expect(rig.check.assertSafe()).rejects.toBe(LOG);
    await expect(rig.check.assertSafe()).rejects.toBe(LOG);
    expect(rig.check.problem).toContain('the log keys.log records keys');
    await rig.clock.advance(0);
    rig.answer = null;
    await rig.check.assertSafe();
    expect(rig.check.problem).toBeNull();
    expect(rig.logged).toEqual([expect.stringContaining('asterisk-unsafe: '), 'asterisk-safe']);
  });

  it('lets none be keyed either while it cannot find out, which says nothing about the Asterisk', async () => {
    const rig = new Rig();
    rig.answer = new HushtoneError('ari-timeout');
    await expect(rig.check.assertSafe()).rejects.toBe(rig.answer);
    expect(rig.check.problem).toBeNull();
    expect(rig.logged).toEqual([]);
  });
});
