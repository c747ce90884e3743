import { AsteriskTelephony } from '../../src/ari/asterisk-telephony';
import { ManualClock, settle } from '../support/manual-clock';
import { FakeAri, PASSWORD, stasisChannel, USER, type FakeAnswer } from './fake-ari';

let ari: FakeAri;
let clock: ManualClock;
let telephony: AsteriskTelephony;

/** Waits for something that comes over a real socket. */
async function until(met: () => boolean): Promise<void> {
  while (!met()) await settle();
}

afterEach(async () => {
  await telephony.close();
  await ari.close();
  expect(clock.running).toBe(0);
});

describe('while the connection is lost, what a call asks for', () => {
  const LEG = { channel: 'leg', endpoint: 'PJSIP/x', callerId: '1', originator: 'c1', headers: {}, ringMs: 9_000 };
  /** Every command that waits, and how its request begins. */
  const COMMANDS: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['POST channels/c1/answer', () => telephony.answer('c1')],
    ['POST channels/c1/play/p1', () => telephony.play('c1', 'p1', ['sound:a'])],
    ['GET playbacks/p1', () => telephony.isPlaying('p1')],
    ['POST channels/c1/mute', () => telephony.muteVoice('c1')],
    ['DELETE channels/c1/mute', () => telephony.unmuteVoice('c1')],
    ['POST channels/c1/variable?variable=JITTERBUFFER', () => telephony.delayVoice('c1')],
    ['GET channels/c1/variable', () => telephony.readVariable('c1', 'CHANNEL(state)')],
    ['POST bridges/b1?', () => telephony.createBridge('b1')],
    ['POST bridges/b1/addChannel', () => telephony.addToBridge('b1', 'c1', true)],
    ['POST channels/leg?', () => telephony.dial(LEG)],
  ];

  const sent = (start: string): number =>
    ari.requests.filter((one) => `${one.method} ${one.uri}`.startsWith(start)).length;

  async function lose(): Promise<void> {
    await ari.cut();
    await until(() => telephony.state === 'down');
  }

  async function comesBack(): Promise<void> {
    await clock.advance(100);
    await until(() => telephony.state === 'up');
  }

  beforeEach(async () => {
    ari = await FakeAri.start();
    clock = new ManualClock();
    const write = (): void => undefined;
    const logger = { debug: write, info: write, warn: write, error: write };
    telephony = new AsteriskTelephony({ url: ari.url, user: USER, password: PASSWORD, app: 'hushtone', clock, logger });
    let offered = 0;
    telephony.onCall(() => offered++);
    await telephony.start();
    ari.emit({ type: 'StasisStart', args: [], channel: stasisChannel('c1') });
    await until(() => offered === 1);
    ari.channels = [stasisChannel('c1')];
  });

  it.each(COMMANDS)('waits for it, and for what was missed to be told: %s', async (start, command) => {
    await lose();
    const done = command();
    await settle();
    expect(sent(start)).toBe(0);
    let tell: (answer: FakeAnswer) => void = () => undefined;
    ari.decide = ({ uri }) => (uri === 'bridges' ? new Promise<FakeAnswer>((resolve) => (tell = resolve)) : undefined);
    await clock.advance(100);
    await until(() => sent('GET bridges') === 2);
    await settle();
    expect(sent(start)).toBe(0);
    tell({ status: 200, body: [] });
    await done;
    expect(sent(start)).toBe(1);
  });

  it.each(COMMANDS)('and was under way is asked for again: %s', async (start, command) => {
    let lost = 0;
    const there = start.startsWith('POST bridges/b1?') || start.startsWith('POST channels/leg');
    ari.decide = ({ method, uri }) => {
      if (!`${method} ${uri}`.startsWith(start)) return uri === 'playbacks/p1' ? { status: 404 } : undefined;
      if (lost++ === 0) return new Promise<FakeAnswer>(() => undefined);
      // What was made with an id of ours is there.
      return there ? { status: 409 } : undefined;
    };
    const done = command();
    await ari.requested(start);
    for (const socket of ari.sockets) socket.terminate();
    ari.loseRequests();
    await until(() => telephony.state === 'down');
    await comesBack();
    await done;
    expect(sent(start)).toBe(2);
  });

  it('is not played again when it plays already', async () => {
    ari.decide = ({ uri }) => (uri.includes('/play/') ? new Promise<FakeAnswer>(() => undefined) : undefined);
    const done = telephony.play('c1', 'p1', ['sound:a']);
    await ari.requested('POST channels/c1/play/p1');
    await lose();
    await comesBack();
    await done;
    expect(sent('POST channels/c1/play/p1')).toBe(1);
  });

  it('ends with the channel that went meanwhile, and was never sent', async () => {
    await lose();
    const outcome = telephony.play('c1', 'p1', ['sound:a']).catch((error: unknown) => error);
    ari.channels = [];
    await comesBack();
    expect(await outcome).toMatchObject({ code: 'caller-gone' });
    expect(sent('POST channels/c1/play')).toBe(0);
  });

  it('ends with the hang-up of its channel, the end of its playback or of its bridge', async () => {
    await lose();
    const outcomes = Promise.allSettled([
      telephony.dial(LEG),
      telephony.play('c1', 'p1', ['sound:a']),
      telephony.createBridge('b1'),
      telephony.answer('c1'),
    ]);
    await Promise.all([telephony.hangUp('leg'), telephony.stopPlayback('p1'), telephony.destroyBridge('b1')]);
    await telephony.giveBack('c1');
    const dropped = { reason: { code: 'call-closed' } };
    expect(await outcomes).toMatchObject([dropped, dropped, dropped, dropped]);
    await comesBack();
    expect([sent('POST channels/leg'), sent('POST channels/c1/play'), sent('POST bridges/b1')]).toEqual([0, 0, 0]);
  });

  it('ends after 30 s', async () => {
    ari.decide = ({ uri }) => (uri.endsWith('eventFilter') ? { status: 500 } : undefined);
    await lose();
    const outcome = telephony.answer('c1').catch((error: unknown) => error);
    let over = false;
    void outcome.then(() => (over = true));
    await clock.advance(29_900);
    expect(over).toBe(false);
    await clock.advance(100);
    expect(await outcome).toMatchObject({ code: 'ari-disconnected' });
  });

  it('waits no longer once the engine stops, nor begins to', async () => {
    await lose();
    const waiting = telephony.muteVoice('c1').catch((error: unknown) => error);
    telephony.waitNoLonger();
    expect(await waiting).toMatchObject({ code: 'ari-disconnected' });
    await telephony.answer('c1');
    expect((await ari.requested('POST channels/c1/answer')).carrier).toBe('http');
    await telephony.close();
    expect(await telephony.answer('c1').catch((error: unknown) => error)).toMatchObject({ code: 'ari-disconnected' });
  });

  it('goes on after a moment when HTTP alone was lost', async () => {
    let lost = 0;
    ari.decide = ({ uri }) => {
      if (!uri.startsWith('channels/c1/answer') || lost++ > 0) return undefined;
      return new Promise<FakeAnswer>(() => undefined);
    };
    const done = telephony.answer('c1');
    await ari.requested('POST channels/c1/answer');
    ari.loseRequests();
    await until(() => clock.running > 1);
    await clock.advance(250);
    await done;
    expect(telephony.state).toBe('up');
    expect(sent('POST channels/c1/answer')).toBe(2);
  });
});
