import type { Impairment, KeyTiming } from '../../src/lab/phone/media-stream';
import type { DtmfMode } from '../../src/lab/phone/phone-call';
import { expectPrompts } from './support/heard';
import { expectJournal } from './support/journal';
import { EXPIRY } from './support/payment-site';
import { expectIdle } from './support/nothing-left';
import { onTime, wasLate } from './support/on-time';
import { keys, PhoneSite, THE_REST, type PhoneLane, type PhonePlan } from './support/phone-site';
import type { Act, PhoneTestCall } from './support/phone-test-call';

/** A public test number in which no digit stands beside its like for long. */
const CARD = '5425233430109903';
const MASKED = ['xxxxxxxxxxxx9903'];
/** UnionPay's longest. */
const LONG_CARD = '6205500000000000004';
const LONG_MASKED = ['xxxxxxxxxxxxxxx0004'];
/** After the return everybody stays on the line for half a second at least; less what a busy machine loses. */
const PACKETS_OF_TALK = 15;
const UNHURRIED: KeyTiming = { toneMs: 100, gapMs: 100 };

const sites = new PhoneSite();

afterAll(async () => {
  await sites.stop();
});

/** Runs a scenario on a lane of its own, and on another one when this machine was late with its keys. */
function keyed(scenario: (lane: PhoneLane) => Promise<void>): Promise<void> {
  return onTime(
    { begin: () => sites.lane(), wasLate: ({ call }) => call !== null && wasLate(call.caller), settle },
    scenario,
  );
}

async function settle({ call }: PhoneLane): Promise<void> {
  if (call === null) return;
  await call.caller.hangUp();
  await call.awaits('call-ended');
  await expectNoHarm(call);
}

/** No card was charged but a caller's own, none twice, and the agent, if one was reached, got no key. */
async function expectNoHarm(call: PhoneTestCall): Promise<void> {
  const charged = await call.lane.charged();
  expect([[], MASKED, LONG_MASKED]).toContainEqual(charged);
  if (call.agent !== null) await expectNothingOverheard(call, 0);
}

/** The caller paid with the right card, once, and the agent got none of it. */
async function expectPaid(call: PhoneTestCall, masked = MASKED, packets = PACKETS_OF_TALK): Promise<void> {
  expect(await call.lane.charged()).toEqual(masked);
  await expectJournal(call.lane, Array<'approved'>(masked.length).fill('approved'));
  await expectNothingOverheard(call, packets);
}

/** The agent got so many packets at least, and no key in any form. */
async function expectNothingOverheard(call: PhoneTestCall, packets: number): Promise<void> {
  const heard = await call.overheard();
  expect(heard.packets).toBeGreaterThanOrEqual(packets);
  expect(heard).toMatchObject({ telephoneEvents: 0, eventKeys: '', toneKeys: '', infos: 0 });
}

/** Six times: as often as 7008 asks. */
function again(act: Act): readonly Act[] {
  return Array<Act>(6).fill(act);
}

/** Of the attempts at the card, what was not too fast. A machine that stands still for a moment hands Asterisk keys in a heap. */
function understood(call: PhoneTestCall): string[] {
  return call.attempts('card-number').filter((outcome) => outcome !== 'too-fast');
}

async function pays(lane: PhoneLane, card: readonly Act[], more: Partial<PhonePlan> = {}): Promise<PhoneTestCall> {
  const call = await lane.dial({ ...more, acts: { ...THE_REST, 'card-number': card } });
  await call.toTheEnd();
  return call;
}

// First what takes longest, because calls are begun in this order.
it.concurrent.each(['silence', 'off'] as const)(
  'a caller who stays silent through all attempts of three fields (microphone: %s) hears each asked for, and is back with the agent',
  async (microphone) => {
    const asked = ['enter-card-number', 'enter-expiration-date', 'enter-security-code'];
    const lane = await sites.lane();
    const call = await lane.dial({ did: '7010', microphone, acts: {} });
    await call.toTheEnd((caller) => caller.media.rest(500));
    expect(['card-number', 'expiration-date', 'security-code'].map((field) => call.attempts(field))).toEqual([
      ['timeout', 'timeout', 'timeout'],
      ['timeout', 'timeout'],
      ['timeout', 'timeout'],
    ]);
    expectPrompts(call.hearing, [...asked, 'nothing-heard', 'sorry-not-understood'], ['session-timeout']);
    expect((await call.returned).header('X-Payment-Result')).toBe('none');
    await expectPaid(call, [], microphone === 'off' ? 0 : PACKETS_OF_TALK);
  },
);

it.concurrent(
  'a caller who stays silent for as long as a call may take hears that, and goes back with nothing charged',
  async () => {
    const lane = await sites.lane();
    const call = await lane.dial({ did: '7004', acts: {} });
    await call.toTheEnd();
    expectPrompts(call.hearing, ['enter-card-number', 'session-timeout'], ['sorry-not-understood']);
    expect((await call.returned).header('X-Payment-Result')).toBe('none');
    await expectPaid(call, []);
  },
);

