import type { Overheard } from '../../src/lab/phone/overheard';
import type { DtmfMode } from '../../src/lab/phone/phone-call';
import { MaskingRig, type MaskedCall } from './support/masking-rig';

jest.setTimeout(90_000);

/** A public test number; the decoder finds each of its digits in clean tones. */
const CARD = '4242424242424242';
const MODES: readonly DtmfMode[] = ['rfc4733', 'info', 'inband'];
/** Longest time without a key before the caller can be heard again, and a little more. */
const QUIET_MS = 2_300;
/** A field is open this long after it was asked for: the mute comes first. */
const OPENS_WITHIN_MS = 300;
/** Of half a second's talk, how much must be heard. */
const TALK_MS = 300;
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

async function listenIn(dtmf: DtmfMode, masking: 'on' | 'off'): Promise<Story> {
  const call = await (await started).call(`+44207183${1_000 + ++calls}`, dtmf, masking);
  const { caller } = call;
  expect(await collects(call, () => caller.press(`${CARD}#12`))).toBe('collected');
  await call.returnToAgent(() => caller.press('5500'));
  const answered = await call.heardInAll();
  const talk = await call.heardWhile(() => caller.media.rest(500));
  const lone = await call.heardWhile(async () => {
    for (const key of '123') {
      await caller.press(key);
      await caller.media.rest(QUIET_MS);
    }
  });
  const late = await call.heardWhile(() => caller.press(CARD));
  await caller.media.rest(QUIET_MS);
  const talkAgain = await call.heardWhile(() => caller.media.rest(500));
  let assisted = answered;
  expect(
    await collects(call, async () => {
      assisted = await call.heardWhile(() => caller.press(`${CARD}#11`));
    }),
  ).toBe('collected');
  const all = await call.heardInAll();
  await call.hangUp();
  return { answered, talk, lone, late, talkAgain, assisted, all };
}

async function collects(call: MaskedCall, press: () => Promise<void>): Promise<string> {
  const field = call.cardField();
  await call.caller.media.rest(OPENS_WITHIN_MS);
  await press();
  return (await field).kind;
}

describe("at the agent's telephone", () => {
  it.concurrent.each(MODES)('no key of a caller with %s can be told from its packets', async (dtmf) => {
    const { answered, talk, lone, late, talkAgain, assisted, all } = await listenIn(dtmf, 'on');
    for (const part of [answered, lone, late, assisted, all]) expect(part).toMatchObject(NO_KEY);
    // While a field is open there is no sound at all.
    expect(assisted.loudMs).toBe(0);
    // The mask hides keys, not the caller.
    expect(talk.loudMs).toBeGreaterThan(TALK_MS);
    expect(talkAgain.loudMs).toBeGreaterThan(TALK_MS);
  });

  it.concurrent('nor of one for whom no field was opened', async () => {
    const call = await (await started).call(`+44207183${1_000 + ++calls}`, 'inband', 'on');
    await call.returnToAgent(() => call.caller.media.rest(100));
    const talk = await call.heardWhile(() => call.caller.media.rest(500));
    const late = await call.heardWhile(() => call.caller.press(CARD));
    const all = await call.heardInAll();
    await call.hangUp();
    for (const part of [late, all]) expect(part).toMatchObject(NO_KEY);
    expect(talk.loudMs).toBeGreaterThan(TALK_MS);
  });

  it.concurrent.each(MODES)('with masking off, the keys of a caller with %s are found', async (dtmf) => {
    const { talk, late, assisted } = await listenIn(dtmf, 'off');
    expect(talk.loudMs).toBeGreaterThan(TALK_MS);
    expect(late.eventKeys).toBe(CARD);
    expect(late.telephoneEvents).toBeGreaterThan(CARD.length);
    expect(assisted.eventKeys).toBe(`${CARD}#11`);
  });

  it.concurrent('with masking off, and tones not looked for, they are all heard in the sound', async () => {
    const call = await (await started).call(`+44207183${1_000 + ++calls}`, 'inband', 'off, and tones not looked for');
    await call.returnToAgent(() => call.caller.media.rest(100));
    const late = await call.heardWhile(() => call.caller.press(CARD));
    expect(late.toneKeys).toBe(CARD);
    await call.hangUp();
  });
});

describe('after these calls', () => {
  it('nothing is left of them', async () => {
    const rig = await started;
    expect(await rig.console('core show channels count')).toMatch(/^0 active channels/m);
    expect(rig.timers).toBe(rig.timersAtRest);
    expect(rig.vault.size()).toBe(0);
  });
});
