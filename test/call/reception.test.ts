import { Reception, type ReceptionDesk } from '../../src/call/reception';
import type { Call } from '../../src/ports/call';
import type { CallEvent } from '../../src/ports/call-events';
import type { KeptCall, KeptFlow } from '../../src/ports/kept-calls';
import type { Logger } from '../../src/ports/logger';
import type { ReferResult } from '../../src/ports/telephony';
import { ManualClock, settle } from '../support/manual-clock';
import { MemoryKeptCalls } from '../support/memory-kept-calls';
import { ScriptedTelephony } from '../support/scripted-telephony';
import { silentLogger } from '../support/silent-logger';

const FLOW: KeptFlow = { version: 'v1', snapshot: { value: 'card' } };
const AGENT = 'PJSIP/outbound/sip:101@127.0.0.1:5080';
/** How long a stopping engine waits for a payment. */
const PAYMENT_MS = 6_000;
const BY_THEN: KeptCall = {
  channel: 'caller-1',
  id: 'call_of_yore',
  caller: '+15550100',
  did: '7001',
  answered: true,
  bridge: 'br_of_yore',
  leg: null,
  joined: false,
  releasing: false,
  playback: 'pb_of_yore',
  flow: FLOW,
};

/** Flows of these tests are kept as what is known of their payment. */
function paymentOf({ snapshot }: KeptFlow): { underWay: boolean; outcome: string | null } {
  const { payment = null } = snapshot as { payment?: string | null };
  return { underWay: payment === 'under way', outcome: payment === 'under way' ? 'unknown' : payment };
}

class Rig {
  readonly clock = new ManualClock();
  readonly telephony = new ScriptedTelephony();
  readonly kept = new MemoryKeptCalls();
  readonly events: (CallEvent & { call: string })[] = [];
  readonly served: { call: Call; earlier: KeptFlow | null }[] = [];
  readonly reception: Reception;
  private made = 0;

  constructor(desk: Partial<ReceptionDesk> = {}, logger: Logger = silentLogger) {
    this.reception = new Reception(
      {
        telephony: this.telephony,
        clock: this.clock,
        ids: (prefix) => `${prefix}_${++this.made}`,
        record: (call, event) => this.events.push({ ...event, call }),
        logger,
        kept: this.kept,
      },
      {
        answers: (did) => did === '7001',
        serve: async (call, keep, earlier) => {
          this.served.push({ call, earlier });
          keep(FLOW);
          await call.ended;
        },
        wayBack: () => AGENT,
        payment: paymentOf,
        callsStay: true,
        ...desk,
      },
    );
  }

  /** An engine before this one left these calls, which are still in the switch. */
  async takeOver(...calls: KeptCall[]): Promise<void> {
    for (const call of calls) {
      this.kept.keep(call);
      if (call.leg !== null) this.telephony.channels.add(call.leg);
    }
    this.reception.open();
    for (const { channel } of calls) this.telephony.offer({ channel, adopted: true });
    await settle();
    this.reception.forgetTheRest();
    await settle();
  }
}

describe('a call to a number that no flow has', () => {
  it('is refused unanswered, and told of', async () => {
    const rig = new Rig({ answers: () => false });
    rig.reception.open();
    rig.telephony.offer({ channel: 'caller-1' });
    await settle();
    expect(rig.telephony.commands).toEqual(['hangUp caller-1 1']);
    expect(rig.events).toEqual([expect.objectContaining({ call: 'caller-1', type: 'call-refused' })]);
    expect(rig.served).toEqual([]);
  });
});