it.concurrent('a caller whose telephone sends no packet at all is hung up on when the trunk says so', async () => {
  const lane = await sites.lane();
  let reached = false;
  const agent = (): void => {
    reached = true;
  };
  const call = await lane.dial({ did: '7003', trunk: 'watched', microphone: 'off', acts: {}, agent });
  expect(await call.caller.ended).toBe(200);
  expect((await call.ends()).reason).toBe('caller');
  expect([call.caller.requests.includes('BYE'), reached]).toEqual([true, false]);
  expectPrompts(call.hearing, ['enter-card-number']);
  await expectJournal(lane, []);
});

describe('after all these calls', () => {
  it('nothing is left: no channel, bridge, timer or vault slot', async () => {
    await expectIdle(await sites.site(), sites.atRest);
  });
});
it.concurrent.each<DtmfMode>(['rfc4733', 'info', 'inband'])('keys that come as %s all arrive', (dtmf) =>
  keyed(async (lane) => {
    const call = await pays(lane, [keys(`${CARD}#`)], { dtmf });
    expect(call.attempts('card-number')).toEqual(['collected']);
    await expectPaid(call);
  }),
);

it.concurrent('keys that come as telephone-events in SRTP all arrive', () =>
  keyed(async (lane) => {
    const call = await lane.dial({ trunk: 'encrypted', acts: { ...THE_REST, 'card-number': [keys(`${CARD}#`)] } });
    await call.toTheEnd();
    expect(call.caller.media.unreadable).toBe(0);
    expect(call.caller.media.heard.length).toBeGreaterThan(100);
    expect(call.attempts('card-number')).toEqual(['collected']);
    await expectPaid(call);
  }),
);

it.concurrent('a card that is keyed twice, in Spanish, is asked for again when the two differ, and read back', () =>
  keyed(async (lane) => {
    const [right, other] = [keys(`${CARD}#`), keys(`${LONG_CARD}#`)];
    const call = await lane.dial({ did: '7006', acts: { ...THE_REST, 'card-number': [right, other, right, right] } });
    await call.toTheEnd();
    expect(call.attempts('card-number')).toEqual(['collected', 'collected', 'collected', 'collected']);
    expect(call.told).toContain('los dos números no coinciden');
    expect(call.told).toMatch(/Marcó una tarjeta con terminación .*nueve/);
    await expectPaid(call);
  }),
);

it.concurrent('a telephone that sends each key twice, in RTP and in INFO, never leads to a wrong charge', () =>
  keyed(async (lane) => {
    const card = keys(`${CARD}#`);
    const call = await lane.dial({ dtmf: 'doubled', acts: { ...THE_REST, 'card-number': [card, card, card] } });
    await call.toTheEnd();
    const attempts = call.attempts('card-number');
    expect(attempts).toHaveLength(3);
    for (const outcome of attempts) expect(['too-fast', 'too-long', 'invalid-card-number']).toContain(outcome);
    // Keys that are still to come may cut it short.
    expect(call.told).toContain('we could not understand what you entered');
    await expectPaid(call, []);
  }),
);

/** Asterisk tells such keys less than 60 ms apart, or twice: which digits were meant cannot be known. */
const TOO_FAST = [
  ['rfc4733', 40, 40],
  ['rfc4733', 50, 50],
  ['rfc4733', 70, 30],
  ['inband', 40, 40],
  ['inband', 50, 50],
  ['inband', 70, 30],
] as const;

it.concurrent.each(TOO_FAST)(
  'a fast dialler with %s at %i/%i ms hears that it was too fast, and is understood at an ordinary speed',
  (dtmf, toneMs, gapMs) =>
    keyed(async (lane) => {
      const afterTheWords: Act = async (caller) => {
        await caller.media.rest(5_000);
        await caller.press(`${CARD}#`, UNHURRIED);
      };
      const acts = [keys(`${CARD}#`, { toneMs, gapMs }), ...again(afterTheWords)];
      const call = await pays(lane, acts, { dtmf, did: '7008' });
      expect(call.attempts('card-number')[0]).toBe('too-fast');
      expect(understood(call)).toEqual(['collected']);
      expectPrompts(call.hearing, ['too-fast']);
      await expectPaid(call);
    }),
);

it.concurrent.each([
  ['rfc4733', 100, 60],
  ['info', 40, 40],
  ['info', 50, 50],
  ['info', 70, 30],
  ['info', 100, 60],
  ['inband', 100, 60],
] as const)('a fast dialler with %s at %i/%i ms is understood at that speed', (dtmf, toneMs, gapMs) =>
  keyed(async (lane) => {
    const card = again(keys(`${CARD}#`, { toneMs, gapMs }));
    const call = await pays(lane, card, { dtmf, did: '7008' });
    expect(understood(call)).toEqual(['collected']);
    await expectPaid(call);
  }),
);

