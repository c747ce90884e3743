import { LiveCall } from '../../src/call/live-call';
import { PlainSink } from '../../src/dtmf/plain-sink';
import { isError } from '../../src/errors';
import type { FieldTiming, ListenRequest } from '../../src/ports/call';
import type { CallEvent } from '../../src/ports/call-events';
import { ManualClock, settle } from '../support/manual-clock';
import { MemoryKeptCalls } from '../support/memory-kept-calls';
import { silentLogger } from '../support/silent-logger';
import { ScriptedTelephony } from '../support/scripted-telephony';

const TIMING: FieldTiming = { firstKeyMs: 8_000, interdigitMs: 4_000, termMs: 2_000, terminator: 0x23, clearKey: 0x2a };
const AGENT = {
  target: 'agent-101',
  endpoint: 'PJSIP/outbound/sip:101@127.0.0.1:5080',
  headers: { 'X-Payment-Result': 'approved' },
  payment: 'none',
  ringMs: 25_000,
  media: [],
  words: '',
};
const PROMPT = { media: ['sound:hushtone/enter-card-number'], words: 'Please enter your card number.' };

class Rig {
  readonly clock = new ManualClock();
  readonly telephony = new ScriptedTelephony();
  readonly events: CallEvent[] = [];
  readonly call: LiveCall;
  private made = 0;

  constructor() {
    this.telephony.channels.add('caller-1');
    this.call = new LiveCall(
      { channel: 'caller-1', caller: '+15550100', did: '7001', adopted: false },
      {
        telephony: this.telephony,
        clock: this.clock,
        ids: (prefix) => `${prefix}_${++this.made}`,
        record: (_call, event) => this.events.push(event),
        logger: silentLogger,
        kept: new MemoryKeptCalls(),
      },
    );
  }

  listen(change: Partial<ListenRequest> = {}): ReturnType<LiveCall['listen']> {
    const sink = new PlainSink({ min: 4, max: 4, tooShort: 'too-short' });
    return this.call.listen({
      field: 'digits',
      attempt: 1,
      ...PROMPT,
      bargein: true,
      sensitive: false,
      timing: TIMING,
      hotKey: null,
      sink,
      ...change,
    });
  }

  press(keys: string): Promise<void> {
    this.telephony.press('caller-1', keys, this.clock.now());
    return this.clock.advance(100);
  }

  /** Returns, and lets the second pass after which a target counts as having taken the call. */
  async returned(): Promise<string> {
    const result = this.call.returnTo(AGENT);
    await this.clock.advance(1_000);
    return result;
  }

  /** Nothing of the call is left: no timer, no follower, no channel, no bridge. */
  leftovers(): object {
    return {
      timers: this.clock.running,
      followed: this.telephony.followed,
      channels: [...this.telephony.channels],
      bridges: [...this.telephony.bridges.keys()],
    };
  }
}

const NOTHING = { timers: 0, followed: 0, channels: [], bridges: [] };

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'resolved';
  } catch (error) {
    for (const code of ['caller-gone', 'call-closed', 'mask-failed', 'call-recorded', 'asterisk-unsafe'] as const)
      if (isError(error, code)) return code;
    throw error;
  }
}

describe('answering', () => {
  it('takes the voice away with it, once, and makes no bridge for somebody who may never come', async () => {
    const { call, telephony } = new Rig();
    await Promise.all([call.answer(), call.answer()]);
    expect(telephony.commands).toEqual(['answer caller-1']);
    expect([...telephony.muted]).toEqual(['caller-1']);
  });

  it('leaves it to the first sensitive field to mute a voice that was not taken away', async () => {
    const rig = new Rig();
    rig.telephony.broken.add('muteVoice');
    await rig.call.answer();
    expect(await codeOf(rig.listen({ sensitive: true }))).toBe('mask-failed');
    rig.telephony.broken.clear();
    const heard = rig.listen({ sensitive: true });
    await settle();
    expect([...rig.telephony.muted]).toEqual(['caller-1']);
    for (const key of '1234') await rig.press(key);
    await heard;
  });

  it('gives the voice back to a caller who leaves us before any field', async () => {
    const { call, telephony } = new Rig();
    await call.answer();
    await call.giveBack({ returnTo: null, payment: null });
    expect(telephony.commands).toEqual(['answer caller-1', 'unmuteVoice caller-1', 'giveBack caller-1']);
  });
});