describe('a call that an earlier engine left', () => {
  it('keeps its id, hears no more of the old prompt, is in no bridge, and goes on from the kept flow with the voice taken away', async () => {
    const rig = new Rig();
    await rig.takeOver(BY_THEN);
    expect(rig.served.map(({ call, earlier }) => [call.id, earlier])).toEqual([['call_of_yore', FLOW]]);
    expect(rig.telephony.commands.slice(0, 3)).toEqual(['stopPlayback', 'destroyBridge', 'answer caller-1']);
    expect([...rig.telephony.bridges]).toEqual([]);
    expect([...rig.telephony.muted]).toEqual(['caller-1']);
    expect(rig.kept.all()).toMatchObject([{ id: 'call_of_yore', answered: true, flow: FLOW }]);
  });

  it('lets go of a target that was ringing', async () => {
    const rig = new Rig();
    await rig.takeOver({ ...BY_THEN, leg: 'leg_of_yore' });
    expect(rig.telephony.channels.has('leg_of_yore')).toBe(false);
    expect(rig.served).toHaveLength(1);
  });

  it('goes on with its agent, and ends with either of them', async () => {
    const rig = new Rig();
    await rig.takeOver({ ...BY_THEN, leg: 'leg_of_yore', joined: true });
    expect(rig.telephony.channels).toEqual(new Set(['caller-1', 'leg_of_yore']));
    expect(rig.telephony.commands).not.toContain('createBridge');
    rig.telephony.disappear('leg_of_yore');
    await settle();
    expect(rig.events).toContainEqual({ call: 'call_of_yore', type: 'call-ended', reason: 'agent' });
    expect(rig.telephony.channels.size).toBe(0);
    expect(rig.kept.all()).toEqual([]);
    await rig.clock.advance(2_000);
    expect(rig.clock.running).toBe(0);
  });

  it('ends when its agent went while nobody looked', async () => {
    const rig = new Rig();
    rig.telephony.refused.add('readVariable');
    await rig.takeOver({ ...BY_THEN, leg: 'leg_of_yore', joined: true });
    expect(rig.events).toContainEqual({ call: 'call_of_yore', type: 'call-ended', reason: 'agent' });
    expect(rig.telephony.channels.has('caller-1')).toBe(false);
  });

  it.each(['readVariable', 'delayVoice', 'unmuteVoice'])(
    'whose caller and agent talk goes on, although Asterisk does not answer %s',
    async (command) => {
      const rig = new Rig();
      rig.telephony.channels.add('leg_of_yore');
      rig.telephony.broken.add(command);
      await rig.takeOver({ ...BY_THEN, leg: 'leg_of_yore', joined: true });
      expect(rig.events.filter(({ type }) => type === 'call-ended')).toEqual([]);
      expect([...rig.telephony.channels]).toEqual(expect.arrayContaining(['caller-1', 'leg_of_yore']));
    },
  );

  it.each([
    ['in its flow', { leg: 'leg_of_yore' }],
    ['talking with its agent', { leg: 'leg_of_yore', joined: true }],
    ['being taken over by the other side', { releasing: true }],
  ])('and that ends as it is taken over, %s, leaves nothing', async (_what, change) => {
    const rig = new Rig();
    const stop = rig.telephony.stopPlayback.bind(rig.telephony);
    rig.telephony.stopPlayback = async (playback) => {
      rig.telephony.disappear('caller-1');
      await stop(playback);
    };
    rig.telephony.bridges.set('br_of_yore', new Set());
    await rig.takeOver({ ...BY_THEN, ...change });
    expect([...rig.telephony.channels]).toEqual([]);
    expect([...rig.telephony.bridges]).toEqual([]);
    expect(rig.telephony.followed).toBe(0);
    expect(rig.kept.all()).toEqual([]);
  });

  it("keeps the leg of its agent from being taken for nobody's, and no longer than that", async () => {
    const rig = new Rig();
    const followed: boolean[] = [];
    rig.kept.keep({ ...BY_THEN, leg: 'leg_of_yore' });
    rig.reception.open();
    followed.push(rig.telephony.isFollowed('leg_of_yore'));
    rig.telephony.offer({ adopted: true });
    await settle();
    rig.reception.forgetTheRest();
    followed.push(rig.telephony.isFollowed('leg_of_yore'));
    expect(followed).toEqual([true, false]);
  });

  it('that ended meanwhile is forgotten with what it left', async () => {
    const rig = new Rig();
    rig.kept.keep({ ...BY_THEN, leg: 'leg_of_yore' });
    rig.telephony.channels.add('leg_of_yore');
    await rig.takeOver();
    expect(rig.kept.all()).toEqual([]);
    expect(rig.telephony.channels.size).toBe(0);
    expect(rig.telephony.followed).toBe(0);
    expect(rig.served).toEqual([]);
  });

  it.each([
    ['was not kept', null],
    ['had not begun its flow', { ...BY_THEN, flow: null }],
  ])('that %s is handed back to the dialplan', async (_what, kept) => {
    const rig = new Rig();
    if (kept === null) {
      rig.reception.open();
      rig.telephony.offer({ adopted: true });
      await settle();
    } else await rig.takeOver(kept);
    expect(rig.telephony.commands).toContain('giveBack caller-1');
    expect(rig.served).toEqual([]);
    expect(rig.kept.all()).toEqual([]);
  });

  it('that ends while it is taken over is no failure', async () => {
    const errors: string[] = [];
    const rig = new Rig({}, { ...silentLogger, error: (event) => void errors.push(event) });
    rig.telephony.answer = (channel) => {
      rig.telephony.disappear(channel);
      return Promise.resolve(true);
    };
    await rig.takeOver(BY_THEN);
    expect(errors).toEqual([]);
    expect(rig.kept.all()).toEqual([]);
    expect(rig.telephony.bridges.size).toBe(0);
  });

  it('whose flow cannot go on is handed back with the way to its agent', async () => {
    const rig = new Rig({ serve: () => Promise.reject(new Error('another flow')) });
    await rig.takeOver(BY_THEN);
    expect(rig.telephony.commands).toContain(`giveBack caller-1 ${AGENT}`);
    expect(rig.telephony.commands).not.toContain('hangUp caller-1');
    expect(rig.kept.all()).toEqual([]);
  });
});