/** Every third packet of every key is lost. */
const everyThird: Impairment = ({ key, nth }) => ((key + nth) % 3 === 0 ? 'lost' : null);
/** Packets come one to three places late. */
const shuffled: Impairment = ({ key, nth }) => ({ lateMs: ((key * 7 + nth * 5) % 4) * 15 });
const endsLost: Impairment = ({ key, nth, of }) => (key === 7 && nth >= of - 3 ? 'lost' : null);
const lateEnds: Impairment = ({ nth, of }) => (nth >= of - 3 ? { lateMs: (nth - of + 3) * 60 } : null);

it.concurrent.each([
  ['loses every third packet of the keys', everyThird],
  ['brings the packets of the keys out of order', shuffled],
  ['loses the end of one key', endsLost],
  ['repeats the ends of keys late, into the next key', lateEnds],
])('a bad network that %s costs no key', (_what, impairment) =>
  keyed(async (lane) => {
    const card = again(keys(`${CARD}#`, UNHURRIED, impairment));
    const call = await pays(lane, card, { did: '7008' });
    expect(understood(call)).toEqual(['collected']);
    await expectPaid(call);
  }),
);

it.concurrent('a bad network that loses one key whole: the card is not valid, and is asked for again', () =>
  keyed(async (lane) => {
    let begun: PhoneTestCall | null = null;
    const missesOne: Act = (caller) => {
      const clean = begun?.attempts('card-number').includes('invalid-card-number') === true;
      return caller.press(`${CARD}#`, UNHURRIED, ({ key }) => (key === 7 && !clean ? 'lost' : null));
    };
    const call = await lane.dial({ did: '7008', acts: { ...THE_REST, 'card-number': again(missesOne) } });
    begun = call;
    await call.toTheEnd();
    expect(understood(call)).toEqual(['invalid-card-number', 'collected']);
    await expectPaid(call);
  }),
);

it.concurrent('keys before, between and after fields, and during and after the return, reach nobody', () =>
  keyed(async (lane) => {
    const call = await lane.dial({
      did: '7005',
      acts: {
        'card-number': [keys(`${CARD}77`)],
        'expiration-date': [keys(`#${EXPIRY}#`)],
        'security-code': [keys('123#')],
        otp: [keys('123456#4')],
      },
      agent: (agent) => {
        agent.ring();
        void call.caller.press('4155').then(() => {
          agent.answer();
        });
      },
    });
    // Cuts the greeting short, and is no key of the card.
    await call.caller.press('1');
    await call.toTheEnd((caller) => caller.press(CARD));
    // The 17th and 18th key are no date; what comes after the '#' is.
    expect(call.attempts('expiration-date')).toEqual(['invalid-date', 'collected']);
    await expectPaid(call);
  }),
);

it.concurrent('a card of 19 digits is taken whole', () =>
  keyed(async (lane) => {
    const call = await pays(lane, [keys(LONG_CARD)]);
    expect(call.attempts('card-number')).toEqual(['collected']);
    await expectPaid(call, LONG_MASKED);
  }),
);

const halves = [CARD.slice(0, 8), `${CARD.slice(8)}#`] as const;

it.concurrent.each<[string, Act]>([
  ['a re-INVITE', (caller) => caller.reinvite()],
  [
    'a hold',
    async (caller) => {
      await caller.hold();
      await caller.media.rest(1_000);
      await caller.resume();
    },
  ],
])('a call goes on through %s in mid-entry', (_what, meanwhile) =>
  keyed(async (lane) => {
    const call = await pays(lane, [
      async (caller) => {
        await caller.press(halves[0]);
        await meanwhile(caller);
        await caller.press(halves[1]);
      },
    ]);
    expect(call.attempts('card-number')).toEqual(['collected']);
    await expectPaid(call);
  }),
);

it.concurrent('a call goes on with early media of the agent, while the caller still keys', () =>
  keyed(async (lane) => {
    const call = await lane.dial({
      acts: { ...THE_REST, 'card-number': [keys(`${CARD}#`)] },
      agent: (agent) => {
        agent.progress();
        void call.caller.press('4155').then(() => {
          agent.answer();
        });
      },
    });
    await call.toTheEnd();
    await expectPaid(call);
  }),
);

it.concurrent('a call goes on with early media of an agent who is busy then', () =>
  keyed(async (lane) => {
    const call = await lane.dial({
      acts: { ...THE_REST, 'card-number': [keys(`${CARD}#`)] },
      agent: (agent) => {
        agent.progress();
        void agent.media.rest(300).then(() => {
          agent.refuse(486);
        });
      },
    });
    await call.awaits('returned', (line) => line.outcome === 'busy');
    await call.caller.ended;
    await call.ends();
    await expectPaid(call, MASKED, 0);
  }),
);
