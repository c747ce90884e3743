import { spawnSync } from 'node:child_process';
import { CARDS } from './support/cards';
import {
  charging,
  keyingCard,
  keyingOtp,
  lookedUp,
  PAYS,
  returning,
  ringing,
  talking,
} from './support/calls-under-way';
import { expectIdle } from './support/nothing-left';
import type { TestCall } from './support/payment-site';
import { ShakySite } from './support/shaky-site';
import { expectTruth, type Truth } from './support/truth';

let shaky: ShakySite;

beforeAll(async () => {
  shaky = await ShakySite.start();
});

afterAll(async () => {
  await shaky.stop();
});

/** The caller keys the whole card, and it is taken. */
async function collectsCardOf(call: TestCall): Promise<void> {
  await call.caller.press(`*${CARDS.approved}`);
  await call.awaits('field-closed', ({ field, outcome }) => field === 'card-number' && outcome === 'collected');
}

/** The agent takes further calls at once. */
function willAnswer({ lane }: TestCall): void {
  shaky.site.world.seat(lane.agent, { manner: 'answer', headers: ['X-Payment-Result'], recording: 'again' });
}

describe('the way to ARI cut and back', () => {
  it('loses keys, and no call', async () => {
    const [keying, paying, joined] = await Promise.all([
      keyingCard(shaky),
      charging(shaky, CARDS.slow),
      talking(shaky),
    ]);
    const since = shaky.site.log.lines.length;
    shaky.cable.cut();
    await shaky.site.log.waitFor('the loss', ({ event }) => event === 'ari-down', { since });
    shaky.cable.mend();
    await shaky.site.log.waitFor('the repair', ({ event }) => event === 'ari-up', { since });
    await collectsCardOf(keying);
    await keying.caller.hangUp();
    expect((await keying.ends()).reason).toBe('caller');
    expect(joined.caller.up).toBe(true);
    const headers = await paying.backWith(paying.lane.agent);
    expect(headers['X-Payment-Result']).toBe('approved');
    await joined.caller.hangUp();
    expect((await joined.ends()).reason).toBe('caller');
    await expectTruth(keying, {});
    await expectTruth(joined, {});
    await expectTruth(paying, { journal: ['approved'], hears: ['payment-approved'] });
  });

  it('meanwhile a caller may hang up, an agent answer, and the time of a field run out', async () => {
    const [leaving, keying, returned] = await Promise.all([keyingCard(shaky), keyingCard(shaky), ringing(shaky)]);
    const since = shaky.site.log.lines.length;
    shaky.cable.cut();
    await shaky.site.log.waitFor('the loss', ({ event }) => event === 'ari-down', { since });
    await Promise.all([leaving.caller.hangUp(), returned.agent.answer()]);
    willAnswer(returned);
    await keying.awaits('field-closed');
    // Asterisk takes nobody into an application that is not there.
    await returned.agent.ended;
    shaky.cable.mend();
    await shaky.site.log.waitFor('the repair', ({ event }) => event === 'ari-up', { since });
    expect((await leaving.ends()).reason).toBe('caller');
    await collectsCardOf(keying);
    await keying.caller.hangUp();
    expect((await keying.ends()).reason).toBe('caller');
    for (const call of [leaving, keying]) await expectTruth(call, {});
    // Their telephone rang again.
    await returned.awaits('returned');
    const calls = shaky.site.world.reached(returned.lane.agent);
    expect(calls.map(({ up, headers }) => [up, headers['X-Payment-Result']])).toEqual([
      [false, 'none'],
      [true, 'none'],
    ]);
    await returned.caller.hangUp();
    await returned.ends();
    expect(returned.outcomes('returned')).toEqual(['answered']);
    await expectTruth(returned, { hearsNot: ['trying-another-agent'] });
  });
});

interface Plight {
  readonly begin: () => Promise<TestCall>;
  /** Event of the call with which the engine needs Asterisk again; null for at once. */
  readonly next: string | null;
  readonly truth: Truth;
}

