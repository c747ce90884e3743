import { Player } from '../../src/call/player';
import { isError } from '../../src/errors';
import { ManualClock, settle } from '../support/manual-clock';
import { ScriptedTelephony } from '../support/scripted-telephony';

const FIRST = ['sound:first'];
const SECOND = ['sound:second'];

/** Where events get lost, and what the caller hears then. */
class Rig {
  readonly clock = new ManualClock();
  readonly telephony = new ScriptedTelephony();
  readonly player: Player;
  readonly over = new AbortController();
  private made = 0;

  constructor() {
    const { telephony, clock } = this;
    this.player = new Player(
      'caller-1',
      telephony,
      clock,
      (prefix) => `${prefix}_${++this.made}`,
      () => undefined,
    );
    telephony.follow('caller-1', {
      onPlaybackStarted: (playback) => {
        this.player.onStarted(playback);
      },
      onPlaybackFinished: (playback, failed) => {
        this.player.onFinished(playback, failed);
      },
    });
  }

  /** How it ends, when it has. */
  play(media: readonly string[]): { readonly how: string | null } {
    const playing: { how: string | null } = { how: null };
    this.player.play(media, this.over.signal).then(
      () => (playing.how = 'played'),
      (error: unknown) => (playing.how = isError(error, 'playback-failed') ? error.detail : String(error)),
    );
    return playing;
  }

  /** The media of every playback that the switch has. */
  get heard(): (readonly string[])[] {
    return [...this.telephony.playing.values()].map(({ media }) => media);
  }
}

describe('a prompt whose beginning nobody told', () => {
  it('is heard to its end, before the next begins', async () => {
    const rig = new Rig();
    rig.telephony.losePlaybackStarts = true;
    const first = rig.play(FIRST);
    await rig.clock.advance(9_000);
    expect(first.how).toBeNull();
    expect(rig.heard).toEqual([FIRST]);
    rig.telephony.finishPlayback('caller-1');
    await settle();
    expect(first.how).toBe('played');
    expect(rig.clock.running).toBe(0);
  });

  it('is stopped by a key without being called a failure, though nobody told its end either', async () => {
    const rig = new Rig();
    rig.telephony.losePlaybackStarts = true;
    rig.telephony.losePlaybackEnds = true;
    const first = rig.play(FIRST);
    await settle();
    void rig.player.stop();
    await rig.clock.advance(1_000);
    expect(first.how).toBe('played');
    expect(rig.heard).toEqual([]);
    expect(rig.clock.running).toBe(0);
  });
});

describe('a prompt that the switch may have still', () => {
  it('because it could not be stopped, is stopped before the next begins', async () => {
    const rig = new Rig();
    const first = rig.play(FIRST);
    await settle();
    rig.telephony.broken.add('stopPlayback');
    void rig.player.stop();
    await rig.clock.advance(1_000);
    expect(first.how).toBe('played');

    const unheard = rig.play(SECOND);
    await settle();
    expect(unheard.how).toBe('the prompt before cannot be stopped: stopPlayback is broken');
    expect(rig.heard).toEqual([FIRST]);

    rig.telephony.broken.delete('stopPlayback');
    const second = rig.play(SECOND);
    await rig.clock.advance(100);
    expect(rig.heard).toEqual([SECOND]);
    rig.telephony.finishPlayback('caller-1');
    await settle();
    expect(second.how).toBe('played');
    expect(rig.clock.running).toBe(0);
  });

  it('because the command to play it was not answered, is stopped before the next begins', async () => {
    const rig = new Rig();
    const play = rig.telephony.play.bind(rig.telephony);
    rig.telephony.play = async (...asked) => {
      await play(...asked);
      throw new Error('no answer');
    };
    const first = rig.play(FIRST);
    await settle();
    expect(first.how).toBe('no answer');
    expect(rig.heard).toEqual([FIRST]);
    rig.telephony.play = play;
    rig.play(SECOND);
    await rig.clock.advance(100);
    expect(rig.heard).toEqual([SECOND]);
  });

  it('because it does not end in its time, is stopped before the next begins', async () => {
    const rig = new Rig();
    const first = rig.play(FIRST);
    await rig.clock.advance(30_000);
    expect(first.how).toBe('played');
    rig.play(SECOND);
    await rig.clock.advance(100);
    expect(rig.heard).toEqual([SECOND]);
  });

  it('and that does not stop, keeps the next from beginning, and no timer', async () => {
    const rig = new Rig();
    rig.play(FIRST);
    await rig.clock.advance(30_000);
    rig.telephony.stopPlayback = () => Promise.resolve();
    const second = rig.play(SECOND);
    await rig.clock.advance(1_000);
    expect(second.how).toBe('the prompt before cannot be stopped: it goes on');
    expect(rig.heard).toEqual([FIRST]);
    expect(rig.clock.running).toBe(0);
  });

  it('and that was told to be over after all, delays nothing', async () => {
    const rig = new Rig();
    rig.play(FIRST);
    await rig.clock.advance(30_000);
    rig.telephony.finishPlayback('caller-1');
    rig.play(SECOND);
    await settle();
    expect(rig.heard).toEqual([SECOND]);
    expect(rig.telephony.commands).not.toContain('stopPlayback');
  });
});
