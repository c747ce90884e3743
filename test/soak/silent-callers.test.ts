import type { PhoneCall } from '../../src/lab/phone/phone-call';
import { expectPrompts } from '../e2e/support/heard';
import { expectJournal } from '../e2e/support/journal';
import { expectIdle } from '../e2e/support/nothing-left';
import { PhoneSite } from '../e2e/support/phone-site';

const MINUTE_MS = 60_000;
const refuse = (agent: PhoneCall): void => {
  agent.refuse(486);
};

jest.setTimeout(12 * MINUTE_MS);

const sites = new PhoneSite();

afterAll(async () => {
  await sites.stop();
});

it.concurrent(
  'a caller who is silent for five minutes hears each question again, and is back with the agent',
  async () => {
    const lane = await sites.lane();
    const call = await lane.dial({ did: '7009', microphone: 'silence', acts: {} });
    await call.awaits('returned', () => true, 8 * MINUTE_MS);
    await call.toTheEnd();
    expect(call.attempts('card-number')).toEqual(Array(5).fill('timeout'));
    expectPrompts(call.hearing, ['enter-card-number', 'nothing-heard', 'sorry-not-understood']);
    expect((await call.returned).header('X-Payment-Result')).toBe('none');
    await expectJournal(lane, []);
  },
);

it.concurrent('a telephone that sends nothing for five minutes is hung up on, as the shipped trunks say', async () => {
  const lane = await sites.lane();
  const since = Date.now();
  const call = await lane.dial({ did: '7009', microphone: 'off', acts: {}, agent: refuse });
  const end = await call.awaits('call-ended', () => true, 8 * MINUTE_MS);
  expect(end.reason).toBe('caller');
  expect((Date.now() - since) / MINUTE_MS).toBeCloseTo(5, 0);
  expect(call.caller.requests).toContain('BYE');
  expectPrompts(call.hearing, ['nothing-heard'], ['sorry-not-understood']);
  await expectJournal(lane, []);
});

describe('after these calls', () => {
  it('nothing is left: no channel, bridge, timer or vault slot', async () => {
    await expectIdle(await sites.site(), sites.atRest);
  });
});
