import { once } from 'node:events';

import { AsteriskTelephony } from '../../src/ari/asterisk-telephony';
import * as frames from '../../src/ari/dtmf-frame';
import { isError } from '../../src/errors';
import type { LogFields } from '../../src/ports/logger';
import type { OfferedCall } from '../../src/ports/telephony';
import { ManualClock, settle } from '../support/manual-clock';
import {
  FakeAri,
  keyEvent,
  PASSWORD,
  stasisChannel,
  textFrame,
  USER,
  type FakeAnswer,
  type FakeRequest,
} from './fake-ari';

let ari: FakeAri;
let clock: ManualClock;
let telephony: AsteriskTelephony;
let log: string[];
let calls: OfferedCall[];

function makeTelephony(settings: { password?: string } = {}): AsteriskTelephony {
  const write = (event: string, fields?: LogFields): void => void log.push(`${event} ${JSON.stringify(fields ?? {})}`);
  const made = new AsteriskTelephony({
    url: ari.url,
    user: USER,
    password: settings.password ?? PASSWORD,
    app: 'hushtone',
    clock,
    logger: { debug: write, info: write, warn: write, error: write },
  });
  made.onCall((call) => calls.push(call));
  return made;
}

/** Waits for something that comes over a real socket. */
async function until(met: () => boolean): Promise<void> {
  while (!met()) await settle();
}

beforeEach(async () => {
  ari = await FakeAri.start();
  clock = new ManualClock();
  log = [];
  calls = [];
  telephony = makeTelephony();
});

afterEach(async () => {
  await telephony.close();
  await ari.close();
  expect(clock.running).toBe(0);
});

describe('while it is up', () => {
  it('lets no card be keyed on a log that somebody has switched on since, and says so', async () => {
    await telephony.start();
    await telephony.assertSafe('c1');
    let configuration = 'NOTICE DTMF ';
    ari.decide = ({ uri }) =>
      uri === 'asterisk/logging' ? { status: 200, body: [{ channel: 'keys.log', configuration }] } : undefined;
    await clock.advance(10_000);
    await expect(telephony.assertSafe('c1')).rejects.toMatchObject({ code: 'asterisk-unsafe' });
    expect(telephony.unsafe).toContain('the log keys.log records keys');
    configuration = 'NOTICE ';
    await until(() => telephony.unsafe === null);
    await telephony.assertSafe('c1');
  });
});

describe('start', () => {
  it('sets the event filter, RESTResponse included, and is then up', async () => {
    await telephony.start();
    const filter = await ari.requested('PUT applications/hushtone/eventFilter');
    expect(JSON.parse(filter.body)).toEqual({
      allowed: [
        'RESTResponse',
        'ApplicationReplaced',
        'StasisStart',
        'StasisEnd',
        'ChannelHangupRequest',
        'ChannelDestroyed',
        'ChannelDtmfReceived',
        'ChannelTransfer',
        'PlaybackStarted',
        'PlaybackFinished',
      ].map((type) => ({ type })),
    });
    expect(telephony.state).toBe('up');
  });

  it('offers the calls that were already waiting, and takes an event of the same call for no second one', async () => {
    ari.channels = [
      stasisChannel('old'),
      stasisChannel('foreign', 'other'),
      { ...stasisChannel('dialplan'), dialplan: { app_name: 'Wait', app_data: '' } },
    ];
    await telephony.start();
    ari.emit({ type: 'StasisStart', args: [], channel: stasisChannel('old') });
    await telephony.stopPlayback('fence');
    expect(calls).toEqual([{ channel: 'old', caller: '+15550100', did: '7001', adopted: true }]);
  });

  it('ends the bridges and legs of an engine of this name that nobody follows, and no others', async () => {
    const bridge = (id: string, name: string, channels: string[]): unknown => ({ id, name, channels });
    ari.bridges = [
      bridge('left', 'hushtone', []),
      bridge('silent', 'hushtone', ['stray']),
      bridge('busy', 'hushtone', ['caller', 'kept']),
      bridge('other', '', []),
    ];
    ari.channels = [
      stasisChannel('stray', 'hushtone', 'leg'),
      stasisChannel('kept', 'hushtone', 'leg'),
      stasisChannel('caller'),
      stasisChannel('foreign', 'other', 'leg'),
    ];
    telephony.follow('kept', {});
    await telephony.start();
    const ended = ari.requests.filter((one) => one.method === 'DELETE').map((one) => one.uri);
    expect(ended.sort()).toEqual(['bridges/left', 'bridges/silent', 'channels/stray']);
    expect(calls.map(({ channel }) => channel)).toEqual(['caller']);
  });

  it('refuses a wrong password, without saying it', async () => {
    const other = makeTelephony({ password: 'hunter2' });
    const error = await other.start().catch((caught: unknown) => caught);
    await other.close();
    expect(isError(error, 'asterisk-unavailable')).toBe(true);
    expect(String(error)).toContain('HUSHTONE_ARI_PASSWORD');
    expect(String(error)).not.toContain('hunter2');
  });

  it('refuses an Asterisk that is too old before connecting', async () => {
    ari.decide = ({ uri }) =>
      uri.startsWith('asterisk/info') ? { status: 200, body: { system: { version: '20.1.0' } } } : undefined;
    await expect(telephony.start()).rejects.toMatchObject({ code: 'asterisk-too-old' });
    expect(ari.connections).toBe(0);
    expect(telephony.state).toBe('closed');
  });
});