describe('the way to ARI cut until after', () => {
  it.each<readonly [string, Plight]>([
    [
      "the gateway's answer: the caller hears it, and the agent gets it",
      {
        begin: () => charging(shaky, CARDS.slow),
        next: 'payment',
        truth: { journal: ['approved'], hears: ['payment-approved'] },
      },
    ],
    [
      'the order was found: the caller pays',
      {
        begin: () => lookedUp(shaky),
        next: 'said',
        truth: { journal: ['approved'], hears: ['payment-approved'], hearsNot: ['call-details-missing'] },
      },
    ],
    [
      'the return was due: the agent is rung',
      {
        begin: () => returning(shaky, 'answer'),
        next: null,
        truth: { hears: ['call-details-missing'] },
      },
    ],
  ])('%s', async (_what, { begin, next, truth }) => {
    const call = await begin();
    const { log } = shaky.site;
    const since = log.lines.length;
    shaky.cable.cut();
    await log.waitFor('the loss', ({ event }) => event === 'ari-down', { since });
    if (next !== null) await call.awaits(next);
    const told = log.lines.length;
    await log.waitFor('a vain try', ({ event, count }) => event === 'ari-retry-failed' && Number(count) > 3, {
      since: told,
    });
    shaky.cable.mend();
    const headers = await call.backWith(call.lane.agent);
    expect(headers['X-Payment-Result']).toBe('journal' in truth ? 'approved' : 'none');
    expect(call.outcomes('returned')).toEqual(['answered']);
    // Of a prompt that began and ended meanwhile nothing is known.
    expect(call.story.filter(({ event, code }) => event === 'failed' && code !== 'playback-failed')).toEqual([]);
    await expectTruth(call, { ...truth, hearsNot: [...(truth.hearsNot ?? []), 'trying-another-agent'] });
  });
});

describe('events of playbacks that ended, lost on the way', () => {
  it('cost the caller a few seconds of silence, and no more', async () => {
    shaky.cable.loses = (event) => event.includes('"PlaybackFinished"');
    const lane = shaky.lane();
    const call = await lane.dial({ keys: {}, headers: { 'X-Return-To': `agent-${lane.agent}` } });
    const headers = await call.backWith(lane.agent);
    shaky.cable.loses = () => false;
    expect(headers['X-Payment-Result']).toBe('none');
    await expectTruth(call, { hears: ['call-details-missing'] });
  });
});

/** From now on the engine can write this many bytes into any file: a disk that is full, for one process. */
function limitFiles(bytes: number | 'unlimited'): void {
  const pid = String(shaky.site.engine.runtime.engine_pid);
  const { status, stderr } = spawnSync('prlimit', ['--pid', pid, `--fsize=${bytes}:unlimited`], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

describe('a full disk', () => {
  it('sends nothing: the caller is told, and once there is room again the next one pays', async () => {
    limitFiles(0);
    const [refused, paid] = await Promise.all([shaky.lane().dial({ keys: PAYS }), keyingOtp(shaky)]);
    const headers = await refused.backWith(refused.lane.agent);
    expect(headers['X-Payment-Result']).toBe('error');
    expect((await refused.lane.charges()).charges).toEqual([]);
    limitFiles('unlimited');
    // The field asks again for what was begun and not ended.
    await paid.caller.press('*123456');
    expect((await paid.backWith(paid.lane.agent))['X-Payment-Result']).toBe('approved');
    await expectTruth(refused, { hears: ['pay-later'] });
    await expectTruth(paid, { journal: ['approved'], hears: ['payment-approved'] });
  });
});

describe('an Asterisk that dies and comes back', () => {
  it('ends the calls it had, finishes the payments under way, and the next call is served', async () => {
    const [card, slow, silent] = await Promise.all([
      keyingCard(shaky),
      charging(shaky, CARDS.slow),
      charging(shaky, CARDS.timeoutAfterCharge),
    ]);
    await shaky.restartAsterisk();
    for (const call of [card, slow, silent]) {
      expect((await call.ends()).reason).toBe('caller');
      expect(shaky.site.world.reached(call.lane.agent)).toEqual([]);
      // The carrier has not heard of it.
      await call.caller.hangUp();
    }
    await shaky.untilReady();
    const next = await shaky.lane().dial({ keys: {}, headers: null });
    await next.backWith('support');
    await expectTruth(card, {});
    await expectTruth(slow, { journal: ['approved'] });
    await expectTruth(silent, { journal: ['approved'] });
    await expectIdle(shaky.site, shaky.atRest);
  });
});