describe('saying', () => {
  it('plays to the end', async () => {
    const rig = new Rig();
    const said = rig.call.say({ ...PROMPT, bargein: true });
    await settle();
    expect(rig.telephony.heardBy('caller-1')).toEqual(PROMPT.media);
    rig.telephony.finishPlayback('caller-1');
    await said;
    expect(rig.events).toContainEqual({ type: 'said', words: PROMPT.words });
  });

  it('is cut short by a key only with barge-in', async () => {
    const rig = new Rig();
    const said = rig.call.say({ ...PROMPT, bargein: true });
    await settle();
    await rig.press('5');
    await said;
    const kept = rig.call.say({ ...PROMPT, bargein: false });
    await settle();
    await rig.press('5');
    expect(rig.telephony.heardBy('caller-1')).toEqual(PROMPT.media);
    rig.telephony.finishPlayback('caller-1');
    await kept;
  });

  it('is not cut short by the terminator of the field before, which had ended by itself', async () => {
    const rig = new Rig();
    const heard = rig.listen();
    await settle();
    for (const key of '1234') await rig.press(key);
    await heard;
    const said = rig.call.say({ ...PROMPT, bargein: true });
    await settle();
    await rig.press('#');
    expect(rig.telephony.heardBy('caller-1')).toEqual(PROMPT.media);
    await rig.clock.advance(3_000);
    await rig.press('#');
    await said;
  });

  it('goes on a few seconds after the end of a prompt that nobody was told of', async () => {
    const rig = new Rig();
    rig.telephony.losePlaybackEnds = true;
    let over = false;
    void rig.call.say({ ...PROMPT, bargein: true }).then(() => (over = true));
    await rig.clock.advance(6_000);
    expect(over).toBe(false);
    rig.telephony.finishPlayback('caller-1');
    await rig.clock.advance(6_000);
    expect(over).toBe(true);
    expect(rig.clock.running).toBe(0);
  });

  it('goes on without a prompt whose events are lost, and reports it', async () => {
    const rig = new Rig();
    rig.telephony.losePlaybackEvents = true;
    const said = rig.call.say({ ...PROMPT, bargein: true });
    await rig.clock.advance(3_000);
    await said;
    expect(rig.events).toContainEqual(expect.objectContaining({ type: 'failed', code: 'playback-failed' }));
    expect(rig.clock.running).toBe(0);
  });

  it('goes on without a prompt that Asterisk refuses to play', async () => {
    const rig = new Rig();
    rig.telephony.broken.add('play');
    await rig.call.say({ ...PROMPT, bargein: true });
    expect(rig.events).toContainEqual(expect.objectContaining({ type: 'failed', code: 'playback-failed' }));
  });
});

