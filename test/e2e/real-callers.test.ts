import type { Impairment, KeyTiming } from '../../src/lab/phone/media-stream';
import type { DtmfMode } from '../../src/lab/phone/phone-call';
import { EXPIRY } from './support/payment-site';
import { expectIdle } from './support/nothing-left';
import { keys, PhoneSite, THE_REST, type Act, type PhoneLane, type PhoneTestCall } from './support/phone-site';

jest.setTimeout(240_000);

/** A public test number in which no digit stands beside its like for long. */
const CARD = '5425233430109903';
const MASKED = ['xxxxxxxxxxxx9903'];
/** UnionPay's longest. */
const LONG_CARD = '6205500000000000004';
const UNHURRIED: KeyTiming = { toneMs: 100, gapMs: 100 };

const sites = new PhoneSite();

afterAll(async () => {
  await sites.stop();
});

/** The caller paid with the right card, once, and the agent got none of it. */
async function expectPaid(call: PhoneTestCall, masked = MASKED): Promise<void> {
  expect(await call.lane.charged()).toEqual(masked);
  await expectNothingOverheard(call);
}

async function expectNothingOverheard(call: PhoneTestCall): Promise<void> {
  const heard = await call.overheard();
  expect(heard).toMatchObject({ telephoneEvents: 0, eventKeys: '', toneKeys: '', infos: 0 });
}

/** All attempts but the last one may have failed for a reason that asks the caller again. */
function expectCollectedAfter(call: PhoneTestCall, reasons: readonly string[]): void {
  const attempts = call.attempts('card-number');
  expect(attempts.at(-1)).toBe('collected');
  for (const failed of attempts.slice(0, -1)) expect(reasons).toContain(failed);
}

/** The same card by the same finger, then unhurriedly. */
function cardThenSlowly(first: Act): readonly Act[] {
  return [first, keys(`${CARD}#`, UNHURRIED), keys(`${CARD}#`, UNHURRIED)];
}

async function pays(lane: PhoneLane, card: readonly Act[], dtmf: DtmfMode = 'rfc4733'): Promise<PhoneTestCall> {
  const call = await lane.dial({ dtmf, acts: { ...THE_REST, 'card-number': card } });
  await call.toTheEnd();
  return call;
}

describe('keys that come as', () => {
  it.concurrent.each<DtmfMode>(['rfc4733', 'info', 'inband'])('%s all arrive', async (dtmf) => {
    const call = await pays(await sites.lane(), [keys(`${CARD}#`)], dtmf);
    expect(call.attempts('card-number')).toEqual(['collected']);
    await expectPaid(call);
  });

  it.concurrent('telephone-events in SRTP all arrive', async () => {
    const lane = await sites.lane();
    const call = await lane.dial({ encrypted: true, acts: { ...THE_REST, 'card-number': [keys(`${CARD}#`)] } });
    await call.toTheEnd();
    expect(call.caller.media.unreadable).toBe(0);
    expect(call.caller.media.heard.length).toBeGreaterThan(100);
    expect(call.attempts('card-number')).toEqual(['collected']);
    await expectPaid(call);
  });
});

describe('a card that is keyed twice, in Spanish,', () => {
  it.concurrent('is asked for again when the two differ, and read back when they are the same', async () => {
    const lane = await sites.lane();
    const [right, other] = [keys(`${CARD}#`), keys(`${LONG_CARD}#`)];
    const call = await lane.dial({ did: '7006', acts: { ...THE_REST, 'card-number': [right, other, right, right] } });
    await call.toTheEnd();
    expect(call.attempts('card-number')).toEqual(['collected', 'collected', 'collected', 'collected']);
    const said = call.story.flatMap((line) => (line.event === 'said' ? [String(line.words)] : [])).join(' ');
    expect(said).toContain('los dos números no coinciden');
    expect(said).toMatch(/Marcó una tarjeta con terminación .*nueve/);
    await expectPaid(call);
  });
});

describe('a telephone that sends each key twice, in RTP and in INFO,', () => {
  it.concurrent('never leads to a wrong charge', async () => {
    const lane = await sites.lane();
    const card = keys(`${CARD}#`);
    const call = await lane.dial({ dtmf: 'doubled', acts: { ...THE_REST, 'card-number': [card, card, card] } });
    await call.toTheEnd();
    expect([[], MASKED]).toContainEqual(await lane.charged());
    await expectNothingOverheard(call);
  });
});

