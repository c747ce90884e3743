import { LiveCall } from '../../src/call/live-call';
import { Reception } from '../../src/call/reception';
import { PlainSink } from '../../src/dtmf/plain-sink';
import type { Call, CallTransfer } from '../../src/ports/call';
import type { CallEvent } from '../../src/ports/call-events';
import type { ReferResult } from '../../src/ports/telephony';
import { ManualClock, settle } from '../support/manual-clock';
import { MemoryKeptCalls } from '../support/memory-kept-calls';
import { silentLogger } from '../support/silent-logger';
import { ScriptedTelephony } from '../support/scripted-telephony';

const AGENT = {
  target: 'agent-101',
  endpoint: 'PJSIP/agent-101',
  headers: {},
  payment: 'none',
  ringMs: 25_000,
  media: [],
  words: '',
};
const AWAY = { ...AGENT, referTo: 'sip:101@10.0.0.5' };

/** A reception whose flows are the test's. */
class Rig {
  readonly clock = new ManualClock();
  readonly telephony = new ScriptedTelephony();
  readonly events: CallEvent[] = [];
  readonly calls: Call[] = [];
  onEvent: (event: CallEvent) => void = () => undefined;
  private made = 0;

  constructor(private readonly serve: (call: Call) => Promise<unknown> = (call) => call.ended) {
    this.telephony.instantPlayback = true;
    const tools = {
      telephony: this.telephony,
      clock: this.clock,
      ids: (prefix: string) => `${prefix}_${++this.made}`,
      record: (_call: string, event: CallEvent) => {
        this.events.push(event);
        this.onEvent(event);
      },
      logger: silentLogger,
      kept: new MemoryKeptCalls(),
    };
    new Reception(tools, {
      answers: (did) => ['7001', '7010'].includes(did),
      serve: async (call) => {
        this.calls.push(call);
        await this.serve(call);
      },
      wayBack: () => null,
      payment: () => ({ underWay: false, outcome: null }),
      callsStay: false,
    }).open();
  }

  async withAgent(): Promise<string> {
    this.telephony.legs[AGENT.endpoint] = 'answer';
    this.telephony.offer({ did: '7010' });
    const [call] = this.calls;
    await call?.answer();
    const returned = call?.returnTo(AGENT);
    await this.clock.advance(1_000);
    await returned;
    return [...this.telephony.channels].find((channel) => channel.startsWith('leg')) ?? '';
  }

  leftovers(): object {
    const { telephony, clock } = this;
    return {
      timers: clock.running,
      followed: telephony.followed,
      channels: telephony.channels.size,
      bridges: telephony.bridges.size,
    };
  }
}

const NOTHING = { timers: 0, followed: 0, channels: 0, bridges: 0 };

describe('an agent who has the caller back and sends them to another number', () => {
  it('hands the caller to the flow of that number, which knows who sent them', async () => {
    const rig = new Rig();
    const leg = await rig.withAgent();
    rig.telephony.refersTo(leg, '7001');
    await settle();
    expect(rig.telephony.commands).toContain(`answerReferral ${leg} true`);
    expect(await rig.calls[0]?.ended).toBe('handed-on');
    const [, second] = rig.calls;
    expect(second).toMatchObject({ did: '7001', caller: '+15550100' });
    expect(await second?.transfer()).toEqual({ referredBy: null, endpoint: null, target: 'agent-101' });
    expect([...rig.telephony.channels]).toEqual(['caller-1']);
    await second?.answer();
    expect([...rig.telephony.muted]).toEqual(['caller-1']);
    expect([...rig.telephony.bridges]).toEqual([]);
    rig.telephony.disappear('caller-1');
    expect(await second?.ended).toBe('caller');
    await settle();
    expect(rig.leftovers()).toEqual(NOTHING);
  });

  it.each(['7999', '', 'sip:7001@evil.example', '7001&PJSIP/evil', 'agent-102'])(
    'is refused %j, and goes on talking',
    async (number) => {
      const rig = new Rig();
      const leg = await rig.withAgent();
      rig.telephony.refersTo(leg, number);
      await settle();
      expect(rig.telephony.commands).toContain(`answerReferral ${leg} false`);
      expect(rig.calls).toHaveLength(1);
      expect(rig.telephony.channels.has(leg)).toBe(true);
      rig.telephony.disappear(leg);
      expect(await rig.calls[0]?.ended).toBe('agent');
      await settle();
      expect(rig.leftovers()).toEqual(NOTHING);
    },
  );

  it('leaves nothing when the caller hangs up in the same moment', async () => {
    const rig = new Rig();
    const leg = await rig.withAgent();
    rig.telephony.refersTo(leg, '7001');
    rig.telephony.disappear('caller-1');
    await settle();
    expect(rig.calls).toHaveLength(1);
    expect(rig.leftovers()).toEqual(NOTHING);
  });

  it('leaves nothing when the caller hangs up after the end of one call and before the other', async () => {
    const rig = new Rig();
    const leg = await rig.withAgent();
    rig.onEvent = ({ type }) => {
      if (type === 'call-ended') rig.telephony.disappear('caller-1');
    };
    rig.telephony.refersTo(leg, '7001');
    await settle();
    expect(rig.calls).toHaveLength(1);
    expect(rig.leftovers()).toEqual(NOTHING);
  });
});

