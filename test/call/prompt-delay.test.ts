import { PromptDelay } from '../../src/call/prompt-delay';
import { ManualClock } from '../support/manual-clock';

function rig(): { clock: ManualClock; delay: PromptDelay; told: number[] } {
  const clock = new ManualClock();
  const told: number[] = [];
  return { clock, told, delay: new PromptDelay(clock, (ms) => told.push(ms)) };
}

describe('the wait between a last key and the next prompt', () => {
  it('is told once, when the next prompt starts', async () => {
    const { clock, delay, told } = rig();
    delay.keyed('pb_1');
    await clock.advance(12);
    delay.started('pb_2');
    delay.started('pb_3');
    expect(told).toEqual([12]);
  });

  it('is not ended by the prompt that the key cut off', () => {
    const { delay, told } = rig();
    delay.keyed('pb_1');
    delay.started('pb_1');
    expect(told).toEqual([]);
  });

  it('is not there for a field that ran out of time', () => {
    const { delay, told } = rig();
    delay.started('pb_2');
    expect(told).toEqual([]);
  });
});
