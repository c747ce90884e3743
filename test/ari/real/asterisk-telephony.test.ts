import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { connect as connectObserver } from 'ari-client';
import { WebSocket } from 'ws';

import type { AriTimes } from '../../../src/ari/ari-times';
import { AsteriskTelephony } from '../../../src/ari/asterisk-telephony';
import { startPrivateAsterisk, type PrivateAsterisk } from '../../../src/asterisk/private-asterisk';
import { ariTypesFrom } from '../../../src/cli/generate-ari';
import type { LogFields } from '../../../src/ports/logger';
import type { OfferedCall } from '../../../src/ports/telephony';
import { PATIENCE_MS } from '../../../src/lab/patience';
import { SystemClock } from '../../../src/observe/system-clock';
import { CuttableProxy } from '../support/cuttable-proxy';
import { startSipp, type SippCall } from '../support/sipp';
import {
  callerWhoHangsUp,
  callerWhoIsReferred,
  callerWhoIsRefused,
  callerWhoKeys,
  telephoneThatAnswers,
  telephoneThatIsBusy,
  telephoneThatRings,
  telephoneThatTalks,
} from '../support/sipp-scenarios';

const PROJECT = path.join(__dirname, '../../..');
const LONG_SOUND = 'sound:demo-congrats';
const POLL_MS = 20;
const KEYS = '4111111111111111';

let asterisk: PrivateAsterisk;
const clock = new SystemClock();

beforeAll(async () => {
  asterisk = await startPrivateAsterisk({
    projectDir: PROJECT,
    configDir: path.join(PROJECT, 'asterisk-config'),
    soundsDir: path.join(PROJECT, 'sounds'),
    sipPort: 0,
    name: 'hushtone-ari',
  });
});

afterAll(async () => {
  await asterisk.stop();
});

/** What happened on one channel, as words, and a way to wait for them. */
class Story {
  readonly told: string[] = [];
  readonly keys: { readonly key: number; readonly at: number; readonly heard: number }[] = [];
  private readonly waiting: (() => void)[] = [];

  tell(what: string): void {
    this.told.push(what);
    for (const one of this.waiting.splice(0)) one();
  }

  async until(met: () => boolean, what = 'what was awaited'): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    const alarm = setTimeout(() => {
      this.tell('(deadline)');
    }, PATIENCE_MS + 1);
    try {
      while (!met()) {
        if (performance.now() >= deadline) throw new Error(`${what} did not come; what came: ${this.told.join(', ')}`);
        await new Promise<void>((resolve) => this.waiting.push(resolve));
      }
    } finally {
      clearTimeout(alarm);
    }
  }

  async heard(what: string): Promise<void> {
    await this.until(() => this.told.includes(what), what);
  }
}

interface Rig {
  readonly telephony: AsteriskTelephony;
  /** What was logged. */
  readonly log: Story;
  follow(channel: string): Story;
  /** The next call that is offered. */
  nextCall(): Promise<OfferedCall>;
}

const rigs: AsteriskTelephony[] = [];
const peers: SippCall[] = [];

function makeRig(settings: { url?: string; password?: string; times?: Partial<AriTimes> } = {}): Rig {
  const log = new Story();
  const write = (event: string, fields?: LogFields): void => {
    log.tell(`${event} ${JSON.stringify(fields ?? {})}`);
  };
  const offered: OfferedCall[] = [];
  let offer: (call: OfferedCall) => void = (call) => offered.push(call);
  const telephony = new AsteriskTelephony({
    url: settings.url ?? asterisk.ariUrl,
    user: asterisk.user,
    password: settings.password ?? asterisk.password,
    app: 'hushtone',
    times: settings.times ?? {},
    clock,
    logger: { debug: write, info: write, warn: write, error: write },
  });
  rigs.push(telephony);
  telephony.onCall((call) => {
    offer(call);
  });
  return {
    telephony,
    log,
    follow: (channel) => follow(telephony, channel),
    nextCall: () => {
      const waiting = offered.shift();
      if (waiting !== undefined) return Promise.resolve(waiting);
      return new Promise((resolve) => {
        offer = (call) => {
          offer = (later) => offered.push(later);
          resolve(call);
        };
      });
    },
  };
}

