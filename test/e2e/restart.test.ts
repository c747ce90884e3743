import { bound, charging, keyingCard, keyingOtp, ringing, sendingOtp, talking } from './support/calls-under-way';
import { CARDS } from './support/cards';
import { expectPrompts, Hearing } from './support/heard';
import { expectJournal } from './support/journal';
import { expectIdle } from './support/nothing-left';
import type { TestCall } from './support/payment-site';
import { ShakySite } from './support/shaky-site';
import { expectTruth, type Truth } from './support/truth';

/** The exit code of an engine that has ended everything by itself; after 9.5 s it leaves what is left behind, and says 1. */
const STOPPED_IN_TIME = 0;

let shaky: ShakySite;

beforeAll(async () => {
  shaky = await ShakySite.start();
});

afterAll(async () => {
  await shaky.stop();
});

/** Same engine call id, but in the log of the engine that runs now. */
async function expectBroughtBack(call: TestCall, result: string, truth: Truth = {}): Promise<void> {
  const headers = await call.backWith(call.lane.agent);
  expect(headers['X-Payment-Result']).toBe(result);
  expect(call.story.filter(({ event }) => event === 'field-opened')).toEqual([]);
  await expectTruth(call, { ...truth, hears: ['call-interrupted', ...(truth.hears ?? [])] });
}

describe('an engine that is killed and started again', () => {
  it('brings each caller back, asks nothing again, and finds out about the charge under way', async () => {
    const [card, otp, sms, joined, waiting, paying] = await Promise.all([
      keyingCard(shaky),
      keyingOtp(shaky),
      sendingOtp(shaky),
      talking(shaky),
      ringing(shaky),
      charging(shaky, CARDS.timeoutAfterCharge),
    ]);
    await shaky.site.engine.kill();
    for (const { caller } of [card, otp, sms, joined, waiting, paying]) expect(caller.up).toBe(true);
    shaky.site.world.seat(waiting.lane.agent, { manner: 'answer', headers: ['X-Payment-Result'], recording: 'again' });
    await expectApology();
    await shaky.site.restartEngine();
    await Promise.all([
      expectBroughtBack(card, 'none'),
      expectBroughtBack(otp, 'none'),
      expectBroughtBack(sms, 'none'),
      expectBroughtBack(paying, 'approved', { journal: ['approved'], hears: ['payment-approved'] }),
      expectSecondCall(waiting),
    ]);
    expect(joined.caller.up).toBe(true);
    const [agent] = shaky.site.world.reached('support').filter(({ from }) => from === joined.lane.number);
    await agent?.hangUp();
    expect((await joined.ends()).reason).toBe('agent');
    await joined.caller.ended;
    await expectTruth(joined, { hearsNot: ['call-interrupted'] });
    await expectIdle(shaky.site, shaky.atRest);
  });

  it.each([
    ['as the agent answers', killedAtAnswer],
    ['as agent and caller are joined', killedAtJoining],
  ])('calls the agent again when it was killed %s', async (_when, killed) => {
    const done = killed();
    // Not waited for in the log: what an engine says right before it is killed is lost.
    const call = await bound(shaky, 'answer');
    await done;
    await shaky.site.restartEngine();
    await expectSecondCall(call);
    await expectIdle(shaky.site, shaky.atRest);
  });
});

/** The first call to the agent has ended, the second one is answered, and its INVITE tells the result. */
async function expectSecondCall(call: TestCall): Promise<void> {
  await call.awaits('returned', ({ outcome }) => outcome === 'answered');
  const [first, second, third] = shaky.site.world.reached(call.lane.agent);
  await first?.ended;
  expect([second?.up, third]).toEqual([true, undefined]);
  expect(second?.headers).toEqual({ 'X-Payment-Result': 'none' });
  await call.caller.hangUp();
  await call.ends();
  await second?.ended;
  await expectTruth(call, { hears: ['call-details-missing'] });
}

/** Kills the engine before it hears that the agent has answered. */
function killedAtAnswer(): Promise<void> {
  return new Promise((resolve) => {
    shaky.cable.loses = (event) => {
      if (!event.includes('"StasisStart"') || !event.includes('PJSIP/outbound')) return false;
      shaky.cable.loses = () => false;
      resolve(shaky.site.engine.kill());
      return true;
    };
  });
}

/** Kills the engine before it hears that Asterisk has joined agent and caller, as it has been told to. */
function killedAtJoining(): Promise<void> {
  return new Promise((resolve) => {
    shaky.cable.onRequest = (request) => {
      if (!/addChannel[^ ]*leg_/.test(request)) return;
      shaky.cable.onRequest = () => undefined;
      resolve(shaky.site.engine.kill());
    };
  });
}

describe('an engine that is stopped and started again', () => {
  it('hands callers to their agent, and finds those who talk', async () => {
    const [card, joined] = await Promise.all([keyingCard(shaky), talking(shaky)]);
    expect(await shaky.site.engine.stop()).toBe(STOPPED_IN_TIME);
    const agent = await shaky.site.world.called(card.lane.agent, card.lane.number);
    expect(agent.headers).toEqual({ 'X-Payment-Result': 'none' });
    expect(joined.caller.up).toBe(true);
    await card.caller.hangUp();
    await agent.ended;
    await expectTruth(card, { hears: ['call-interrupted'], hearsNot: ['engine-unavailable'] });
    await shaky.site.restartEngine();
    await shaky.site.log.waitFor(
      'the take-over',
      ({ event, call }) => event === 'call-taken-over' && call === joined.id,
    );
    await joined.caller.hangUp();
    expect((await joined.ends()).reason).toBe('caller');
    await expectIdle(shaky.site, shaky.atRest);
  });
});

describe('an engine that is stopped while the gateway works', () => {
  it('hands the caller to their agent with what became of the payment', async () => {
    const [answered, unanswered] = await Promise.all([
      charging(shaky, CARDS.slow),
      charging(shaky, CARDS.timeoutAfterCharge),
    ]);
    expect(await shaky.site.engine.stop()).toBe(STOPPED_IN_TIME);
    await expectHandedOn(answered, 'approved');
    await expectHandedOn(unanswered, 'unknown');
    await expectTruth(answered, {
      journal: ['approved'],
      hears: ['call-interrupted'],
      hearsNot: ['engine-unavailable'],
    });
    expectPrompts(await unanswered.hearing(), ['call-interrupted'], ['engine-unavailable', 'payment-approved']);
    await shaky.site.restartEngine();
    await expectJournal(unanswered.lane, ['approved']);
    await expectIdle(shaky.site, shaky.atRest);
  });
});

async function expectHandedOn(call: TestCall, result: string): Promise<void> {
  const agent = await shaky.site.world.called(call.lane.agent, call.lane.number);
  expect(agent.headers).toEqual({ 'X-Payment-Result': result });
  await call.caller.hangUp();
  await agent.ended;
}

/** Somebody calls while there is no engine: the dialplan apologises and ends the call. */
async function expectApology(): Promise<void> {
  const { world } = shaky.site;
  const caller = await world.dial({ did: '7001', number: '+919999999900', recording: 'without-engine' });
  await caller.ended;
  await caller.heard;
  const hearing = Hearing.ofFile(world.recordingOf('without-engine'));
  expectPrompts(hearing, ['engine-unavailable'], ['call-interrupted']);
}
