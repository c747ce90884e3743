import { ChannelRegistry } from '../../src/ari/channel-registry';
import type { LogFields } from '../../src/ports/logger';
import type { OfferedCall } from '../../src/ports/telephony';
import { silentLogger } from '../support/silent-logger';

const CALL: OfferedCall = { channel: 'c1', caller: '+15550100', did: '7001', adopted: false };

interface Rig {
  readonly registry: ChannelRegistry;
  readonly log: string[];
  readonly offered: OfferedCall[];
  readonly errors: (LogFields | undefined)[];
}

function makeRig(): Rig {
  const errors: (LogFields | undefined)[] = [];
  const registry = new ChannelRegistry({ ...silentLogger, error: (_event, fields) => void errors.push(fields) });
  const rig: Rig = { registry, log: [], offered: [], errors };
  registry.onCall((call) => rig.offered.push(call));
  return rig;
}

function followAll(rig: Rig, channel: string, name = channel): () => void {
  return rig.registry.follow(channel, {
    onKey: (key, at) => rig.log.push(`${name} key ${key} ${at}`),
    onAnswered: () => rig.log.push(`${name} answered`),
    onPlaybackStarted: (playback) => rig.log.push(`${name} started ${playback}`),
    onPlaybackFinished: (playback, failed) => rig.log.push(`${name} finished ${playback} ${failed}`),
    onGone: (cause) => rig.log.push(`${name} gone ${cause}`),
  });
}

describe('channels', () => {
  it('that are new are offered; those that somebody follows are not', () => {
    const rig = makeRig();
    rig.registry.entered(CALL);
    followAll(rig, 'c2');
    rig.registry.entered({ ...CALL, channel: 'c2' });
    expect(rig.offered).toEqual([CALL]);
  });

  it('are gone exactly once, with the first cause that was said', () => {
    const rig = makeRig();
    rig.registry.entered(CALL);
    followAll(rig, 'c1');
    rig.registry.leaving('c1', 17);
    rig.registry.leaving('c1', 16);
    rig.registry.gone('c1', 16);
    rig.registry.gone('c1', 16);
    rig.registry.beginReview().missing(new Set());
    expect(rig.log).toEqual(['c1 gone 17']);
  });

  it('that went away unseen are reported; those never seen alive are not', () => {
    const rig = makeRig();
    rig.registry.entered(CALL);
    followAll(rig, 'c1');
    followAll(rig, 'not-yet-dialled');
    rig.registry.legAsked('being-dialled');
    followAll(rig, 'being-dialled');
    expect(rig.registry.beginReview().missing(new Set(['other']))).toBe(1);
    expect(rig.log).toEqual(['c1 gone 31']);
  });

  it('that come or go while a list is being fetched are neither lost nor found again', () => {
    const rig = makeRig();
    rig.registry.entered(CALL);
    followAll(rig, 'c1');
    const review = rig.registry.beginReview();
    rig.registry.entered({ ...CALL, channel: 'came' });
    rig.registry.gone('c1', 16);
    expect(review.missing(new Set())).toBe(0);
    expect(['c1', 'came'].map((channel) => review.isStillThere(channel))).toEqual([false, true]);
    expect(rig.log).toEqual(['c1 gone 16']);
  });

  it('are not heard of any more after un-following, and others still are', () => {
    const rig = makeRig();
    const unfollow = followAll(rig, 'c1', 'first');
    followAll(rig, 'c1', 'second');
    unfollow();
    unfollow();
    rig.registry.key('c1', 0x35, 7);
    expect(rig.log).toEqual(['second key 53 7']);
  });
});

describe('legs that we dialled', () => {
  it('are answered, once, and nobody follows them any more when they were given up', () => {
    const rig = makeRig();
    const unfollow = followAll(rig, 'leg');
    rig.registry.legAsked('leg');
    rig.registry.legRinging('leg');
    expect(rig.registry.legEntered('leg')).toBe(true);
    expect(rig.registry.legEntered('leg')).toBe(true);
    expect(rig.log).toEqual(['leg answered']);
    unfollow();
    expect(rig.registry.legEntered('leg')).toBe(false);
    expect(rig.registry.legEntered('of-an-engine-that-died')).toBe(false);
    expect(rig.offered).toEqual([]);
  });

  it('may be answered before the dialling itself has been acknowledged', () => {
    const rig = makeRig();
    followAll(rig, 'leg');
    rig.registry.legAsked('leg');
    rig.registry.legEntered('leg');
    rig.registry.legRinging('leg');
    rig.registry.legEntered('leg');
    rig.registry.beginReview().missing(new Set());
    expect(rig.log).toEqual(['leg answered', 'leg gone 31']);
  });
});

describe('playbacks', () => {
  it('start once for a whole list, and finish once', () => {
    const rig = makeRig();
    followAll(rig, 'c1');
    rig.registry.playbackAsked('p', 'c1');
    rig.registry.playbackStarted('p');
    rig.registry.playbackStarted('p');
    rig.registry.playbackFinished('p', false);
    rig.registry.playbackFinished('p', false);
    rig.registry.playbackMissing('p');
    expect(rig.log).toEqual(['c1 started p', 'c1 finished p false']);
  });

  it('that ended unseen count as heard when they had begun, else as failed', () => {
    const rig = makeRig();
    followAll(rig, 'c1');
    rig.registry.playbackAsked('begun', 'c1');
    rig.registry.playbackStarted('begun');
    rig.registry.playbackAsked('silent', 'c1');
    for (const playback of rig.registry.awaitedPlaybacks()) rig.registry.playbackMissing(playback);
    expect(rig.log.slice(1)).toEqual(['c1 finished begun false', 'c1 finished silent true']);
  });

  it('end before their channel does', () => {
    const rig = makeRig();
    followAll(rig, 'c1');
    rig.registry.playbackAsked('p', 'c1');
    rig.registry.gone('c1', 16);
    expect(rig.log).toEqual(['c1 finished p true', 'c1 gone 16']);
    expect(rig.registry.awaitedPlaybacks()).toEqual([]);
  });
});

describe('a handler that throws', () => {
  it('is logged and hurts nobody else', () => {
    const rig = makeRig();
    const fail = (): void => {
      throw new Error('broken');
    };
    rig.registry.follow('c1', { onKey: fail, onGone: fail });
    followAll(rig, 'c1', 'other');
    rig.registry.key('c1', 0x35, 7);
    rig.registry.gone('c1', 16);
    rig.registry.onCall(fail);
    rig.registry.entered(CALL);
    expect(rig.log).toEqual(['other key 53 7', 'other gone 16']);
    expect(rig.errors).toHaveLength(3);
    expect(rig.errors[0]).toEqual({ channel: 'c1', error: 'broken' });
  });
});