describe('listening', () => {
  it('takes the key that barges in as the first of the field', async () => {
    const rig = new Rig();
    const heard = rig.listen();
    await settle();
    await rig.press('1');
    expect(rig.telephony.heardBy('caller-1')).toBeNull();
    for (const key of '234') await rig.press(key);
    expect(await heard).toMatchObject({ kind: 'collected', field: { value: '1234' } });
    expect(rig.clock.running).toBe(0);
  });

  it('drops keys during a prompt without barge-in, and waits from its end', async () => {
    const rig = new Rig();
    const heard = rig.listen({ bargein: false });
    await settle();
    await rig.press('9');
    await rig.clock.advance(20_000);
    rig.telephony.finishPlayback('caller-1');
    await settle();
    for (const key of '1234') await rig.press(key);
    expect(await heard).toMatchObject({ kind: 'collected', field: { value: '1234' } });
  });

  it('lets a stray terminator of the field before pass without cutting the prompt', async () => {
    const rig = new Rig();
    const heard = rig.listen();
    await settle();
    await rig.press('#');
    expect(rig.telephony.heardBy('caller-1')).toEqual(PROMPT.media);
    for (const key of '1234') await rig.press(key);
    expect(await heard).toMatchObject({ kind: 'collected' });
  });

  it.each([true, false])('drops keys pressed before its prompt, sensitive or not: %s', async (sensitive) => {
    const rig = new Rig();
    for (const key of '99') await rig.press(key);
    const first = rig.listen({ sensitive });
    await settle();
    for (const key of '1234') await rig.press(key);
    await first;
    // The rest of a longer number, keyed on: it must not become text in whatever is asked next.
    for (const key of '5678') await rig.press(key);
    const second = rig.listen({ sensitive, sink: new PlainSink({ min: 2, max: 2, tooShort: 'too-short' }) });
    await settle();
    for (const key of '42') await rig.press(key);
    expect(await first).toMatchObject({ kind: 'collected', field: { value: '1234' } });
    expect(await second).toMatchObject({ kind: 'collected', field: { value: '42' } });
  });

  it('drops keys pressed while the voice is being muted for a sensitive field', async () => {
    const rig = new Rig();
    const heard = rig.listen({ sensitive: true });
    rig.telephony.press('caller-1', '9', rig.clock.now());
    await settle();
    for (const key of '1234') await rig.press(key);
    expect(await heard).toMatchObject({ kind: 'collected', field: { value: '1234' } });
  });

  it('reports silence', async () => {
    const rig = new Rig();
    const heard = rig.listen();
    await settle();
    rig.telephony.finishPlayback('caller-1');
    await rig.clock.advance(8_000);
    expect(await heard).toEqual({ kind: 'failed', error: 'timeout' });
  });

  it('mutes the voice before a sensitive field opens, and does not open it when that fails', async () => {
    const rig = new Rig();
    const heard = rig.listen({ sensitive: true });
    await settle();
    expect(rig.telephony.commands.slice(0, 2)).toEqual([
      'muteVoice caller-1',
      `play caller-1 ${PROMPT.media[0] ?? ''}`,
    ]);
    for (const key of '1234') await rig.press(key);
    await heard;

    const broken = new Rig();
    broken.telephony.broken.add('muteVoice');
    expect(await codeOf(broken.listen({ sensitive: true }))).toBe('mask-failed');
    expect(broken.events).not.toContainEqual(expect.objectContaining({ type: 'field-opened' }));
  });

  it('opens no sensitive field of a call that the switch records', async () => {
    const rig = new Rig();
    rig.telephony.recorded.add('caller-1');
    expect(await codeOf(rig.listen({ sensitive: true }))).toBe('call-recorded');
    expect(rig.events).not.toContainEqual(expect.objectContaining({ type: 'field-opened' }));
  });

  it('opens no sensitive field while the switch lets keys out', async () => {
    const rig = new Rig();
    rig.telephony.unsafe = 'the log keys.log records keys';
    expect(await codeOf(rig.listen({ sensitive: true }))).toBe('asterisk-unsafe');
    expect(rig.events).not.toContainEqual(expect.objectContaining({ type: 'field-opened' }));
  });

  it('reads a hot key pressed alone as a command, and as a digit otherwise', async () => {
    const rig = new Rig();
    const sink = (): PlainSink => new PlainSink({ min: 4, max: 4, tooShort: 'too-short' });
    const alone = rig.listen({ hotKey: 0x39, sink: sink() });
    await settle();
    await rig.press('9');
    await rig.clock.advance(4_000);
    expect(await alone).toEqual({ kind: 'hot-key' });
    const digits = rig.listen({ hotKey: 0x39, sink: sink() });
    await settle();
    for (const key of '9123') await rig.press(key);
    expect(await digits).toMatchObject({ kind: 'collected', field: { value: '9123' } });
  });

  it('hears no key after its end', async () => {
    const rig = new Rig();
    const heard = rig.listen();
    await settle();
    for (const key of '1234') await rig.press(key);
    await heard;
    const count = rig.events.length;
    await rig.press('5');
    expect(rig.events).toHaveLength(count);
  });
});

