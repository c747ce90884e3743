import { Started, StoppedWhileStarting } from '../src/started';
import { ManualClock } from './support/manual-clock';
import { silentLogger } from './support/silent-logger';

describe('what has been started', () => {
  let clock: ManualClock;
  let started: Started;
  let ended: string[];

  beforeEach(() => {
    clock = new ManualClock();
    started = new Started(clock, silentLogger);
    ended = [];
  });

  const add = (name: string): void => {
    started.add(name, () => Promise.resolve(ended.push(name)));
  };

  it('ends once, the last first', async () => {
    add('journal');
    add('http');
    expect(started.ending).toBe(false);
    await Promise.all([started.end(), started.end()]);
    expect(started.ending).toBe(true);
    expect(ended).toEqual(['http', 'journal']);
  });

  it('ends the others when one fails to', async () => {
    add('journal');
    started.add('http', () => Promise.reject(new Error('will not')));
    await started.end();
    expect(ended).toEqual(['journal']);
  });

  it('ends at once what comes up after the end was asked for, and stops the start', async () => {
    await started.end();
    expect(() => {
      add('asterisk');
    }).toThrow(StoppedWhileStarting);
    await started.end();
    expect(ended).toEqual(['asterisk']);
  });

  it('tells what is still coming up that the end was asked for', async () => {
    expect(started.stopped.aborted).toBe(false);
    await started.end();
    expect(started.stopped.reason).toBeInstanceOf(StoppedWhileStarting);
  });

  it('waits for work no longer than so many ms after the end was asked for', async () => {
    started.add('payments', () => started.within(5_000, new Promise<void>(() => undefined)));
    started.add('calls', () => started.within(5_000, new Promise<void>(() => undefined)));
    let over = false;
    const end = started.end().then(() => (over = true));
    await clock.advance(4_999);
    expect(over).toBe(false);
    await clock.advance(1);
    await end;
    expect(clock.running).toBe(0);
  });

  it('leaves no timer behind when the work is done in time', async () => {
    started.add('payments', () => started.within(5_000, Promise.resolve()));
    await started.end();
    expect(clock.running).toBe(0);
  });
});
