import path from 'node:path';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { CARDS } from './support/cards';
import { likeness } from './support/heard';
import { charging, keyingCard, keyingOtp, ringing, talking } from './support/calls-under-way';
import { expectIdle, expectNothingLeft } from './support/nothing-left';
import { PROJECT, type Lane, type TestCall } from './support/payment-site';
import { ShakySite } from './support/shaky-site';

jest.setTimeout(200_000);

const INTERRUPTED = 'there was a short interruption';

let shaky: ShakySite;

beforeAll(async () => {
  shaky = await ShakySite.start();
}, 60_000);

afterAll(async () => {
  await shaky.stop();
});

/** Same engine call id, but in the log of the engine that runs now. */
async function expectBroughtBack(call: TestCall, result: string): Promise<void> {
  const headers = await call.backWith(call.lane.agent);
  expect(headers['X-Payment-Result']).toBe(result);
  expect(call.told).toContain(INTERRUPTED);
  expect(call.story.filter(({ event }) => event === 'field-opened')).toEqual([]);
  await expectNothingLeft(call);
}

async function charged(lane: Lane): Promise<number> {
  return (await lane.charges()).charged;
}

describe('an engine that is killed and started again', () => {
  it('brings each caller back, asks nothing again, and finds out about the charge under way', async () => {
    const [card, otp, joined, waiting, paying] = await Promise.all([
      keyingCard(shaky),
      keyingOtp(shaky),
      talking(shaky),
      ringing(shaky),
      charging(shaky, CARDS.timeoutAfterCharge),
    ]);
    await shaky.site.engine.kill();
    expect([card, otp, joined, waiting, paying].map(({ caller }) => caller.up)).toEqual([true, true, true, true, true]);
    shaky.site.world.seat(waiting.lane.agent, { manner: 'answer', headers: ['X-Payment-Result'], recording: 'again' });
    await expectApology();
    await shaky.site.restartEngine();
    await Promise.all([
      expectBroughtBack(card, 'none'),
      expectBroughtBack(otp, 'none'),
      expectBroughtBack(paying, 'approved'),
      waiting.backWith(waiting.lane.agent),
    ]);
    expect(paying.told).toContain('Your payment has been approved');
    expect(await charged(paying.lane)).toBe(1);
    expect(await charged(card.lane)).toBe(0);
    expect(joined.caller.up).toBe(true);
    const [agent] = shaky.site.world.reached('support').filter(({ from }) => from === joined.lane.number);
    await agent?.hangUp();
    expect((await joined.ends()).reason).toBe('agent');
    await joined.caller.ended;
    await expectNothingLeft(joined);
    await expectIdle(shaky.site, shaky.atRest);
  });
});

describe('an engine that is stopped and started again', () => {
  it('hands callers to their agent, and finds those who talk', async () => {
    const [card, joined] = await Promise.all([keyingCard(shaky), talking(shaky)]);
    const since = Date.now();
    expect(await shaky.site.engine.stop()).toBe(0);
    expect(Date.now() - since).toBeLessThan(10_000);
    const agent = await shaky.site.world.called(card.lane.agent, card.lane.number, 15_000);
    expect(joined.caller.up).toBe(true);
    await card.caller.hangUp();
    await agent.ended;
    await card.caller.heard;
    expect(likenessTo('call-interrupted', `caller-${card.lane.index}`)).toBeGreaterThan(0.8);
    await shaky.site.restartEngine();
    await shaky.site.log.waitFor(
      'the take-over',
      ({ event, call }) => event === 'call-taken-over' && call === joined.id,
      5_000,
    );
    await joined.caller.hangUp();
    expect((await joined.ends()).reason).toBe('caller');
    await expectIdle(shaky.site, shaky.atRest);
  });
});

/** Somebody calls while there is no engine: the dialplan apologises and ends the call. */
async function expectApology(): Promise<void> {
  const { world } = shaky.site;
  const caller = await world.dial({ did: '7001', number: '+919999999900', recording: 'without-engine' });
  await caller.ended;
  await caller.heard;
  expect(likenessTo('engine-unavailable', 'without-engine')).toBeGreaterThan(0.8);
}

/** How much of what a robot heard is the given prompt. */
function likenessTo(prompt: string, recording: string): number {
  const heard = shaky.site.world.saveRecordings(mkdtempSync(path.join(tmpdir(), 'hushtone-heard-')));
  return likeness(path.join(heard, `${recording}.wav`), path.join(PROJECT, 'sounds', 'en', `${prompt}.ulaw`));
}