describe('returning', () => {
  it('has the caller in the bridge, keys absorbed, before anything plays or anybody is rung; once', async () => {
    const rig = new Rig();
    await rig.call.answer();
    rig.telephony.legs[AGENT.endpoint] = ['busy', 'silent'];
    for (let turn = 0; turn < 2; turn++) {
      const returned = rig.call.returnTo(AGENT);
      await rig.clock.advance(30_000);
      await returned;
    }
    const { commands } = rig.telephony;
    expect(commands.slice(0, 4)).toEqual([
      'answer caller-1',
      'createBridge',
      'addToBridge caller-1 true',
      expect.stringMatching(/^(play|dial) /),
    ]);
    expect(commands.filter((command) => /^(createBridge|addToBridge caller)/.test(command))).toHaveLength(2);
    await rig.call.hangUp('engine');
    expect(rig.leftovers()).toEqual(NOTHING);
  });

  it.each(['createBridge', 'addToBridge'])('can be tried again when %s fails, and leaves nothing', async (command) => {
    const rig = new Rig();
    await rig.call.answer();
    rig.telephony.broken.add(command);
    await expect(rig.call.returnTo(AGENT)).rejects.toThrow(`${command} is broken`);
    expect(rig.telephony.commands.join()).not.toContain('dial');
    rig.telephony.broken.clear();
    rig.telephony.legs[AGENT.endpoint] = 'answer';
    const returned = rig.call.returnTo(AGENT);
    await rig.clock.advance(4_000);
    expect(await returned).toBe('answered');
    await rig.call.hangUp('engine');
    expect(rig.leftovers()).toEqual(NOTHING);
  });

  it('joins caller and agent, and lifts the mute only after 2 s without a key', async () => {
    const rig = new Rig();
    await rig.call.answer();
    const heard = rig.listen({ sensitive: true });
    await settle();
    for (const key of '1234') await rig.press(key);
    await heard;
    rig.telephony.legs[AGENT.endpoint] = 'answer';
    const returned = rig.call.returnTo(AGENT);
    await rig.clock.advance(1_000);
    expect(rig.telephony.commands).toContain('addToBridge leg_4 false');
    expect(rig.telephony.muted.has('caller-1')).toBe(true);
    await rig.clock.advance(1_000);
    expect(rig.telephony.muted.has('caller-1')).toBe(false);
    await rig.clock.advance(1_000);
    expect(await returned).toBe('answered');
  });

  it.each([
    ['busy', 'busy'],
    ['refuse', 'failed'],
    ['silent', 'no-answer'],
  ] as const)('tells what became of a target that is %s, and leaves no leg', async (script, result) => {
    const rig = new Rig();
    rig.telephony.legs[AGENT.endpoint] = script;
    const returned = rig.call.returnTo(AGENT);
    await rig.clock.advance(30_000);
    expect(await returned).toBe(result);
    expect([...rig.telephony.channels]).toEqual(['caller-1']);
    expect(rig.clock.running).toBe(0);
  });

  it.each([
    ['and is answered', 'answer', 'answered'],
    ['but no third time', 'vanish', 'failed'],
  ] as const)('rings a target again whose leg went while nobody could tell, %s', async (_what, script, result) => {
    const rig = new Rig();
    await rig.call.answer();
    rig.telephony.legs[AGENT.endpoint] = ['vanish', script];
    const returned = rig.call.returnTo(AGENT);
    await rig.clock.advance(1_000);
    expect(await returned).toBe(result);
    expect(rig.telephony.commands.filter((line) => line.startsWith('dial'))).toHaveLength(2);
    expect(rig.events.filter(({ type }) => type === 'returning')).toHaveLength(1);
    await rig.call.hangUp('engine');
    expect(rig.leftovers()).toEqual(NOTHING);
  });

  it('ends the call when the agent hangs up, and hangs up the caller', async () => {
    const rig = new Rig();
    await rig.call.answer();
    rig.telephony.legs[AGENT.endpoint] = 'answer';
    await rig.returned();
    rig.telephony.disappear([...rig.telephony.channels].find((channel) => channel.startsWith('leg')) ?? '');
    expect(await rig.call.ended).toBe('agent');
    expect(rig.leftovers()).toEqual(NOTHING);
  });

  it('hangs up the agent when the caller does', async () => {
    const rig = new Rig();
    await rig.call.answer();
    rig.telephony.legs[AGENT.endpoint] = 'answer';
    await rig.returned();
    rig.telephony.disappear('caller-1');
    expect(await rig.call.ended).toBe('caller');
    expect(rig.leftovers()).toEqual(NOTHING);
  });

  it.each(['delayVoice', 'unmuteVoice'])(
    'lets an agent go who would not hear the caller (%s fails), and rings the next',
    async (command) => {
      const rig = new Rig();
      await rig.call.answer();
      const heard = rig.listen({ sensitive: true });
      await settle();
      for (const key of '1234') await rig.press(key);
      await heard;
      rig.telephony.legs[AGENT.endpoint] = 'answer';
      rig.telephony.broken.add(command);
      const first = rig.call.returnTo(AGENT).catch((error: unknown) => error);
      await rig.clock.advance(5_000);
      expect(await first).toBeInstanceOf(Error);
      expect([...rig.telephony.channels]).toEqual(['caller-1']);

      rig.telephony.broken.delete(command);
      const second = rig.call.returnTo(AGENT);
      await rig.clock.advance(5_000);
      expect(await second).toBe('answered');
      expect(rig.telephony.commands.filter((line) => line.startsWith('dial'))).toHaveLength(2);
      expect(rig.telephony.muted.has('caller-1')).toBe(false);
      rig.telephony.disappear([...rig.telephony.channels].find((channel) => channel.startsWith('leg')) ?? '');
      expect(await rig.call.ended).toBe('agent');
      expect(rig.leftovers()).toEqual(NOTHING);
    },
  );

  it('lets an agent go who answered and could not be joined', async () => {
    const rig = new Rig();
    await rig.call.answer();
    rig.telephony.legs[AGENT.endpoint] = 'answer';
    rig.telephony.broken.add('addToBridge');
    await expect(rig.call.returnTo(AGENT)).rejects.toThrow('addToBridge is broken');
    expect([...rig.telephony.channels]).toEqual(['caller-1']);
  });

  it('is not answered when the agent hangs up within a second: the call goes on', async () => {
    const rig = new Rig();
    await rig.call.answer();
    rig.telephony.legs[AGENT.endpoint] = 'answer';
    const returned = rig.call.returnTo(AGENT);
    await rig.clock.advance(900);
    rig.telephony.disappear([...rig.telephony.channels].find((channel) => channel.startsWith('leg')) ?? '');
    expect(await returned).toBe('no-answer');
    expect([...rig.telephony.channels]).toEqual(['caller-1']);
    expect(rig.clock.running).toBe(0);
  });

  it('is not answered when the agent hangs up just as the caller comes: the call goes on, without a leg', async () => {
    const rig = new Rig();
    await rig.call.answer();
    rig.telephony.legs[AGENT.endpoint] = 'answer-then-hang-up';
    expect(await rig.call.returnTo(AGENT)).toBe('no-answer');
    expect([...rig.telephony.channels]).toEqual(['caller-1']);
    rig.telephony.legs[AGENT.endpoint] = 'answer';
    expect(await rig.returned()).toBe('answered');
    await rig.call.hangUp('engine');
    expect(rig.leftovers()).toEqual(NOTHING);
  });
});