describe('who transferred the caller', () => {
  async function transferOf(telephony: ScriptedTelephony): Promise<CallTransfer> {
    const tools = { telephony, clock: new ManualClock(), ids: String, record: () => undefined, logger: silentLogger };
    const offered = { channel: 'caller-1', caller: '', did: '7001', adopted: false };
    return new LiveCall(offered, { ...tools, kept: new MemoryKeptCalls() }).transfer();
  }

  it('is what the INVITE says, when another PBX transferred', async () => {
    const telephony = new ScriptedTelephony();
    telephony.headers['Referred-By'] = '<sip:101@10.0.0.5>';
    expect(await transferOf(telephony)).toEqual({ referredBy: '<sip:101@10.0.0.5>', endpoint: null, target: null });
  });

  it('is the endpoint whose REFER our own switch carried out, whatever the first INVITE said', async () => {
    const telephony = new ScriptedTelephony();
    telephony.headers['Referred-By'] = '<sip:forged@10.0.0.5>';
    telephony.variables.BLINDTRANSFER = 'PJSIP/agent-101-0000002a';
    telephony.variables.SIPREFERREDBYHDR = '<sip:agent-101@pbx>';
    expect(await transferOf(telephony)).toEqual({
      referredBy: '<sip:agent-101@pbx>',
      endpoint: 'PJSIP/agent-101',
      target: null,
    });
  });

  it('is nobody for a channel of another kind', async () => {
    const telephony = new ScriptedTelephony();
    telephony.variables.BLINDTRANSFER = 'Local/7001@engine-0000002a;1';
    expect(await transferOf(telephony)).toEqual({ referredBy: null, endpoint: null, target: null });
  });
});

describe('releasing the caller by REFER', () => {
  async function released(referral: ReferResult | null): Promise<{ rig: Rig; result: Promise<string | undefined> }> {
    const rig = new Rig();
    rig.telephony.referral = referral;
    rig.telephony.offer();
    await rig.calls[0]?.answer();
    const result = Promise.resolve(rig.calls[0]?.returnTo(AWAY));
    result.catch(() => undefined);
    await settle();
    return { rig, result };
  }

  it('ends the call once the other side has the caller', async () => {
    const { rig, result } = await released('answered');
    expect(await result).toBe('answered');
    expect(rig.telephony.commands).toContain(`refer caller-1 sip:101@10.0.0.5 (else ${AGENT.endpoint} none)`);
    expect(await rig.calls[0]?.ended).toBe('handed-on');
    await settle();
    expect(rig.leftovers()).toEqual(NOTHING);
  });

  it.each(['busy', 'no-answer', 'failed'] as const)(
    'has the caller back when it is %s, and in the bridge again before the next target is rung',
    async (referral) => {
      const { rig, result } = await released(referral);
      expect(await result).toBe(referral);
      const before = rig.telephony.commands.length;
      void rig.calls[0]?.returnTo({ ...AWAY, referTo: null }).catch(() => undefined);
      await settle();
      expect(rig.telephony.commands[before]).toBe('createBridge');
      expect(rig.telephony.commands[before + 1]).toBe('addToBridge caller-1 true');
      expect([...rig.telephony.bridges.values()].map((members) => [...members])).toEqual([['caller-1']]);
      await rig.calls[0]?.hangUp('engine');
      await settle();
      expect(rig.leftovers()).toEqual(NOTHING);
    },
  );

  it('takes a channel that goes meanwhile for a caller who was taken over', async () => {
    const { rig, result } = await released(null);
    rig.telephony.disappear('caller-1');
    expect(await result).toBe('answered');
    expect(await rig.calls[0]?.ended).toBe('handed-on');
    await settle();
    expect(rig.leftovers()).toEqual(NOTHING);
  });

  it('takes the ring time and 10 s of silence for a yes, and hangs up our leg', async () => {
    const { rig, result } = await released(null);
    await rig.clock.advance(34_900);
    expect(rig.telephony.commands.join()).not.toContain('hangUp');
    await rig.clock.advance(100);
    expect(await result).toBe('answered');
    expect(await rig.calls[0]?.ended).toBe('handed-on');
    await settle();
    expect(rig.leftovers()).toEqual(NOTHING);
  });

  it('waits for 2 s without a key, so that no late key reaches the target', async () => {
    const rig = new Rig();
    rig.telephony.offer();
    const [call] = rig.calls;
    await call?.answer();
    const timing = { firstKeyMs: 8_000, interdigitMs: 4_000, termMs: 2_000, terminator: 0x23, clearKey: 0x2a };
    const sink = new PlainSink({ min: 1, max: 1, tooShort: 'too-short' });
    const ask = { field: 'digits', attempt: 1, media: [], words: '', bargein: true, sensitive: true, hotKey: null };
    const heard = call?.listen({ ...ask, timing, sink });
    await settle();
    rig.telephony.press('caller-1', '5', rig.clock.now());
    await heard;
    void call?.returnTo(AWAY);
    await rig.clock.advance(1_900);
    expect(rig.telephony.commands.join()).not.toContain('refer');
    await rig.clock.advance(100);
    expect(rig.telephony.commands.join()).toContain('unmuteVoice caller-1,refer caller-1');
  });
});
