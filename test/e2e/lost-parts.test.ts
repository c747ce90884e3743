import { spawnSync } from 'node:child_process';
import { CARDS } from './support/cards';
import { charging, keyingCard, PAYS, talking } from './support/calls-under-way';
import { expectIdle, expectNothingLeft } from './support/nothing-left';
import { ShakySite } from './support/shaky-site';

jest.setTimeout(200_000);

let shaky: ShakySite;

beforeAll(async () => {
  shaky = await ShakySite.start();
}, 60_000);

afterAll(async () => {
  await shaky.stop();
});

describe('the way to ARI cut and back', () => {
  it('loses keys, and no call', async () => {
    const [keying, paying, joined] = await Promise.all([
      keyingCard(shaky),
      charging(shaky, CARDS.slow),
      talking(shaky),
    ]);
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
    expect((await paying.lane.charges()).charged).toBe(1);
    await joined.caller.hangUp();
    expect((await joined.ends()).reason).toBe('caller');
    for (const call of [keying, paying, joined]) await expectNothingLeft(call);
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
    expect(call.told).toContain('taking you back');
    await expectNothingLeft(call);
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
    const refused = await shaky.lane().dial({ keys: PAYS });
    const headers = await refused.backWith(refused.lane.agent);
    expect(headers['X-Payment-Result']).toBe('error');
    expect(refused.told).toContain('we cannot take your payment on this call');
    expect((await refused.lane.charges()).charges).toEqual([]);
    limitFiles('unlimited');
    const paid = await shaky.lane().dial({ keys: PAYS });
    expect((await paid.backWith(paid.lane.agent))['X-Payment-Result']).toBe('approved');
    for (const call of [refused, paid]) await expectNothingLeft(call);
  });
});

describe('an Asterisk that dies and comes back', () => {
  it('ends the calls it had, and the next one is served', async () => {
    const card = await keyingCard(shaky);
    await shaky.restartAsterisk();
    expect((await card.ends()).reason).toBe('caller');
    await shaky.untilReady();
    const next = await shaky.lane().dial({ keys: {}, headers: null });
    await next.backWith('support');
    await expectIdle(shaky.site, shaky.atRest);
  });
});