describe('a caller whom an earlier engine had asked the other side to take over', () => {
  const AWAY: KeptCall = { ...BY_THEN, releasing: true };
  const BACK = {
    target: 'agent-101',
    endpoint: AGENT,
    headers: {},
    payment: 'none',
    ringMs: 25_000,
    media: [],
    words: '',
  };
  const REFERRED = { ...BACK, referTo: 'sip:101@10.0.0.5' };

  /** Its flow goes on with the return it was in, and then with a second target. */
  async function awaited(how: ReferResult | null): Promise<{ rig: Rig; outcomes: string[] }> {
    const outcomes: string[] = [];
    const rig = new Rig({
      serve: async (call) => {
        for (const request of [REFERRED, BACK]) {
          const outcome = await call.returnTo(request).catch(String);
          outcomes.push(outcome);
          if (outcome === 'answered') break;
        }
        await call.ended;
      },
    });
    rig.telephony.channels.add('caller-1');
    rig.telephony.referral = how;
    rig.telephony.legs[AGENT] = 'answer';
    rig.kept.keep(AWAY);
    rig.reception.open();
    rig.reception.forgetTheRest();
    await rig.clock.advance(2_000);
    return { rig, outcomes };
  }

  it.each(['busy', 'no-answer', 'failed'] as const)('comes back when it is %s, and goes on', async (how) => {
    const { rig, outcomes } = await awaited(how);
    await rig.clock.advance(2_000);
    expect(outcomes).toEqual([how, 'answered']);
    expect(rig.telephony.commands.filter((line) => /^(refer|answer|hangUp)/.test(line))).toEqual(['referred caller-1']);
    expect([...rig.telephony.bridges.values()].map((members) => members.has('caller-1'))).toEqual([true]);
    expect(rig.kept.all()).toMatchObject([{ id: 'call_of_yore', releasing: false, joined: true }]);
  });

  it('has no voice, which they had while they were away, when the next target comes', async () => {
    const { rig } = await awaited('busy');
    const { commands } = rig.telephony;
    const mute = commands.indexOf('muteVoice caller-1');
    const join = commands.findIndex((line) => line.startsWith('addToBridge leg'));
    expect(mute).toBeGreaterThan(-1);
    expect(join).toBeGreaterThan(mute);
  });

  it('is let go of when it is taken', async () => {
    const { rig, outcomes } = await awaited('answered');
    expect(outcomes).toEqual(['answered']);
    expect(rig.events).toContainEqual({ call: 'call_of_yore', type: 'call-ended', reason: 'handed-on' });
    expect(rig.kept.all()).toEqual([]);
    expect([rig.telephony.bridges.size, rig.telephony.followed, rig.clock.running]).toEqual([0, 0, 0]);
  });

  it('is known when they come back before it is looked for, whatever number the dialplan says', async () => {
    const rig = new Rig();
    rig.kept.keep(AWAY);
    rig.reception.open();
    rig.telephony.offer({ did: 's', adopted: true });
    await settle();
    expect(rig.served).toMatchObject([{ call: { id: 'call_of_yore', did: '7001' }, earlier: FLOW }]);
    expect(rig.telephony.commands.join()).not.toContain('hangUp');
  });

  it('has been taken when the channel goes', async () => {
    const { rig, outcomes } = await awaited(null);
    expect(outcomes).toEqual([]);
    expect(rig.kept.all()).toMatchObject([{ releasing: true }]);
    rig.telephony.disappear('caller-1');
    await settle();
    expect(outcomes).toEqual(['answered']);
    expect(rig.events).toContainEqual({ call: 'call_of_yore', type: 'call-ended', reason: 'handed-on' });
    expect([rig.telephony.bridges.size, rig.telephony.followed, rig.clock.running]).toEqual([0, 0, 0]);
  });
});