describe('hanging up, at any line', () => {
  const doings: Record<string, (rig: Rig) => Promise<unknown>> = {
    'while answering': (rig) => rig.call.answer(),
    'while a prompt plays': (rig) => rig.call.say({ ...PROMPT, bargein: true }),
    'while holding': (rig) =>
      rig.call.hold({ ...PROMPT, bargein: false, pauseMs: 1_000 }, new AbortController().signal),
    'while a field is open': (rig) => rig.listen({ sensitive: true }),
    'while a target rings': (rig) => rig.call.returnTo(AGENT),
    'while a header is read': (rig) => rig.call.header('X-Amount'),
  };

  it.each(Object.keys(doings))('%s releases what waits and leaves nothing', async (name) => {
    const rig = new Rig();
    if (name !== 'while answering') await rig.call.answer();
    const doing = codeOf(doings[name]?.(rig) ?? Promise.resolve());
    if (name !== 'while answering' && name !== 'while a header is read') await settle();
    rig.telephony.disappear('caller-1');
    expect(await doing).toBe('caller-gone');
    expect(await rig.call.ended).toBe('caller');
    await settle();
    expect(rig.leftovers()).toEqual(NOTHING);
  });

  it('wipes the sink of the open field', async () => {
    const rig = new Rig();
    const sink = new PlainSink({ min: 4, max: 4, tooShort: 'too-short' });
    const doing = codeOf(rig.listen({ sink }));
    await settle();
    await rig.press('1');
    expect(sink.length).toBe(1);
    rig.telephony.disappear('caller-1');
    await doing;
    expect(sink.length).toBe(0);
  });

  it('is idempotent, and the first reason wins', async () => {
    const rig = new Rig();
    await rig.call.answer();
    await Promise.all([rig.call.hangUp('engine'), rig.call.hangUp('caller'), rig.call.hangUp('agent')]);
    expect(await rig.call.ended).toBe('engine');
    expect(rig.telephony.commands.filter((command) => command.startsWith('hangUp'))).toHaveLength(1);
    expect(rig.leftovers()).toEqual(NOTHING);
  });

  it('closes everything else when one command of the teardown fails', async () => {
    const rig = new Rig();
    await rig.call.answer();
    rig.telephony.broken.add('hangUp');
    await rig.call.hangUp('engine');
    expect([...rig.telephony.bridges]).toEqual([]);
    expect(rig.telephony.followed).toBe(0);
  });

  it('leaves no leg that Asterisk makes only after it was given up', async () => {
    const rig = new Rig();
    await rig.call.answer();
    const dial = rig.telephony.dial.bind(rig.telephony);
    let make = (): void => undefined;
    rig.telephony.dial = async (request) => {
      await new Promise<void>((resolve) => (make = resolve));
      await dial(request);
    };
    const doing = codeOf(rig.call.returnTo(AGENT));
    await settle();
    rig.telephony.disappear('caller-1');
    expect(await doing).toBe('caller-gone');
    make();
    await settle();
    expect(rig.telephony.commands).toContain('dial PJSIP/outbound/sip:101@127.0.0.1:5080');
    expect(rig.leftovers()).toEqual(NOTHING);
  });

  it('leaves no bridge that is made only after the caller has gone', async () => {
    const rig = new Rig();
    await rig.call.answer();
    const create = rig.telephony.createBridge.bind(rig.telephony);
    let make = (): void => undefined;
    rig.telephony.createBridge = async (bridge) => {
      await new Promise<void>((resolve) => (make = resolve));
      await create(bridge);
    };
    const doing = codeOf(rig.call.returnTo(AGENT));
    await settle();
    rig.telephony.disappear('caller-1');
    expect(await doing).toBe('caller-gone');
    make();
    expect(await rig.call.ended).toBe('caller');
    expect(rig.leftovers()).toEqual(NOTHING);
  });

  it('makes no bridge for a call that is over', async () => {
    const rig = new Rig();
    await rig.call.hangUp('engine');
    expect(await codeOf(rig.call.answer())).toBe('call-closed');
    await settle();
    expect(rig.leftovers()).toEqual(NOTHING);
  });

  it('tells the trunk the cause that it was given', async () => {
    const rig = new Rig();
    await rig.call.hangUp('engine', 21);
    expect(rig.telephony.commands).toEqual(['hangUp caller-1 21']);
  });

  it('refuses to begin anything afterwards', async () => {
    const rig = new Rig();
    await rig.call.hangUp('engine');
    expect(await codeOf(rig.call.say({ ...PROMPT, bargein: true }))).toBe('call-closed');
    expect(await codeOf(rig.listen())).toBe('call-closed');
    expect(await codeOf(rig.call.returnTo(AGENT))).toBe('call-closed');
    expect(rig.telephony.commands.some((command) => /^(play|dial)/.test(command))).toBe(false);
  });
});