describe('a fast dialler', () => {
  const timings: readonly KeyTiming[] = [
    { toneMs: 40, gapMs: 40 },
    { toneMs: 50, gapMs: 50 },
    { toneMs: 70, gapMs: 30 },
    { toneMs: 100, gapMs: 60 },
  ];
  const modes: readonly DtmfMode[] = ['rfc4733', 'info', 'inband'];
  const cases = modes.flatMap((dtmf) => timings.map((timing) => [dtmf, timing] as const));

  it.concurrent.each(cases)('with %s at %j is understood or asked again, never misunderstood', async (dtmf, timing) => {
    const call = await pays(await sites.lane(), cardThenSlowly(keys(`${CARD}#`, timing)), dtmf);
    expectCollectedAfter(call, ['too-fast', 'invalid-card-number', 'too-long']);
    await expectPaid(call);
  });
});

describe('a bad network', () => {
  /** Every third packet of every key is lost. */
  const everyThird: Impairment = ({ key, nth }) => ((key + nth) % 3 === 0 ? 'lost' : null);
  /** Packets come one to three places late. */
  const shuffled: Impairment = ({ key, nth }) => ({ lateMs: ((key * 7 + nth * 5) % 4) * 15 });
  const endsLost: Impairment = ({ key, nth, of }) => (key === 7 && nth >= of - 3 ? 'lost' : null);
  const keyLost: Impairment = ({ key }) => (key === 7 ? 'lost' : null);
  const lateEnds: Impairment = ({ nth, of }) => (nth >= of - 3 ? { lateMs: (nth - of + 3) * 60 } : null);

  it.concurrent.each([
    ['loses every third packet of the keys', everyThird],
    ['brings the packets of the keys out of order', shuffled],
    ['loses the end of one key', endsLost],
    ['loses one key', keyLost],
    ['repeats the ends of keys late, into the next key', lateEnds],
  ])('that %s never leads to a wrong charge', async (_what, impairment) => {
    const call = await pays(await sites.lane(), cardThenSlowly(keys(`${CARD}#`, UNHURRIED, impairment)));
    expectCollectedAfter(call, ['too-fast', 'invalid-card-number', 'too-long']);
    await expectPaid(call);
  });
});

describe('keys at odd times', () => {
  it.concurrent('before, between and after fields, and during and after the return, reach nobody', async () => {
    const lane = await sites.lane();
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
  });

  it.concurrent('a card of 19 digits is taken whole', async () => {
    const call = await pays(await sites.lane(), [keys(LONG_CARD)]);
    expect(call.attempts('card-number')).toEqual(['collected']);
    await expectPaid(call, ['xxxxxxxxxxxxxxx0004']);
  });
});

describe('a call that changes on its way', () => {
  const halves = [CARD.slice(0, 8), `${CARD.slice(8)}#`] as const;

  it.concurrent('through a re-INVITE in mid-entry', async () => {
    const call = await pays(await sites.lane(), [
      async (caller) => {
        await caller.press(halves[0]);
        await caller.reinvite();
        await caller.press(halves[1]);
      },
    ]);
    expect(call.attempts('card-number')).toEqual(['collected']);
    await expectPaid(call);
  });

  it.concurrent('through a hold in mid-entry', async () => {
    const call = await pays(await sites.lane(), [
      async (caller) => {
        await caller.press(halves[0]);
        await caller.hold();
        await caller.media.rest(1_000);
        await caller.resume();
        await caller.press(halves[1]);
      },
    ]);
    expect(call.attempts('card-number')).toEqual(['collected']);
    await expectPaid(call);
  });

  it.concurrent('with early media of the agent, while the caller still keys', async () => {
    const lane = await sites.lane();
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
  });

  it.concurrent('with early media of an agent who is busy then', async () => {
    const lane = await sites.lane();
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
    await expectPaid(call);
  });
});

describe('a caller who stays silent', () => {
  it.concurrent('hears that they were not understood, and goes back with nothing charged', async () => {
    const lane = await sites.lane();
    const call = await lane.dial({ did: '7004', acts: {} });
    await call.toTheEnd();
    await expectPaid(call, []);
  });
});

describe('after all these calls', () => {
  it('nothing is left: no channel, bridge, timer or vault slot', async () => {
    await expectIdle(await sites.site(), sites.atRest);
  });
});