describe('a call whose flow fails beyond its own ways', () => {
  it('is handed back with the way to its agent, not cut off', async () => {
    const rig = new Rig({
      serve: (_call, keep) => {
        keep(FLOW);
        return Promise.reject(new Error('broken'));
      },
    });
    rig.reception.open();
    rig.telephony.offer();
    await settle();
    expect(rig.telephony.commands).toEqual([`giveBack caller-1 ${AGENT}`]);
    expect(rig.kept.all()).toEqual([]);
  });

  it('is handed back to the dialplan when the way to its agent cannot be read', async () => {
    const rig = new Rig({
      serve: () => Promise.reject(new Error('broken')),
      wayBack: () => {
        throw new TypeError('of another version');
      },
    });
    await rig.takeOver(BY_THEN);
    expect(rig.telephony.commands).toContain('giveBack caller-1');
    expect(rig.telephony.followed).toBe(0);
  });

  it('is hung up when it cannot be handed back', async () => {
    const rig = new Rig({ serve: () => Promise.reject(new Error('broken')) });
    rig.telephony.broken.add('giveBack');
    rig.reception.open();
    rig.telephony.offer();
    await settle();
    expect(rig.telephony.channels.size).toBe(0);
    expect(rig.telephony.followed).toBe(0);
  });
});

describe('an engine that stops', () => {
  it('begins nothing more in a call that it hands back', async () => {
    const rig = new Rig({
      serve: async (call) => {
        const prompt = { media: ['sound:one'], words: 'One.', bargein: false };
        await call.say(prompt);
        await call.say({ ...prompt, media: ['sound:two'] });
      },
    });
    rig.reception.open();
    rig.telephony.offer();
    await settle();
    await rig.reception.close(PAYMENT_MS);
    expect(rig.telephony.commands).toEqual(['play caller-1 sound:one', 'stopPlayback', 'giveBack caller-1']);
  });

  it('leaves a caller with their agent for the next engine, and hands the others back', async () => {
    const rig = new Rig();
    await rig.takeOver(
      { ...BY_THEN, leg: 'leg_of_yore', joined: true },
      { ...BY_THEN, channel: 'caller-2', id: 'call_2' },
    );
    await rig.reception.close(PAYMENT_MS);
    expect(rig.telephony.commands).toContain(`giveBack caller-2 ${AGENT}`);
    expect(rig.telephony.channels).toEqual(new Set(['caller-1', 'leg_of_yore']));
    expect(rig.kept.all()).toMatchObject([{ channel: 'caller-1', joined: true }]);
  });

  it('hands every call back, without a way to the agent, when its Asterisk ends with it', async () => {
    const rig = new Rig({ callsStay: false });
    await rig.takeOver(BY_THEN);
    await rig.reception.close(PAYMENT_MS);
    expect(rig.telephony.commands).toContain('giveBack caller-1');
    expect(rig.kept.all()).toEqual([]);
  });

  describe('while a payment is under way', () => {
    async function paying(desk: Partial<ReceptionDesk> = {}): Promise<{
      rig: Rig;
      becomes: (payment: string | null) => void;
      closed: Promise<void>;
    }> {
      let becomes: (payment: string | null) => void = () => undefined;
      const rig = new Rig({
        serve: async (call, keep) => {
          becomes = (payment) => {
            keep({ version: 'v1', snapshot: { payment } });
          };
          becomes('under way');
          await call.ended;
        },
        ...desk,
      });
      rig.reception.open();
      rig.telephony.offer();
      await settle();
      const closed = rig.reception.close(PAYMENT_MS);
      await settle();
      return { rig, becomes, closed };
    }

    it('keeps its caller until the outcome is known, and hands both back', async () => {
      const { rig, becomes, closed } = await paying();
      await rig.clock.advance(PAYMENT_MS - 1);
      expect(rig.telephony.commands).toEqual([]);
      becomes('approved');
      await closed;
      expect(rig.telephony.commands).toEqual([`giveBack caller-1 ${AGENT} approved`]);
      expect([rig.clock.running, rig.kept.all()]).toEqual([0, []]);
    });

    it('hands its caller back as one of whom nothing is known, once the time is over', async () => {
      const { rig, closed } = await paying();
      await rig.clock.advance(PAYMENT_MS);
      await closed;
      expect(rig.telephony.commands).toEqual([`giveBack caller-1 ${AGENT} unknown`]);
    });

    it('lets the dialplan say it where Asterisk ends with the engine', async () => {
      const { rig, becomes, closed } = await paying({ callsStay: false });
      becomes('declined');
      await closed;
      expect(rig.telephony.commands).toEqual(['giveBack caller-1 declined']);
    });

    it('waits no longer than its caller', async () => {
      const { rig, closed } = await paying();
      rig.telephony.disappear('caller-1');
      await closed;
      expect(rig.clock.running).toBe(0);
    });

    it('refuses new calls at once', async () => {
      const { rig, becomes, closed } = await paying();
      rig.telephony.offer({ channel: 'caller-2' });
      await settle();
      expect(rig.telephony.commands).toEqual(['giveBack caller-2']);
      becomes(null);
      await closed;
    });
  });
});
