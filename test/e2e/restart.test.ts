import path from 'node:path';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { CARDS } from './support/cards';
import { likeness } from './support/heard';
import { eventually, expectIdle, expectNothingLeft } from './support/nothing-left';
import { EXPIRY, PROJECT, type Lane, type TestCall } from './support/payment-site';
import { ShakySite } from './support/shaky-site';

jest.setTimeout(200_000);

const PAYS = {
  'card-number': [CARDS.approved],
  'expiration-date': [EXPIRY],
  'security-code': ['123'],
  otp: ['123456'],
};
const INTERRUPTED = 'there was a short interruption';

let shaky: ShakySite;

beforeAll(async () => {
  shaky = await ShakySite.start();
}, 60_000);

afterAll(async () => {
  await shaky.stop();
});

/** A call that waits in the middle of its card number. */
async function keyingCard(): Promise<TestCall> {
  const call = await shaky.lane().dial({ keys: { 'card-number': ['411111'] } });
  await call.awaits('field-opened', ({ field }) => field === 'card-number');
  return call;
}

/** A call that waits for its one-time password. */
async function keyingOtp(): Promise<TestCall> {
  const call = await shaky.lane().dial({ keys: { ...PAYS, otp: [] } });
  await call.awaits('field-opened', ({ field }) => field === 'otp');
  return call;
}

/** A call whose gateway has charged and not answered. */
async function charging(card: string): Promise<TestCall> {
  const lane = shaky.lane();
  const call = await lane.dial({ keys: { ...PAYS, 'card-number': [card] } });
  await eventually(
    'the charge',
    () => lane.charges(),
    ({ charged }) => charged === 1,
    60_000,
  );
  return call;
}

/** A caller who is back with their agent. */
async function talking(): Promise<TestCall> {
  const call = await shaky.lane().dial({ keys: {}, headers: null });
  await call.awaits('returned', ({ outcome }) => outcome === 'answered');
  return call;
}

/** A caller whose agent's telephone rings. */
async function ringing(): Promise<TestCall> {
  const lane = shaky.lane();
  const call = await lane.dial({ keys: {}, headers: { 'X-Return-To': `agent-${lane.agent}` }, agent: 'silent' });
  await call.awaits('returning');
  return call;
}

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

describe('the way to ARI cut and back', () => {
  it('loses keys, and no call', async () => {
    const [keying, paying, joined] = await Promise.all([keyingCard(), charging(CARDS.slow), talking()]);
    const since = shaky.site.log.lines.length;
    shaky.cable.cut();
    await shaky.site.log.waitFor('the loss', ({ event }) => event === 'ari-down', 5_000, since);
    shaky.cable.mend();
    await shaky.site.log.waitFor('the repair', ({ event }) => event === 'ari-up', 10_000, since);
    await keying.caller.press(`*${CARDS.approved}`);
    await keying.awaits('field-closed', ({ field, outcome }) => field === 'card-number' && outcome === 'collected');
    await keying.caller.hangUp();
    expect((await keying.ends()).reason).toBe('caller');
    expect(joined.caller.up).toBe(true);
    const headers = await paying.backWith(paying.lane.agent);
    expect(headers['X-Payment-Result']).toBe('approved');
    expect(await charged(paying.lane)).toBe(1);
    await joined.caller.hangUp();
    expect((await joined.ends()).reason).toBe('caller');
    for (const call of [keying, paying, joined]) await expectNothingLeft(call);
  });
});

describe('an engine that is killed and started again', () => {
  it('brings each caller back, asks nothing again, and finds out about the charge under way', async () => {
    const [card, otp, joined, waiting, paying] = await Promise.all([
      keyingCard(),
      keyingOtp(),
      talking(),
      ringing(),
      charging(CARDS.timeoutAfterCharge),
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
    const [card, joined] = await Promise.all([keyingCard(), talking()]);
    const since = Date.now();
    expect(await shaky.site.engine.stop()).toBe(0);
    expect(Date.now() - since).toBeLessThan(10_000);
    const agent = await shaky.site.world.called(card.lane.agent, card.lane.number, 15_000);
    expect(joined.caller.up).toBe(true);
    await card.caller.hangUp();
    await agent.ended;
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

describe('an Asterisk that dies and comes back', () => {
  it('ends the calls it had, and the next one is served', async () => {
    const card = await keyingCard();
    await shaky.restartAsterisk();
    expect((await card.ends()).reason).toBe('caller');
    await shaky.untilReady();
    const next = await shaky.lane().dial({ keys: {}, headers: null });
    await next.backWith('support');
    await expectIdle(shaky.site, shaky.atRest);
  });
});

/** Somebody calls while there is no engine: the dialplan apologises and ends the call. */
async function expectApology(): Promise<void> {
  const { world } = shaky.site;
  const caller = await world.dial({ did: '7001', number: '+919999999900', recording: 'without-engine' });
  await caller.ended;
  await caller.heard;
  const heard = world.saveRecordings(mkdtempSync(path.join(tmpdir(), 'hushtone-heard-')));
  const apology = path.join(PROJECT, 'sounds', 'en', 'engine-unavailable.wav');
  expect(likeness(path.join(heard, 'without-engine.wav'), apology)).toBeGreaterThan(0.8);
}