function follow(telephony: AsteriskTelephony, channel: string): Story {
  const story = new Story();
  telephony.follow(channel, {
    onKey: (key, at) => {
      story.keys.push({ key, at, heard: Date.now() });
      story.tell('key');
    },
    onAnswered: () => {
      story.tell('answered');
    },
    onPlaybackStarted: (playback) => {
      story.tell(`started ${playback}`);
    },
    onPlaybackFinished: (playback, failed) => {
      story.tell(`finished ${playback} ${failed ? 'failed' : 'well'}`);
    },
    onGone: (cause) => {
      story.tell(`gone ${cause}`);
    },
  });
  return story;
}

async function call(scenario: string): Promise<SippCall> {
  const peer = await startSipp(scenario, { host: `127.0.0.1:${asterisk.sipPort}`, service: '7001' });
  peers.push(peer);
  return peer;
}

async function telephone(scenario: string): Promise<SippCall> {
  const peer = await startSipp(scenario);
  peers.push(peer);
  return peer;
}

/** A caller who has been answered. */
async function answeredCall(
  rig: Rig,
  scenario = callerWhoKeys(''),
): Promise<{ channel: string; story: Story; peer: SippCall }> {
  const offered = rig.nextCall();
  const peer = await call(scenario);
  const left = peer.done.then((): never => {
    throw new Error('the caller left before the call was offered');
  });
  left.catch(() => undefined);
  const { channel } = await Promise.race([offered, left]);
  const story = rig.follow(channel);
  await rig.telephony.answer(channel);
  return { channel, story, peer };
}

/** A leg to a telephone that has answered it. */
async function answeredLeg(
  rig: Rig,
  originator: string,
): Promise<{ channel: string; unfollow: () => void; peer: SippCall }> {
  const peer = await telephone(telephoneThatTalks());
  const channel = `leg-${peer.sipPort}`;
  let unfollow = (): void => undefined;
  const answered = new Promise<void>((resolve) => {
    unfollow = rig.telephony.follow(channel, { onAnswered: resolve });
  });
  await rig.telephony.dial({
    channel,
    endpoint: `PJSIP/outbound/sip:agent@127.0.0.1:${peer.sipPort}`,
    callerId: '442071838750',
    originator,
    headers: {},
    ringMs: 5_000,
  });
  await answered;
  return { channel, unfollow, peer };
}

