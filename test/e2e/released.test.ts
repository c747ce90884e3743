import { expectPrompts } from './support/heard';
import { eventually, expectIdle } from './support/nothing-left';
import { PhoneSite, type PhonePlan } from './support/phone-site';
import type { PhoneTestCall } from './support/phone-test-call';

const sites = new PhoneSite();
const NEVER = new Promise<never>(() => undefined);

afterAll(async () => {
  await sites.stop();
});

/** Calls a flow that gives the caller back by REFER at once. */
async function dialReleased(plan: Partial<PhonePlan>): Promise<PhoneTestCall> {
  const lane = await sites.lane();
  return lane.dial({ did: '7007', acts: {}, ...plan });
}

function outcomes(call: PhoneTestCall): unknown[] {
  return call.story.flatMap(({ event, outcome }) => (event === 'returned' ? [outcome] : []));
}

describe("a REFER that the caller's side accepts, whose target", () => {
  it.concurrent.each([
    ['is busy', 486, 'busy'],
    ['does not answer', 480, 'no-answer'],
    ['is not answered in time', 408, 'no-answer'],
    ['declines', 603, 'failed'],
  ])('%s: the caller is ours again, hears so, and goes on', async (_what, status, outcome) => {
    const asked: string[] = [];
    const call = await dialReleased({
      refer: (to) => {
        asked.push(to);
        return Promise.resolve(status);
      },
    });
    await call.toTheEnd();
    const agent = await call.returned;
    expect(asked).toEqual([expect.stringMatching(`^sip:${call.lane.agent}@`)]);
    expect(outcomes(call)).toEqual([outcome, 'answered']);
    expectPrompts(call.hearing, ['returning-to-agent', 'trying-another-agent']);
    expect(agent.header('X-Payment-Result')).toBe('none');
  });

  it.concurrent('answers: our call ends', async () => {
    const call = await dialReleased({ refer: () => Promise.resolve(200) });
    expect(await call.caller.ended).toBe(200);
    expect((await call.ends()).reason).toBe('handed-on');
    expect(outcomes(call)).toEqual(['answered']);
    expectPrompts(call.hearing, ['returning-to-agent'], ['trying-another-agent']);
  });

  it.concurrent('is never heard of again: our call ends', async () => {
    const call = await dialReleased({ refer: () => NEVER });
    expect((await call.ends()).reason).toBe('handed-on');
    expect(outcomes(call)).toEqual(['answered']);
  });

  it.concurrent('rings, as the caller hangs up: nobody is called', async () => {
    let asked = false;
    const call = await dialReleased({
      refer: () => {
        asked = true;
        return NEVER;
      },
    });
    await eventually(
      'the REFER',
      () => Promise.resolve(asked),
      (there) => there,
    );
    await call.caller.hangUp();
    expect((await call.ends()).reason).toBe('handed-on');
    expect(outcomes(call)).toEqual(['answered']);
  });
});

describe("a REFER that the caller's side declines", () => {
  it.concurrent('leaves the caller with us', async () => {
    const call = await dialReleased({});
    await call.toTheEnd();
    expect(outcomes(call)).toEqual(['failed', 'answered']);
    expectPrompts(call.hearing, ['returning-to-agent', 'trying-another-agent']);
  });
});

describe('an engine that is killed while the target of a REFER rings', () => {
  const site = new PhoneSite();

  afterAll(async () => {
    await site.stop();
  });

  it('leaves the way to the agent with Asterisk, which takes it when the target is busy', async () => {
    const lane = await site.lane();
    let refused: (status: number) => void = () => undefined;
    let asked = (): void => undefined;
    const ringing = new Promise<void>((resolve) => (asked = resolve));
    const call = await lane.dial({
      did: '7007',
      acts: {},
      refer: () => {
        asked();
        return new Promise<number>((resolve) => (refused = resolve));
      },
    });
    await ringing;
    await lane.site.engine.kill();
    refused(486);
    const agent = await call.returned;
    await lane.site.restartEngine();
    await lane.site.log.waitFor('the end', ({ event, call: id }) => event === 'call-ended' && id === call.id);
    expect(call.story.flatMap(({ event, reason }) => (event === 'call-ended' ? [reason] : []))).toEqual(['failure']);
    expect(outcomes(call)).toEqual([]);
    expect(agent.header('X-Payment-Result')).toBe('none');
    await call.caller.hangUp();
    expectPrompts(call.hearing, ['call-interrupted'], ['engine-unavailable']);
  });
});

describe('after all these calls', () => {
  it('nothing is left: no channel, bridge, timer or vault slot', async () => {
    await expectIdle(await sites.site(), sites.atRest);
  });
});