describe('commands', () => {
  beforeEach(() => telephony.start());

  const carrierOf = (start: string): Promise<string> => ari.requested(start).then((one) => one.carrier);

  it('that return at once go over the WebSocket', async () => {
    await telephony.play('c1', 'p1', ['sound:a', 'sound:b']);
    await telephony.stopPlayback('p1');
    await telephony.createBridge('b1');
    await telephony.destroyBridge('b1');
    await telephony.unmuteVoice('c1');
    await telephony.giveBack('c1');
    await telephony.readVariable('c1', 'BLINDTRANSFER');
    await telephony.hangUp('c1', 1);
    const over = ari.requests.filter((one) => one.carrier === 'websocket').map((one) => `${one.method} ${one.uri}`);
    expect(over).toEqual(
      [
        'POST channels/c1/play/p1?media=sound%3Aa,sound%3Ab',
        'DELETE playbacks/p1',
        'POST bridges/b1?type=mixing,dtmf_events&name=hushtone',
        'DELETE bridges/b1',
        'DELETE channels/c1/mute?direction=in',
        'POST channels/c1/continue',
        'GET channels/c1/variable?variable=BLINDTRANSFER',
        'DELETE channels/c1?reason_code=1',
      ].map((line) => line.replace('mixing,dtmf', 'mixing%2Cdtmf')),
    );
  });

  it('that wait for a channel go over HTTP', async () => {
    await telephony.answer('c1');
    await telephony.addToBridge('b1', 'c1', true);
    await telephony.readHeader('c1', 'X-Amount');
    await telephony.readVariable('c1', 'CHANNEL(state)');
    await telephony.dial({
      channel: 'leg',
      endpoint: 'PJSIP/outbound/sip:101@127.0.0.1',
      callerId: '+15550100',
      originator: 'c1',
      headers: { 'X-Result': 'approved' },
      ringMs: 1_500,
    });
    for (const start of [
      'POST channels/c1/answer',
      'POST bridges/b1/addChannel?channel=c1&absorbDTMF=true',
      'GET channels/c1/variable?variable=PJSIP_HEADER(read%2CX-Amount)',
      'GET channels/c1/variable?variable=CHANNEL(state)',
    ])
      expect(await carrierOf(start)).toBe('http');
    const dial = await ari.requested('POST channels/leg?');
    expect(dial.carrier).toBe('http');
    expect(dial.uri).toContain('originator=c1');
    expect(dial.uri).toContain('timeout=2');
    expect(JSON.parse(dial.body)).toEqual({
      variables: { 'PJSIP_HEADER(add,X-Result)': 'approved', 'PJSIP_TRANSFER_HANDLING()': 'ari-only' },
    });
  });

  it('of one channel that wait delay no other', async () => {
    let release: (answer: FakeAnswer) => void = () => undefined;
    ari.decide = ({ uri }) =>
      uri.startsWith('channels/slow/answer') ? new Promise<FakeAnswer>((resolve) => (release = resolve)) : undefined;
    const slow = telephony.answer('slow');
    await ari.requested('POST channels/slow/answer');
    await telephony.play('quick', 'p1', ['sound:a']);
    await telephony.answer('quick');
    release({ status: 204 });
    await slow;
  });

  it('mute the voice with a barrier behind the mute: it is in force only once that is answered', async () => {
    let release: (answer: FakeAnswer) => void = () => undefined;
    ari.decide = ({ uri }) =>
      uri.startsWith('channels/c1/variable') ? new Promise<FakeAnswer>((resolve) => (release = resolve)) : undefined;
    let inForce = false;
    const muting = telephony.muteVoice('c1').then(() => (inForce = true));
    const barrier = await ari.requested('POST channels/c1/variable');
    expect(barrier.carrier).toBe('http');
    expect(await carrierOf('POST channels/c1/mute?direction=in')).toBe('websocket');
    await settle();
    expect(inForce).toBe(false);
    release({ status: 204 });
    await muting;
  });

  it('answer behind the mute, once that is taken: the answer is its barrier', async () => {
    let release: (answer: FakeAnswer) => void = () => undefined;
    ari.decide = ({ uri }) =>
      uri.startsWith('channels/c1/mute') ? new Promise<FakeAnswer>((resolve) => (release = resolve)) : undefined;
    const answering = telephony.answer('c1');
    expect(await carrierOf('POST channels/c1/mute?direction=in')).toBe('websocket');
    await settle();
    expect(ari.requests.filter(({ uri }) => uri.startsWith('channels/c1/answer'))).toEqual([]);
    release({ status: 204 });
    expect(await answering).toBe(true);
    expect(ari.requests.slice(-2).map(({ uri }) => uri.replace(/\?.*/, ''))).toEqual([
      'channels/c1/mute',
      'channels/c1/answer',
    ]);
  });

  it('answer all the same when the mute is refused, and say so', async () => {
    ari.decide = ({ uri }) =>
      uri.startsWith('channels/c1/mute') ? { status: 409, body: { message: 'Channel not in Stasis' } } : undefined;
    expect(await telephony.answer('c1')).toBe(false);
    expect(await carrierOf('POST channels/c1/answer')).toBe('http');
  });

  it('that give a caller back tell the dialplan the way and the payment first', async () => {
    await telephony.giveBack('c1', { returnTo: 'PJSIP/outbound/sip:101@10.0.0.5', payment: 'approved' });
    expect(ari.requests.slice(-3).map(({ method, uri }) => `${method} ${decodeURIComponent(uri)}`)).toEqual([
      'POST channels/c1/variable?variable=_HUSHTONE_PAYMENT_RESULT&value=approved',
      'POST channels/c1/variable?variable=HUSHTONE_RETURN_TO&value=PJSIP/outbound/sip:101@10.0.0.5',
      'POST channels/c1/continue',
    ]);
  });

  it('that give back a caller whom the dialplan has already leave them there', async () => {
    ari.decide = ({ method }) =>
      method === 'GET' ? undefined : { status: 409, body: { message: 'Channel not in Stasis application' } };
    await telephony.giveBack('c1', { returnTo: 'PJSIP/outbound/sip:101@10.0.0.5', payment: null });
    expect(ari.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  it('on something already gone are a success where they end it, and a refusal elsewhere', async () => {
    ari.decide = ({ method }) =>
      method === 'GET' ? undefined : { status: 404, body: { message: 'Channel not found' } };
    await telephony.hangUp('c1');
    await telephony.giveBack('c1');
    await telephony.stopPlayback('p1');
    await telephony.destroyBridge('b1');
    await expect(telephony.answer('c1')).rejects.toMatchObject({ code: 'ari-refused' });
    await expect(telephony.play('c1', 'p', ['sound:a'])).rejects.toMatchObject({ code: 'ari-refused' });
    await expect(telephony.unmuteVoice('c1')).rejects.toMatchObject({ code: 'ari-refused' });
  });

  it('that are refused say neither what was sent nor what was answered', async () => {
    ari.decide = ({ uri }) =>
      uri.startsWith('channels/leg') ? { status: 400, body: { message: 'bad X-Secret: 12345' } } : undefined;
    const request = { channel: 'leg', endpoint: 'PJSIP/x', callerId: '1', originator: 'c', ringMs: 1 };
    const error = await telephony
      .dial({ ...request, headers: { 'X-Secret': '12345' } })
      .catch((caught: unknown) => caught);
    expect(String(error)).toBe(
      'HushtoneError: Asterisk refused a command: POST /channels/{channelId} was answered with 400',
    );
    expect(JSON.stringify(error)).not.toContain('12345');
  });

  it('with a header or endpoint that could break out are never sent', async () => {
    const request = { channel: 'leg', endpoint: 'PJSIP/x', callerId: '1', originator: 'c', ringMs: 1, headers: {} };
    const sent = ari.requests.length;
    for (const wrong of [
      { headers: { 'X-A': 'a\r\nX-B: c' } },
      { headers: { 'X A': 'a' } },
      { endpoint: 'a\nb' },
      { callerId: 'a\0' },
    ])
      await expect(telephony.dial({ ...request, ...wrong })).rejects.toMatchObject({ code: 'ari-refused' });
    await expect(telephony.readHeader('c1', 'X-A)')).rejects.toMatchObject({ code: 'ari-refused' });
    expect(ari.requests).toHaveLength(sent);
  });

  it.each([
    [{ status: 404, body: { message: 'Provided variable was not found' } }, null],
    [{ status: 500, body: { message: 'Unable to read provided function' } }, null],
    [{ status: 200, body: { value: '' } }, null],
    [{ status: 200, body: { value: '49.00' } }, '49.00'],
  ])('that read a header answered with %j give %j', async (answer, value) => {
    ari.decide = ({ uri }) => (uri.startsWith('channels/c1/variable') ? answer : undefined);
    expect(await telephony.readHeader('c1', 'X-Amount')).toBe(value);
  });

  it('that read a header of a channel that is gone are refused', async () => {
    ari.decide = () => ({ status: 404, body: { message: 'Provided channel was not found' } });
    await expect(telephony.readHeader('c1', 'X-Amount')).rejects.toMatchObject({ code: 'ari-refused' });
  });

  it('without an answer end with their time limit, on either way', async () => {
    const never = new Promise<FakeAnswer>(() => undefined);
    ari.decide = () => never;
    const play = telephony.play('c1', 'p1', ['sound:a']);
    const join = telephony.addToBridge('b1', 'c1', true);
    const outcomes = Promise.allSettled([play, join]);
    await ari.requested('POST channels/c1/play');
    await ari.requested('POST bridges/b1/addChannel');
    await clock.advance(10_000);
    expect(await outcomes).toMatchObject([{ reason: { code: 'ari-timeout' } }, { reason: { code: 'ari-timeout' } }]);
  });
});

describe('key presses', () => {
  let keys: number[];

  beforeEach(async () => {
    keys = [];
    await telephony.start();
    telephony.follow('c1', { onKey: (key) => keys.push(key) });
  });

  const pressed = (count: number): Promise<void> => until(() => keys.length === count);

  it('reach who follows the channel, in order, and nobody else', async () => {
    telephony.follow('c2', { onKey: () => keys.push(-1) });
    for (const digit of '4111#') ari.emit(keyEvent('c1', digit));
    ari.emit(keyEvent('nobody', '9'));
    ari.emit(keyEvent('c1', '*'));
    await pressed(6);
    expect(keys).toEqual([...Buffer.from('4111#*')]);
  });

  it('are read from frames that arrive in pieces and in heaps', async () => {
    const stream = Buffer.concat(
      Array.from('123456', (x) => x).map((digit) => textFrame(JSON.stringify(keyEvent('c1', digit)))),
    );
    for (let at = 0; at < stream.length; at += 97) {
      ari.emitRaw(stream.subarray(at, at + 97));
      await settle();
    }
    await pressed(6);
    ari.emitRaw(stream);
    await pressed(12);
    expect(keys.slice(6)).toEqual(keys.slice(0, 6));
  });

  it('never become text: no parser sees them, and their frame is wiped before anybody hears of them', async () => {
    const parse = jest.spyOn(JSON, 'parse');
    const read = jest.spyOn(frames, 'readKeyPress');
    let wiped = false;
    telephony.follow('c3', { onKey: () => (wiped = read.mock.calls[0]?.[0].every((byte) => byte === 0) ?? false) });
    ari.emit(keyEvent('c3', '7'));
    ari.emit(keyEvent('c1', '7'));
    await pressed(1);
    const parsed = parse.mock.calls.map(([text]) => text);
    parse.mockRestore();
    read.mockRestore();
    expect(parsed.filter((text) => text.includes('digit'))).toEqual([]);
    expect(wiped).toBe(true);
  });

  it('that cannot be read are wiped and logged without their content', async () => {
    ari.emit({ ...keyEvent('c1', '7'), digit: 'seven' });
    ari.emitRaw(textFrame('{"digit":"8","ty'));
    ari.emitRaw(textFrame('{"type":"Broken","digit":"9"'));
    ari.emit(keyEvent('c1', '1'));
    await pressed(1);
    expect(log.filter((line) => line.startsWith('ari-frame'))).toEqual(Array(3).fill('ari-frame-unreadable {}'));
    expect(keys).toEqual([0x31]);
  });
});

describe('events', () => {
  beforeEach(() => telephony.start());

  it('offer a new call and tell its end with its cause', async () => {
    const gone: number[] = [];
    telephony.onCall((call) => {
      calls.push(call);
      telephony.follow(call.channel, { onGone: (cause) => gone.push(cause) });
    });
    ari.emit({ type: 'StasisStart', args: [], channel: stasisChannel('c1') });
    ari.emit({ type: 'ChannelHangupRequest', cause: 17, channel: stasisChannel('c1') });
    ari.emit({ type: 'ChannelHangupRequest', cause: 32, soft: true, channel: stasisChannel('c1') });
    ari.emit({ type: 'StasisEnd', channel: stasisChannel('c1') });
    ari.emit({ type: 'ChannelDestroyed', cause: 16, channel: stasisChannel('c1') });
    await until(() => gone.length > 0);
    expect(calls).toEqual([{ channel: 'c1', caller: '+15550100', did: '7001', adopted: false }]);
    expect(gone).toEqual([17]);
  });

  it('tell that a playback has ended even when its answer comes after', async () => {
    const told: string[] = [];
    telephony.follow('c1', {
      onPlaybackStarted: (playback) => told.push(`started ${playback}`),
      onPlaybackFinished: (playback, failed) => told.push(`finished ${playback} ${failed}`),
    });
    ari.decide = ({ uri }) => {
      if (!uri.startsWith('channels/c1/play/p1')) return undefined;
      ari.emit({ type: 'PlaybackStarted', playback: { id: 'p1', state: 'playing' } });
      ari.emit({ type: 'PlaybackFinished', playback: { id: 'p1', state: 'failed' } });
      return { status: 201 };
    };
    await telephony.play('c1', 'p1', ['sound:a']);
    expect(told).toEqual(['started p1', 'finished p1 true']);
  });

  it('of a leg that is answered when nobody waits for it any more end it', async () => {
    ari.emit({ type: 'StasisStart', args: ['leg'], channel: stasisChannel('late', 'hushtone', 'leg') });
    await ari.requested('DELETE channels/late');
    expect(calls).toEqual([]);
  });

  it('of a channel that comes back from a REFER which nobody knows of offer it as one that was up', async () => {
    const dialplan = { context: 'hushtone-refer', exten: 's', app_name: 'Stasis', app_data: 'hushtone' };
    ari.emit({ type: 'StasisStart', args: [], channel: { ...stasisChannel('c1'), dialplan } });
    await until(() => calls.length === 1);
    expect(calls).toMatchObject([{ channel: 'c1', adopted: true }]);
  });

  it('that nobody asked for, from before the filter, mean nothing', async () => {
    ari.emit({ type: 'ChannelVarset', variable: 'X', value: '1', channel: stasisChannel('c1') });
    ari.emit({ type: 'StasisStart', args: [], channel: stasisChannel('c1') });
    await until(() => calls.length === 1);
  });
});

describe('a lost connection', () => {
  beforeEach(() => telephony.start());

  const reconnected = (count: number): Promise<void> =>
    until(() => log.filter((line) => line.startsWith('ari-up')).length === count);

  it('is opened again, with the filter, and commands under way that only end something end', async () => {
    ari.decide = ({ method }) => (method === 'DELETE' ? new Promise<FakeAnswer>(() => undefined) : undefined);
    const outcome = telephony.destroyBridge('b1').catch((error: unknown) => error);
    await ari.requested('DELETE bridges/b1');
    await ari.cut();
    expect(await outcome).toMatchObject({ code: 'ari-disconnected' });
    expect(telephony.state).toBe('down');
    await clock.advance(100);
    await reconnected(2);
    expect(ari.requests.filter((one) => one.uri.endsWith('eventFilter'))).toHaveLength(2);
    expect(telephony.state).toBe('up');
  });

  it('is tried again with pauses that double up to 5 s, and start afresh after a success', async () => {
    ari.decide = ({ uri }) => (uri.endsWith('eventFilter') ? { status: 500 } : undefined);
    await ari.cut();
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      await until(() => log.filter((line) => /^ari-(down|retry-failed)/.test(line)).length === attempt + 1);
      pauses.push(await pauseBeforeNextTry());
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    await until(() => log.filter((line) => line.startsWith('ari-retry-failed')).length === 8);
    ari.decide = () => undefined;
    await clock.advance(5_000);
    await reconnected(2);
    await ari.cut();
    await until(() => telephony.state === 'down');
    expect(await pauseBeforeNextTry()).toBe(100);
    await reconnected(3);
  });

  /** ms that pass until the telephony knocks again. */
  async function pauseBeforeNextTry(): Promise<number> {
    const before = ari.connections;
    let waited = 0;
    while (ari.connections === before) {
      await clock.advance(100);
      waited += 100;
      await settle();
      if (waited % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return waited;
  }

  it('is noticed when pings are not answered any more', async () => {
    ari.answersPings = false;
    const pinged = Promise.all(ari.sockets.map((socket) => once(socket, 'ping')));
    await clock.advance(5_000);
    await pinged;
    await clock.advance(5_000);
    await until(() => telephony.state === 'down');
  });

  it('is kept while pings are answered', async () => {
    for (let minute = 0; minute < 4; minute++) {
      await clock.advance(5_000);
      await settle();
    }
    expect(telephony.state).toBe('up');
    expect(ari.connections).toBe(1);
  });

  it('tells afterwards what was missed: channels gone, legs answered, playbacks ended, calls nobody follows', async () => {
    const told: string[] = [];
    for (const channel of ['gone', 'stays', 'leg'])
      telephony.follow(channel, {
        onAnswered: () => told.push(`${channel} answered`),
        onGone: (cause) => told.push(`${channel} gone ${cause}`),
        onPlaybackFinished: (playback, failed) => told.push(`${playback} ended ${failed}`),
      });
    for (const channel of ['gone', 'stays'])
      ari.emit({ type: 'StasisStart', args: [], channel: stasisChannel(channel) });
    await telephony.dial({
      channel: 'leg',
      endpoint: 'PJSIP/x',
      callerId: '1',
      originator: 'stays',
      headers: {},
      ringMs: 9_000,
    });
    await telephony.play('gone', 'p-gone', ['sound:a']);
    await telephony.play('stays', 'p-ended', ['sound:a']);
    await telephony.play('stays', 'p-running', ['sound:a']);
    ari.emit({ type: 'PlaybackStarted', playback: { id: 'p-ended', state: 'playing' } });
    await telephony.stopPlayback('fence');
    await ari.cut();
    ari.channels = [stasisChannel('stays'), stasisChannel('leg', 'hushtone', 'leg'), stasisChannel('stranger')];
    ari.decide = ({ uri }) => (uri === 'playbacks/p-ended' ? { status: 404 } : undefined);
    await clock.advance(100);
    await reconnected(2);
    expect(told.sort()).toEqual(['gone gone 31', 'leg answered', 'p-ended ended false', 'p-gone ended true']);
    expect(ari.requests.filter((one) => one.uri === 'channels/leg' && one.method === 'DELETE')).toEqual([]);
    expect(calls.map((call) => `${call.channel} ${call.adopted}`)).toEqual(['stranger true']);
    const subscribed = ari.requests
      .filter((one) => one.uri.includes('subscription'))
      .map((one) => one.uri.split('=')[1]);
    expect(subscribed).toEqual(['channel%3Astays', 'channel%3Aleg', 'channel%3Astranger']);
  });

  it('hangs up afterwards what it could not be told to, once', async () => {
    for (const channel of ['ended', 'went']) {
      telephony.follow(channel, {})();
      ari.emit({ type: 'StasisStart', args: [], channel: stasisChannel(channel) });
    }
    await until(() => calls.length === 2);
    ari.decide = ({ method }) => (method === 'DELETE' ? new Promise<FakeAnswer>(() => undefined) : undefined);
    const hangUps = Promise.allSettled([telephony.hangUp('ended'), telephony.hangUp('went')]);
    await ari.requested('DELETE channels/went');
    await ari.cut();
    expect(await hangUps).toMatchObject([{ reason: { code: 'ari-disconnected' } }, { status: 'rejected' }]);
    const before = ari.requests.length;
    ari.decide = () => undefined;
    ari.channels = [stasisChannel('ended')];
    for (const connection of [2, 3]) {
      await clock.advance(100);
      await reconnected(connection);
      await ari.cut();
      await until(() => telephony.state === 'down');
    }
    const ended = ari.requests.slice(before).filter(({ method }) => method === 'DELETE');
    expect(ended.map(({ uri }) => uri)).toEqual(['channels/ended']);
  });

  it('offers no call that goes while it is found out about', async () => {
    await ari.cut();
    ari.channels = [stasisChannel('going'), stasisChannel('went')];
    ari.decide = ({ uri }) => {
      if (uri.includes('subscription') && uri.includes('went')) return { status: 422 };
      if (!uri.includes('subscription')) return undefined;
      ari.emit({ type: 'StasisEnd', channel: stasisChannel('going') });
      return settle().then(() => ({ status: 204 }));
    };
    await clock.advance(100);
    await reconnected(2);
    expect(calls).toEqual([]);
  });

  it('does not keep calls from being ended: such commands go over HTTP meanwhile', async () => {
    await ari.cut();
    await until(() => telephony.state === 'down');
    await telephony.hangUp('c1');
    expect((await ari.requested('DELETE channels/c1')).carrier).toBe('http');
  });

  it('is not opened again after close', async () => {
    await telephony.close();
    await clock.advance(60_000);
    expect(ari.connections).toBe(1);
    expect(telephony.state).toBe('closed');
  });

  it('is given up when another engine has taken the application name', async () => {
    ari.emit({ type: 'ApplicationReplaced', application: 'hushtone' });
    await until(() => telephony.state === 'replaced');
    await ari.until(() => ari.sockets.length === 0);
    await clock.advance(60_000);
    expect(ari.connections).toBe(1);
    expect(log.some((line) => line.startsWith('ari-replaced'))).toBe(true);
  });

  it('that comes back as an Asterisk which is unsafe stays down', async () => {
    await ari.cut();
    ari.decide = ({ uri }) =>
      uri === 'asterisk/modules' ? { status: 200, body: [{ name: 'bridge_native_rtp.so' }] } : undefined;
    await clock.advance(100);
    await until(() => log.some((line) => line.includes('bridge_native_rtp')));
    expect(telephony.state).toBe('down');
  });
});

describe('a REFER of ours', () => {
  const heard: string[] = [];

  beforeEach(() => {
    heard.length = 0;
  });

  const variable = (): FakeRequest | undefined => ari.requests.find(({ uri }) => uri.includes('HUSHTONE_REFER_TO'));

  async function referred(): Promise<{ result: Promise<string> }> {
    await telephony.start();
    telephony.follow('c1', { onGone: (cause) => heard.push(`gone ${cause}`) });
    ari.emit({ type: 'StasisStart', args: [], channel: stasisChannel('c1') });
    const result = telephony.refer('c1', 'sip:101@10.0.0.5', { returnTo: 'PJSIP/agent-101', payment: 'approved' });
    await ari.requested('POST channels/c1/continue');
    ari.emit({ type: 'StasisEnd', channel: stasisChannel('c1') });
    return { result };
  }

  it('is carried out by the dialplan, and taken when the channel does not come back', async () => {
    const { result } = await referred();
    expect(variable()?.uri).toContain('value=PJSIP%2Fsip%3A101%4010.0.0.5');
    expect(ari.requests.some(({ uri }) => uri.includes('HUSHTONE_RETURN_TO&value=PJSIP%2Fagent-101'))).toBe(true);
    expect(ari.requests.some(({ uri }) => uri.includes('_HUSHTONE_PAYMENT_RESULT&value=approved'))).toBe(true);
    expect((await ari.requested('POST applications/hushtone/subscription')).uri).toContain('channel%3Ac1');
    const way = await ari.requested('POST channels/c1/continue');
    expect(way.uri).toContain('context=hushtone-refer&extension=s&priority=1');
    ari.emit({ type: 'ChannelDestroyed', cause: 16, channel: stasisChannel('c1') });
    expect(await result).toBe('answered');
    expect(heard).toEqual(['gone 16']);
  });

  it.each([
    ['486', 'busy'],
    ['600', 'busy'],
    ['408', 'no-answer'],
    ['480', 'no-answer'],
    ['487', 'no-answer'],
    ['603', 'failed'],
    ['404', 'failed'],
    ['', 'failed'],
  ])('refused with %j comes back as %s, and is the same call', async (status, outcome) => {
    ari.decide = ({ uri }) =>
      uri.includes('TRANSFERSTATUSPROTOCOL') ? { status: 200, body: { value: status } } : undefined;
    const { result } = await referred();
    ari.emit({ type: 'StasisStart', args: [], channel: stasisChannel('c1') });
    expect(await result).toBe(outcome);
    expect(heard).toEqual([]);
  });

  /** The channel as it is found, in this context of the dialplan. */
  const foundIn = (context: string): unknown => ({
    ...stasisChannel('c1'),
    dialplan: { context, exten: 's', priority: 1, app_name: 'Transfer', app_data: '' },
  });

  it('that another process sent is awaited, and its outcome told when the channel comes back', async () => {
    ari.decide = ({ uri }) => {
      if (uri === 'channels/c1') return { status: 200, body: foundIn('hushtone-refer') };
      return uri.includes('TRANSFERSTATUSPROTOCOL') ? { status: 200, body: { value: '486' } } : undefined;
    };
    await telephony.start();
    telephony.follow('c1', { onGone: (cause) => heard.push(`gone ${cause}`) });
    const result = telephony.referred('c1');
    expect((await ari.requested('POST applications/hushtone/subscription')).uri).toContain('channel%3Ac1');
    ari.emit({ type: 'StasisStart', args: [], channel: stasisChannel('c1') });
    expect(await result).toBe('busy');
    expect(await telephony.referred('c1')).toBe('busy');
    expect([calls, heard]).toEqual([[], []]);
  });

  it('that another process sent is lost when the dialplan serves the caller by itself', async () => {
    ari.decide = ({ uri }) => (uri === 'channels/c1' ? { status: 200, body: foundIn('without-engine') } : undefined);
    await telephony.start();
    expect(await telephony.referred('c1')).toBe('lost');
  });

  it('is lost when the caller came back while the connection was lost, and the dialplan serves them', async () => {
    const { result } = await referred();
    await telephony.hangUp('nobody');
    await ari.cut();
    await until(() => telephony.state === 'down');
    ari.channels = [foundIn('without-engine')];
    await clock.advance(100);
    expect(await result).toBe('lost');
    expect(heard).toEqual([]);
  });

  it('that another process sent was taken when the channel goes, and is lost when it had gone before', async () => {
    ari.decide = ({ uri }) => (uri === 'channels/c1' ? { status: 200, body: foundIn('hushtone-refer') } : undefined);
    await telephony.start();
    for (const channel of ['c1', 'c2']) telephony.follow(channel, { onGone: () => heard.push(`gone ${channel}`) });
    const taken = telephony.referred('c1');
    await ari.requested('POST applications/hushtone/subscription');
    ari.emit({ type: 'ChannelDestroyed', cause: 16, channel: stasisChannel('c1') });
    expect(await taken).toBe('answered');
    ari.decide = ({ uri }) => (uri.includes('subscription') ? { status: 422 } : undefined);
    expect(await telephony.referred('c2')).toBe('lost');
    expect(heard).toEqual(['gone c1']);
  });

  it.each(['sip:101@10.0.0.5\r\nX-Evil: 1', `sip:${'1'.repeat(600)}@h`])('to %j is never sent', async (address) => {
    await telephony.start();
    await expect(
      telephony.refer('c1', address, { returnTo: 'PJSIP/agent-101', payment: 'approved' }),
    ).rejects.toMatchObject({ code: 'ari-refused' });
    expect(variable()).toBeUndefined();
  });
});

describe('a REFER of whoever answered a leg', () => {
  const heard: string[] = [];

  it('is told with its number, once, and answered as decided', async () => {
    await telephony.start();
    telephony.follow('leg', { onReferral: (number) => heard.push(`referral ${number}`) });
    const asked = {
      type: 'ChannelTransfer',
      refer_to: { requested_destination: { destination: '7001' } },
      referred_by: { source_channel: stasisChannel('leg') },
    };
    ari.emit(asked);
    ari.emit({ ...asked, state: 'channel_answered' });
    ari.emit({ ...asked, refer_to: { requested_destination: {} } });
    await telephony.answerReferral('leg', true);
    await telephony.answerReferral('leg', false);
    expect(heard).toEqual(['referral 7001', 'referral ']);
    const asks = ari.requests.filter(({ uri }) => uri.includes('channels/leg/')).map(({ uri }) => uri);
    // Each time only once the thread that deals with the REFER has done with it: Asterisk would crash.
    expect(asks).toEqual([
      expect.stringContaining('variable?variable=CHANNEL'),
      expect.stringContaining('states=channel_answered'),
      expect.stringContaining('variable?variable=CHANNEL'),
      expect.stringContaining('states=channel_declined'),
    ]);
  });
});