async function send(method: string, resource: string, body?: unknown): Promise<unknown> {
  const login = Buffer.from(`${asterisk.user}:${asterisk.password}`).toString('base64');
  const response = await fetch(`${asterisk.ariUrl}/ari/${resource}`, {
    method,
    headers: { authorization: `Basic ${login}`, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return response.json();
}

const ask = async <T>(resource: string): Promise<T> => (await send('GET', resource)) as T;

/** Asks until it is so: what an event tells, or a SIP message, may be a moment ahead of what Asterisk lists. */
async function asked<T>(resource: string, met: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask<T>(resource);
    if (met(answer)) return answer;
    if (performance.now() >= deadline) throw new Error(`${resource} stayed ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Waits until these are the channels of Asterisk, and no others. */
async function onlyChannels(...wanted: readonly string[]): Promise<void> {
  await asked<{ id: string }[]>(
    'channels',
    (all) => all.length === wanted.length && all.every(({ id }) => wanted.includes(id)),
  );
}

/** Waits until Asterisk has these bridges with these channels in them, and no others. */
async function onlyBridges(...wanted: readonly { readonly id: string; readonly channels: string[] }[]): Promise<void> {
  const told = (all: readonly { readonly id: string; readonly channels: string[] }[]): string =>
    JSON.stringify(all.map(({ id, channels }) => [id, channels]));
  await asked<{ id: string; channels: string[] }[]>('bridges', (all) => told(all) === told(wanted));
}

afterEach(async () => {
  await asterisk.control('channel request hangup all');
  await Promise.allSettled(
    peers.splice(0).map(async (peer) => {
      peer.kill();
      await peer.done;
    }),
  );
  await Promise.all(rigs.splice(0).map((telephony) => telephony.close()));
  expect(clock.running).toBe(0);
  await onlyChannels();
});

describe('an Asterisk', () => {
  it('is refused with the wrong password', async () => {
    const { telephony } = makeRig({ password: 'wrong' });
    await expect(telephony.start()).rejects.toMatchObject({ code: 'asterisk-unavailable' });
  });

  it('tells which of its calls are recorded, once it can record', async () => {
    const idle = makeRig();
    await idle.telephony.start();
    const before = await answeredCall(idle);
    expect(await idle.telephony.isRecorded(before.channel)).toBe(false);
    await idle.telephony.close();

    await asterisk.control('module load app_mixmonitor.so');
    try {
      const rig = makeRig();
      await rig.telephony.start();
      const { channel } = await answeredCall(rig);
      expect(await rig.telephony.isRecorded(channel)).toBe(false);
      const [{ name } = { name: '' }] = (await ask<{ id: string; name: string }[]>('channels')).filter(
        ({ id }) => id === channel,
      );
      await asterisk.control(`mixmonitor start ${name} recorded.wav`);
      expect(await rig.telephony.isRecorded(channel)).toBe(true);
    } finally {
      await asterisk.control('channel request hangup all');
      await asterisk.control('module unload app_mixmonitor.so');
    }
  });

  it('is refused while it has native RTP bridging or a log that takes keys', async () => {
    await asterisk.control('module load bridge_native_rtp.so');
    const { telephony } = makeRig();
    await expect(telephony.start()).rejects.toMatchObject({ code: 'asterisk-unsafe' });
    await asterisk.control('module unload bridge_native_rtp.so');
    await asterisk.control('logger add channel keys.log dtmf');
    await expect(telephony.start()).rejects.toMatchObject({ code: 'asterisk-unsafe' });
    await asterisk.control('logger remove channel keys.log');
    await telephony.start();
    expect(telephony.state).toBe('up');
  });
});

describe('an independent observer (ari-client, subscribed to everything)', () => {
  it('keeps the engine from starting as long as it would be told keys, and sees none once it is not', async () => {
    // It says on the console that it finds the api-docs old-fashioned.
    const silence = jest.spyOn(console, 'log').mockReturnValue(undefined);
    const observer = await connectObserver(asterisk.ariUrl, asterisk.user, asterisk.password);
    silence.mockRestore();
    const seen: string[] = [];
    const gone = new Story();
    for (const type of ['StasisStart', 'BridgeCreated', 'ChannelEnteredBridge', 'ChannelDtmfReceived'])
      observer.on(type, (event) => seen.push(event.type));
    observer.on('ChannelDestroyed', () => {
      gone.tell('gone');
    });
    await observer.start('observer', true);
    const rig = makeRig();
    await expect(rig.telephony.start()).rejects.toMatchObject({ code: 'asterisk-unsafe' });
    await send('PUT', 'applications/observer/eventFilter', { disallowed: [{ type: 'ChannelDtmfReceived' }] });
    await rig.telephony.start();
    const { channel, story, peer } = await answeredCall(rig, callerWhoKeys('4111'));
    await rig.telephony.createBridge('br-observed');
    await rig.telephony.addToBridge('br-observed', channel, true);
    peer.goOn();
    await story.until(() => story.keys.length === 4);
    await rig.telephony.hangUp(channel);
    await rig.telephony.destroyBridge('br-observed');
    // The last that is told of a channel.
    await gone.heard('gone');
    observer.stop();
    expect(seen).toEqual(expect.arrayContaining(['BridgeCreated', 'ChannelEnteredBridge']));
    expect(seen).not.toContain('ChannelDtmfReceived');
  });
});

describe('the generated types', () => {
  it('are those of the api-docs that this Asterisk serves', async () => {
    const url = new URL(`${asterisk.ariUrl}/ari`);
    url.username = asterisk.user;
    url.password = asterisk.password;
    const committed = readFileSync(path.join(PROJECT, 'src/ari/generated/ari-types.ts'), 'utf8');
    expect(await ariTypesFrom(url.href)).toBe(committed);
  });
});

describe('a call from a SIP trunk', () => {
  it('is offered unanswered, with its headers, and gives 16 of 16 keys from inside its bridge', async () => {
    const rig = makeRig();
    await rig.telephony.start();
    const offered = rig.nextCall();
    const peer = await call(callerWhoKeys(KEYS, { 'X-Amount': '49.00', 'X-Order-Id': 'A-1001' }));
    const one = await offered;
    expect(one).toMatchObject({ caller: '442071838750', did: '7001', adopted: false });
    const story = rig.follow(one.channel);
    expect(await rig.telephony.readHeader(one.channel, 'X-Amount')).toBe('49.00');
    expect(await rig.telephony.readHeader(one.channel, 'X-Order-Id')).toBe('A-1001');
    expect(await rig.telephony.readHeader(one.channel, 'X-Nothing')).toBeNull();
    expect(await rig.telephony.readVariable(one.channel, 'BLINDTRANSFER')).toBeNull();

    await rig.telephony.createBridge('br-keys');
    await rig.telephony.answer(one.channel);
    await rig.telephony.addToBridge('br-keys', one.channel, true);
    const bridge = await ask<{ bridge_type: string; technology: string; channels: string[] }>('bridges/br-keys');
    expect(bridge).toMatchObject({ bridge_type: 'mixing', channels: [one.channel] });
    peer.goOn();
    await story.until(() => story.keys.length === KEYS.length);
    expect(Buffer.from(story.keys.map(({ key }) => key)).toString()).toBe(KEYS);
    // One by one, as they are pressed: Asterisk's own times are of some keys after others were heard.
    expect(story.keys[0]?.heard).toBeLessThan(story.keys.at(-1)?.at ?? 0);
    expect(rig.log.told.join()).not.toContain('unreadable');

    await rig.telephony.hangUp(one.channel);
    await story.heard('gone 16');
    await rig.telephony.destroyBridge('br-keys');
    await rig.telephony.destroyBridge('br-keys');
    await rig.telephony.hangUp(one.channel);
    await onlyBridges();
  });

  it('is refused as an unknown number with cause 1: 404 for the caller', async () => {
    const rig = makeRig();
    await rig.telephony.start();
    const offered = rig.nextCall();
    const peer = await call(callerWhoIsRefused(404));
    const { channel } = await offered;
    const story = rig.follow(channel);
    await rig.telephony.hangUp(channel, 1);
    await story.heard('gone 1');
    await peer.done;
  });

  it('is gone, once, when the caller hangs up', async () => {
    const rig = makeRig();
    await rig.telephony.start();
    const { story, peer } = await answeredCall(rig, callerWhoHangsUp());
    peer.goOn();
    await story.heard('gone 16');
    await peer.done;
    expect(story.told).toEqual(['gone 16']);
  });

  it('is spoken to by the dialplan after being given back', async () => {
    const rig = makeRig();
    await rig.telephony.start();
    const { channel, story, peer } = await answeredCall(rig);
    await rig.telephony.giveBack(channel);
    await story.heard('gone 16');
    await rig.telephony.giveBack(channel);
    await peer.done;
  });
});

describe('a playback', () => {
  it('starts and finishes once for a list, can be stopped, and fails when nothing of it can be played', async () => {
    const rig = makeRig();
    await rig.telephony.start();
    const { channel, story } = await answeredCall(rig);
    await rig.telephony.play(channel, 'list', ['sound:beep', 'sound:beep']);
    await story.heard('finished list well');
    await rig.telephony.play(channel, 'long', [LONG_SOUND]);
    await story.heard('started long');
    await rig.telephony.stopPlayback('long');
    await rig.telephony.stopPlayback('long');
    await story.heard('finished long well');
    await rig.telephony.play(channel, 'none', ['sound:no-such-recording']);
    await story.heard('finished none failed');
    expect(story.told.filter((what) => what.includes('list'))).toEqual(['started list', 'finished list well']);
  });

  it('is reported as ended before its channel is gone', async () => {
    const rig = makeRig();
    await rig.telephony.start();
    const { channel, story } = await answeredCall(rig);
    await rig.telephony.play(channel, 'cut', [LONG_SOUND]);
    await story.heard('started cut');
    await rig.telephony.hangUp(channel);
    await story.heard('gone 16');
    expect(story.told.slice(1).map((what) => what.split(' ')[0])).toEqual(['finished', 'gone']);
  });

  it('that keeps a command of its channel waiting delays no other channel', async () => {
    const rig = makeRig({ times: { waitingCommandMs: PATIENCE_MS } });
    await rig.telephony.start();
    const busy = await answeredCall(rig);
    const free = await answeredCall(rig);
    await rig.telephony.play(busy.channel, 'long', [LONG_SOUND]);
    await busy.story.heard('started long');
    let waits = true;
    const muting = rig.telephony.muteVoice(busy.channel).then(() => (waits = false));
    for (let turn = 0; turn < 10; turn++) {
      await rig.telephony.play(free.channel, `p${turn}`, ['sound:beep']);
      await free.story.heard(`started p${turn}`);
      await rig.telephony.stopPlayback(`p${turn}`);
      await free.story.until(() => free.story.told.some((what) => what.startsWith(`finished p${turn} `)));
      await rig.telephony.muteVoice(free.channel);
      await rig.telephony.unmuteVoice(free.channel);
      // Read over the WebSocket, of the very channel that is busy.
      await rig.telephony.readVariable(busy.channel, 'BLINDTRANSFER');
    }
    // All of this was carried out before what waits.
    expect(waits).toBe(true);
    expect(busy.story.told).toEqual(['started long']);
    await rig.telephony.stopPlayback('long');
    await muting;
  });
});

describe('a leg that we dial', () => {
  const legTo = (peer: { readonly sipPort: number }, originator: string, ringMs = 5_000) => ({
    channel: `leg-${peer.sipPort}`,
    endpoint: `PJSIP/outbound/sip:agent@127.0.0.1:${peer.sipPort}`,
    callerId: '442071838750',
    originator,
    headers: { 'X-Payment-Result': 'approved', 'X-Reference': 'A-1001-1' },
    ringMs,
  });

  it('carries our headers, is answered, joins the bridge, and tells when the agent hangs up', async () => {
    const rig = makeRig();
    await rig.telephony.start();
    const { channel } = await answeredCall(rig);
    await rig.telephony.createBridge('br-leg');
    await rig.telephony.addToBridge('br-leg', channel, true);
    const agent = await telephone(telephoneThatAnswers('X-Payment-Result', 'approved'));
    const leg = legTo(agent, channel);
    const story = rig.follow(leg.channel);
    await rig.telephony.dial(leg);
    await story.heard('answered');
    await rig.telephony.addToBridge('br-leg', leg.channel, true);
    agent.goOn();
    await story.heard('gone 16');
    await agent.done;
    expect(story.told).toEqual(['answered', 'gone 16']);
    await rig.telephony.destroyBridge('br-leg');
  });

  it.each([
    ['that is busy', telephoneThatIsBusy, 5_000, 17],
    ['that nobody answers within the ring time', telephoneThatRings, 1_000, 19],
  ])('to a telephone %s is gone with the cause', async (_what, scenario, ringMs, cause) => {
    const rig = makeRig();
    await rig.telephony.start();
    const { channel } = await answeredCall(rig);
    const agent = await telephone(scenario());
    const leg = legTo(agent, channel, ringMs);
    const story = rig.follow(leg.channel);
    await rig.telephony.dial(leg);
    await story.heard(`gone ${cause}`);
    await agent.done;
    expect(story.told).toEqual([`gone ${cause}`]);
  });

  it('can be given up while it rings', async () => {
    const rig = makeRig();
    await rig.telephony.start();
    const { channel } = await answeredCall(rig);
    const agent = await telephone(telephoneThatRings());
    const leg = legTo(agent, channel);
    const story = rig.follow(leg.channel);
    await rig.telephony.dial(leg);
    await rig.telephony.hangUp(leg.channel);
    await story.until(() => story.told.length > 0);
    expect(story.told).toEqual([expect.stringMatching(/^gone \d+$/)]);
  });
});

describe('a REFER', () => {
  const FAREWELL = { returnTo: 'PJSIP/agent-101', payment: 'approved' };

  it.each([
    ['486 Busy Here', 'busy'],
    ['408 Request Timeout', 'no-answer'],
    ['603 Decline', 'failed'],
  ])('whose attempt ends with %s has the caller back, and says so', async (status, outcome) => {
    const rig = makeRig();
    await rig.telephony.start();
    const { channel, story, peer } = await settledCall(rig, callerWhoIsReferred(status));
    const referred = rig.telephony.refer(channel, 'sip:101@127.0.0.1:9', FAREWELL);
    await untilOnErrand(channel);
    peer.goOn();
    expect(await referred).toBe(outcome);
    expect(story.told.filter((what) => what.startsWith('gone'))).toEqual([]);
    await rig.telephony.hangUp(channel);
    await story.heard('gone 16');
  });

  it('of an engine that died is awaited by the next', async () => {
    const dead = makeRig();
    await dead.telephony.start();
    const { channel, peer } = await settledCall(dead, callerWhoIsReferred('486 Busy Here'));
    dead.telephony.refer(channel, 'sip:101@127.0.0.1:9', FAREWELL).catch(() => undefined);
    await untilOnErrand(channel);
    await dead.telephony.close();
    const next = makeRig();
    const story = next.follow(channel);
    await next.telephony.start();
    const referred = next.telephony.referred(channel);
    peer.goOn();
    expect(await referred).toBe('busy');
    await next.telephony.createBridge('br-back');
    await next.telephony.addToBridge('br-back', channel, true);
    await next.telephony.hangUp(channel);
    await story.heard('gone 16');
    await next.telephony.destroyBridge('br-back');
    // Until then, an end of it that we see counts as the end of a REFER.
    await onlyChannels();
    expect(await next.telephony.referred(channel)).toBe('lost');
  });

  /** A caller whose ACK has surely come: a REFER that overtakes it is lost on the caller's side. */
  async function settledCall(rig: Rig, scenario: string): ReturnType<typeof answeredCall> {
    const settled = await answeredCall(rig, scenario);
    await rig.telephony.play(settled.channel, 'settled', ['sound:beep']);
    await settled.story.heard('finished settled well');
    return settled;
  }

  /** Waits until the dialplan is carrying the REFER out. */
  async function untilOnErrand(channel: string): Promise<void> {
    await asked<{ dialplan: { app_name: string } }>(
      `channels/${channel}`,
      ({ dialplan }) => dialplan.app_name === 'Transfer',
    );
  }
});

describe('a lost connection', () => {
  it('is mended: keys flow again, what went away is told, what nobody follows is offered', async () => {
    const proxy = await CuttableProxy.to(Number(new URL(asterisk.ariUrl).port));
    const rig = makeRig({ url: `http://127.0.0.1:${proxy.port}` });
    await rig.telephony.start();
    const stays = await answeredCall(rig, callerWhoKeys('123 456'));
    const leaves = await answeredCall(rig);
    const forgotten = rig.nextCall();
    await call(callerWhoKeys(''));
    const stranger = await forgotten;
    stays.peer.goOn();
    await stays.story.until(() => stays.story.keys.length === 3);
    await rig.telephony.play(leaves.channel, 'p-leaves', [LONG_SOUND]);
    await rig.telephony.play(stays.channel, 'p-short', ['sound:beep']);
    await stays.story.heard('started p-short');
    const adopted = rig.nextCall();
    proxy.cut();
    await asterisk.control(
      `channel request hangup ${(await ask<{ name: string }>(`channels/${leaves.channel}`)).name}`,
    );
    await asked<{ id?: string }>(`channels/${leaves.channel}`, ({ id }) => id === undefined);
    expect(rig.telephony.state).toBe('down');
    proxy.mend();
    await leaves.story.heard('gone 31');
    await stays.story.heard('finished p-short well');
    expect(await adopted).toMatchObject({ channel: stranger.channel, adopted: true, did: '7001' });
    await rig.log.until(() => rig.telephony.state === 'up');
    stays.peer.goOn();
    await stays.story.until(() => stays.story.keys.some(({ key }) => key === 0x36));
    expect(leaves.story.told.at(-2)).toMatch(/^finished p-leaves/);
    const application = await ask<{ events_allowed: { type: string }[] }>('applications/hushtone');
    expect(application.events_allowed.map(({ type }) => type)).toContain('RESTResponse');
    await rig.telephony.close();
    await proxy.close();
  });

  it('may swallow any answer: the command is given again, and is carried out once', async () => {
    const proxy = await CuttableProxy.to(Number(new URL(asterisk.ariUrl).port));
    const rig = makeRig({ url: `http://127.0.0.1:${proxy.port}` });
    await rig.telephony.start();
    const { channel, story } = await answeredCall(rig);
    const lost = async (request: string, command: () => Promise<unknown>): Promise<void> => {
      const swallowed = proxy.cutBeforeAnswer(request);
      const done = command();
      await swallowed;
      proxy.mend();
      await done;
    };
    await lost('/answer', () => rig.telephony.answer(channel));
    await lost('bridges/br-lost', () => rig.telephony.createBridge('br-lost'));
    await lost('/addChannel', () => rig.telephony.addToBridge('br-lost', channel, true));
    await lost('/mute', () => rig.telephony.muteVoice(channel));
    await lost('/variable', () => rig.telephony.delayVoice(channel));
    await lost('/mute', () => rig.telephony.unmuteVoice(channel));
    await lost('/play/p-lost', () => rig.telephony.play(channel, 'p-lost', [LONG_SOUND]));
    expect(await rig.telephony.isPlaying('p-lost')).toBe(true);
    await rig.telephony.stopPlayback('p-lost');
    await story.heard('finished p-lost well');
    const peer = await telephone(telephoneThatRings());
    const leg = rig.follow('leg-lost');
    await lost('channels/leg-lost', () =>
      rig.telephony.dial({
        channel: 'leg-lost',
        endpoint: `PJSIP/outbound/sip:agent@127.0.0.1:${peer.sipPort}`,
        callerId: '442071838750',
        originator: channel,
        headers: {},
        ringMs: 5_000,
      }),
    );
    await onlyChannels(channel, 'leg-lost');
    await onlyBridges({ id: 'br-lost', channels: [channel] });
    await rig.telephony.hangUp('leg-lost');
    await leg.heard('gone 16');
    await rig.telephony.hangUp(channel);
    await story.heard('gone 16');
    await rig.telephony.destroyBridge('br-lost');
    await rig.telephony.close();
    await proxy.close();
  });

  it('leaves no leg in silence that was given up meanwhile, and no caller who should have been hung up', async () => {
    const proxy = await CuttableProxy.to(Number(new URL(asterisk.ariUrl).port));
    const rig = makeRig({ url: `http://127.0.0.1:${proxy.port}` });
    await rig.telephony.start();
    const caller = await answeredCall(rig);
    const stays = await answeredCall(rig);
    const agent = await answeredLeg(rig, caller.channel);
    await rig.telephony.createBridge('br-cut');
    await rig.telephony.addToBridge('br-cut', agent.channel, false);
    proxy.cut();
    agent.unfollow();
    await expect(rig.telephony.hangUp(agent.channel)).rejects.toMatchObject({ code: 'ari-disconnected' });
    await expect(rig.telephony.hangUp(caller.channel)).rejects.toMatchObject({ code: 'ari-disconnected' });
    await expect(rig.telephony.destroyBridge('br-cut')).rejects.toMatchObject({ code: 'ari-disconnected' });
    proxy.mend();
    await Promise.all([agent.peer.done, caller.peer.done]);
    await caller.story.heard('gone 16');
    await onlyBridges();
    await onlyChannels(stays.channel);
    expect(rig.log.told.filter((line) => line.startsWith('channel-left-behind'))).toHaveLength(2);
    await rig.telephony.close();
    await proxy.close();
  });

  it('of an engine that died leaves no leg and no bridge to the next one, but for what that one follows', async () => {
    const dead = makeRig();
    await dead.telephony.start();
    const known = await answeredCall(dead);
    const [stray, kept] = await Promise.all([answeredLeg(dead, known.channel), answeredLeg(dead, known.channel)]);
    await dead.telephony.createBridge('br-stray');
    await dead.telephony.addToBridge('br-stray', stray.channel, false);
    await dead.telephony.createBridge('br-kept');
    await dead.telephony.addToBridge('br-kept', kept.channel, false);
    await dead.telephony.close();
    const next = makeRig();
    next.follow(known.channel);
    next.follow(kept.channel);
    await next.telephony.start();
    await stray.peer.done;
    await onlyBridges({ id: 'br-kept', channels: [kept.channel] });
    await onlyChannels(known.channel, kept.channel);
    await next.telephony.destroyBridge('br-kept');
  });

  it('would be told from a silence: Asterisk answers pings', async () => {
    const address = `${asterisk.ariUrl.replace('http', 'ws')}/ari/events?app=pinged`;
    const socket = new WebSocket(address, { auth: `${asterisk.user}:${asterisk.password}` });
    await once(socket, 'open');
    const answered = once(socket, 'pong');
    socket.ping();
    await answered;
    const closed = once(socket, 'close');
    socket.terminate();
    await closed;
  });

  it('is not fought for when another engine takes the application name', async () => {
    const first = makeRig();
    await first.telephony.start();
    const second = makeRig();
    await second.telephony.start();
    const arrives = second.nextCall();
    await call(callerWhoKeys(''));
    await arrives;
    await first.log.until(() => first.telephony.state === 'replaced');
  });
});
