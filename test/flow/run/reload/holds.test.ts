import { Holds, LINGER_MS } from '../../../../src/flow/run/reload/holds';
import { ManualClock } from '../../../support/manual-clock';

it('holds what a call has to the end of its payment, which may come after the call', async () => {
  const clock = new ManualClock();
  const holds = new Holds<string>(clock);
  const letGo = holds.hold('call_1', 'old');
  const alsoLetGo = holds.hold('call_2', 'old');
  letGo();
  await clock.advance(LINGER_MS - 1);
  holds.tidy();
  expect(holds.of('call_1')).toBe('old');
  await clock.advance(1);
  holds.tidy();
  expect(holds.of('call_1')).toBeNull();
  expect([...holds.held]).toEqual(['old']);
  alsoLetGo();
  await clock.advance(LINGER_MS);
  holds.tidy();
  expect(holds.of('call_2')).toBeNull();
  expect([...holds.held]).toEqual([]);
  expect(clock.running).toBe(0);
});
