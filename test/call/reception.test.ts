import { Reception, type ReceptionDesk } from '../../src/call/reception';
import type { Call } from '../../src/ports/call';
import type { CallEvent } from '../../src/ports/call-events';
import type { KeptCall, KeptFlow } from '../../src/ports/kept-calls';
import { ManualClock, settle } from '../support/manual-clock';
import { MemoryKeptCalls } from '../support/memory-kept-calls';
import { ScriptedTelephony } from '../support/scripted-telephony';
import { silentLogger } from '../support/silent-logger';

const FLOW: KeptFlow = { version: 'v1', snapshot: { value: 'card' } };
const AGENT = 'PJSIP/outbound/sip:101@127.0.0.1:5080';
const BY_THEN: KeptCall = {
  channel: 'caller-1',
  id: 'call_of_yore',
  caller: '+15550100',
  did: '7001',
  answered: true,
  bridge: 'br_of_yore',
  leg: null,
  joined: false,
  playback: 'pb_of_yore',
  flow: FLOW,
};

class Rig {
  readonly clock = new ManualClock();
  readonly telephony = new ScriptedTelephony();
  readonly kept = new MemoryKeptCalls();
  readonly events: (CallEvent & { call: string })[] = [];
  readonly served: { call: Call; earlier: KeptFlow | null }[] = [];
  readonly reception: Reception;
  private made = 0;

  constructor(desk: Partial<ReceptionDesk> = {}) {
    this.reception = new Reception(
      {
        telephony: this.telephony,
        clock: this.clock,
        ids: (prefix) => `${prefix}_${++this.made}`,
        record: (call, event) => this.events.push({ ...event, call }),
        logger: silentLogger,
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

describe('a call that an earlier engine left', () => {
  it('keeps its id, hears no more of the old prompt, and goes on from the kept flow in a bridge of this engine', async () => {
    const rig = new Rig();
    await rig.takeOver(BY_THEN);
    expect(rig.served.map(({ call, earlier }) => [call.id, earlier])).toEqual([['call_of_yore', FLOW]]);
    expect(rig.telephony.commands.slice(0, 2)).toEqual(['stopPlayback', 'destroyBridge']);
    expect([...rig.telephony.bridges.values()].map((members) => [...members])).toEqual([['caller-1']]);
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

  it('that ended meanwhile is forgotten with what it left', async () => {
    const rig = new Rig();
    rig.kept.keep({ ...BY_THEN, leg: 'leg_of_yore' });
    rig.telephony.channels.add('leg_of_yore');
    await rig.takeOver();
    expect(rig.kept.all()).toEqual([]);
    expect(rig.telephony.channels.size).toBe(0);
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
  });

  it('whose flow cannot go on is handed back with the way to its agent', async () => {
    const rig = new Rig({ serve: () => Promise.reject(new Error('another flow')) });
    await rig.takeOver(BY_THEN);
    expect(rig.telephony.commands).toContain(`giveBack caller-1 ${AGENT}`);
    expect(rig.telephony.commands).not.toContain('hangUp caller-1');
    expect(rig.kept.all()).toEqual([]);
  });
});

describe('an engine that stops', () => {
  it('leaves a caller with their agent for the next engine, and hands the others back', async () => {
    const rig = new Rig();
    await rig.takeOver(
      { ...BY_THEN, leg: 'leg_of_yore', joined: true },
      { ...BY_THEN, channel: 'caller-2', id: 'call_2' },
    );
    await rig.reception.close();
    expect(rig.telephony.commands).toContain(`giveBack caller-2 ${AGENT}`);
    expect(rig.telephony.channels).toEqual(new Set(['caller-1', 'leg_of_yore']));
    expect(rig.kept.all()).toMatchObject([{ channel: 'caller-1', joined: true }]);
  });

  it('hands every call back, without a way to the agent, when its Asterisk ends with it', async () => {
    const rig = new Rig({ callsStay: false });
    await rig.takeOver(BY_THEN);
    await rig.reception.close();
    expect(rig.telephony.commands).toContain('giveBack caller-1');
    expect(rig.kept.all()).toEqual([]);
  });
});
