import type { Overheard } from '../../src/lab/phone/overheard';
import type { DtmfMode } from '../../src/lab/phone/phone-call';
import { MaskingRig, UNDER_WAY_MS, type MaskedCall, type Masking } from './support/masking-rig';
import { eventually } from './support/nothing-left';
import { onTime, wasLate } from './support/on-time';

/** A public test number; the decoder finds each of its digits in clean tones. */
const CARD = '4242424242424242';
const MODES: readonly DtmfMode[] = ['rfc4733', 'info', 'inband'];
/** Longest time without a key before the caller can be heard again, and a little more. */
const QUIET_MS = 2_300;
/** Of half a second's talk, how much must be heard. */
const TALK_MS = 300;
/** The lone ones, and the first of each card that is keyed while the agent listens. */
const SINGLE_KEYS = 4;
const NO_KEY = { telephoneEvents: 0, eventKeys: '', toneKeys: '' };

const started = MaskingRig.start();
started.catch(() => undefined);
let calls = 0;

afterAll(async () => {
  await (await started).stop();
});

/** What the agent's telephone got, part by part; every part has all packets between its beginning and the next one's. */
interface Story {
  /** From the agent's first packet on, with keys pressed while it rang. */
  readonly answered: Overheard;
  readonly talk: Overheard;
  /** Keys pressed one at a time, the voice having come back before each. */
  readonly lone: Overheard;
  /** A whole card, pressed while the agent listens. */
  readonly late: Overheard;
  readonly talkAgain: Overheard;
  /** The same while a field is open and the agent on the line, with keys after its end. */
  readonly assisted: Overheard;
  readonly all: Overheard;
}

async function listenIn(call: MaskedCall, masking: Masking): Promise<Story> {
  // Where nothing is masked, all keys reach the agent.
  const toCome = (keys: string): number => (masking === 'on' ? 0 : keys.length);
  const { caller } = call;
  expect(await collects(call, () => caller.press(`${CARD}#12`))).toBe('collected');
  await call.returnToAgent(() => caller.press('5500'));
  const answered = await call.heardInAll();
  const talk = await call.heardWhile(() => caller.media.rest(500));
  const lone = await call.heardWhile(async () => {
    for (const key of '123') {
      await caller.press(key);
      await voiceIsBack(call);
    }
  });
  const late = await call.heardWhile(() => caller.press(CARD), toCome(CARD));
  await voiceIsBack(call);
  const talkAgain = await call.heardWhile(() => caller.media.rest(500));
  let assisted = answered;
  expect(
    await collects(call, async () => {
      assisted = await call.heardWhile(() => caller.press(`${CARD}#11`), toCome(`${CARD}#11`));
    }),
  ).toBe('collected');
  const all = await call.heardInAll();
  await call.hangUp();
  return { answered, talk, lone, late, talkAgain, assisted, all };
}

/**
 * Runs a scenario on a call of its own, and on another one when this machine was late with its keys. Not excused is what only a
 * mask that fails altogether can bring: of single keys one may always be told (docs/decisions/masking.md, "What remains").
 */
function keyed(dtmf: DtmfMode, masking: Masking, scenario: (call: MaskedCall) => Promise<void>): Promise<void> {
  const begin = async (): Promise<MaskedCall> => (await started).call(`+44207183${1_000 + ++calls}`, dtmf, masking);
  const settle = async (call: MaskedCall): Promise<void> => {
    await call.hangUp();
    if (masking !== 'on') return;
    const { telephoneEvents, toneKeys } = await call.heardInAll();
    expect(telephoneEvents).toBe(0);
    expect(toneKeys.length).toBeLessThanOrEqual(SINGLE_KEYS);
  };
  return onTime({ begin, wasLate: ({ caller }) => wasLate(caller), settle }, scenario);
}

async function collects(call: MaskedCall, press: () => Promise<void>): Promise<string> {
  const field = call.cardField();
  await field.opened;
  // What was said before the mute has arrived by then.
  await call.caller.media.rest(UNDER_WAY_MS);
  await press();
  return (await field.result).kind;
}

/** After the last key nothing of the caller is heard for a while, and then they are again. */
async function voiceIsBack(call: MaskedCall): Promise<void> {
  await call.caller.media.rest(QUIET_MS);
  await call.untilHeard();
}

describe("at the agent's telephone", () => {
  it.concurrent.each(MODES)('no key of a caller with %s can be told from its packets', (dtmf) =>
    keyed(dtmf, 'on', async (call) => {
      const { answered, talk, lone, late, talkAgain, assisted, all } = await listenIn(call, 'on');
      for (const part of [answered, lone, late, assisted, all]) expect(part).toMatchObject(NO_KEY);
      // While a field is open there is no sound at all.
      expect(assisted.loudMs).toBe(0);
      // The mask hides keys, not the caller.
      expect(talk.loudMs).toBeGreaterThan(TALK_MS);
      expect(talkAgain.loudMs).toBeGreaterThan(TALK_MS);
    }),
  );

  it.concurrent('nor of one for whom no field was opened', () =>
    keyed('inband', 'on', async (call) => {
      await call.returnToAgent(() => call.caller.media.rest(100));
      const talk = await call.heardWhile(() => call.caller.media.rest(500));
      const late = await call.heardWhile(() => call.caller.press(CARD));
      const all = await call.heardInAll();
      await call.hangUp();
      for (const part of [late, all]) expect(part).toMatchObject(NO_KEY);
      expect(talk.loudMs).toBeGreaterThan(TALK_MS);
    }),
  );

  it.concurrent.each(MODES)('with masking off, the keys of a caller with %s are found', (dtmf) =>
    keyed(dtmf, 'off', async (call) => {
      const { talk, late, assisted } = await listenIn(call, 'off');
      expect(talk.loudMs).toBeGreaterThan(TALK_MS);
      expect(late.eventKeys).toBe(CARD);
      expect(late.telephoneEvents).toBeGreaterThan(CARD.length);
      expect(assisted.eventKeys).toBe(`${CARD}#11`);
    }),
  );

  it.concurrent('with masking off, and tones not looked for, they are all heard in the sound', () =>
    keyed('inband', 'off, and tones not looked for', async (call) => {
      await call.returnToAgent(() => call.caller.media.rest(100));
      const late = await call.heardWhile(() => call.caller.press(CARD));
      expect(late.toneKeys).toBe(CARD);
      await call.hangUp();
    }),
  );
});

describe('after these calls', () => {
  it('nothing is left of them', async () => {
    const rig = await started;
    // A channel that was told to go takes a moment.
    await eventually(
      'channels',
      () => rig.console('core show channels count'),
      (count) => /^0 active channels/m.test(count),
    );
    await eventually(
      'timers',
      () => Promise.resolve(rig.timers),
      (timers) => timers === rig.timersAtRest,
    );
    expect(rig.vault.size()).toBe(0);
  });
});
