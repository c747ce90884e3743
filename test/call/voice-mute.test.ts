import { VoiceMute } from '../../src/call/voice-mute';
import { ManualClock, settle } from '../support/manual-clock';
import { ScriptedTelephony } from '../support/scripted-telephony';

class Rig {
  readonly clock = new ManualClock();
  readonly telephony = new ScriptedTelephony();
  readonly over = new AbortController();
  readonly failures: string[] = [];
  readonly mute = new VoiceMute('c1', this.telephony, this.clock, this.over.signal, (reason) =>
    this.failures.push(reason),
  );

  get audible(): boolean {
    return !this.telephony.muted.has('c1');
  }

  /** A call in which caller and agent talk after a field. */
  static async talking(): Promise<Rig> {
    const rig = new Rig();
    await rig.mute.engage();
    await rig.mute.release(rig.over.signal);
    return rig;
  }

  async press(): Promise<void> {
    this.mute.keyPressed();
    await settle();
  }
}

describe('the voice of a caller', () => {
  it('is through until a sensitive field opens, whatever is keyed', async () => {
    const rig = new Rig();
    await rig.press();
    expect(rig.audible).toBe(true);
    await rig.mute.engage();
    expect(rig.audible).toBe(false);
  });

  it('is guarded after a release, although no field was ever opened', async () => {
    const rig = new Rig();
    await rig.mute.release(rig.over.signal);
    expect(rig.telephony.commands).toEqual(['muteVoice c1', 'delayVoice c1', 'unmuteVoice c1']);
    await rig.press();
    expect(rig.audible).toBe(false);
    await rig.clock.advance(2_100);
    expect(rig.audible).toBe(true);
  });

  it('is delayed before it can be heard, once', async () => {
    const rig = await Rig.talking();
    await rig.mute.engage();
    await rig.mute.release(rig.over.signal);
    const commands = rig.telephony.commands.filter((command) => !command.startsWith('muteVoice'));
    expect(commands).toEqual(['delayVoice c1', 'unmuteVoice c1', 'unmuteVoice c1']);
  });

  it('stays away when it cannot be delayed', async () => {
    const rig = new Rig();
    rig.telephony.broken.add('delayVoice');
    await rig.mute.engage();
    await expect(rig.mute.release(rig.over.signal)).rejects.toThrow('delayVoice is broken');
    expect(rig.audible).toBe(false);
  });

  it('stays away when it cannot be given back, and comes with the next try', async () => {
    const rig = new Rig();
    await rig.mute.engage();
    rig.telephony.broken.add('unmuteVoice');
    await expect(rig.mute.release(rig.over.signal)).rejects.toThrow('unmuteVoice is broken');
    rig.telephony.broken.clear();
    await rig.mute.release(rig.over.signal);
    expect(rig.audible).toBe(true);
  });

  it('goes with each key while caller and agent talk, until 2 s without one', async () => {
    const rig = await Rig.talking();
    expect(rig.audible).toBe(true);
    await rig.press();
    expect(rig.audible).toBe(false);
    await rig.clock.advance(1_500);
    await rig.press();
    await rig.clock.advance(1_900);
    expect(rig.audible).toBe(false);
    await rig.clock.advance(200);
    expect(rig.audible).toBe(true);
    await rig.press();
    expect(rig.audible).toBe(false);
  });

  it('stays away for a field that opens while a key still hides it', async () => {
    const rig = await Rig.talking();
    await rig.press();
    await rig.mute.engage();
    await rig.clock.advance(5_000);
    expect(rig.audible).toBe(false);
    await rig.mute.release(rig.over.signal);
    expect(rig.audible).toBe(true);
  });

  it('that cannot be taken away while they talk is told, and tried again with the next key', async () => {
    const rig = await Rig.talking();
    rig.telephony.broken.add('muteVoice');
    await rig.press();
    expect(rig.failures).toEqual(['muteVoice is broken']);
    rig.telephony.broken.clear();
    await rig.press();
    expect(rig.audible).toBe(false);
  });

  it('leaves no timer when the call ends while a key hides it', async () => {
    const rig = await Rig.talking();
    await rig.press();
    rig.over.abort(new Error('over'));
    await settle();
    expect(rig.clock.running).toBe(0);
    expect(rig.failures).toEqual([]);
  });

  it('is given back at once to a caller who leaves us', async () => {
    const rig = new Rig();
    await rig.mute.engage();
    await rig.mute.lift();
    expect(rig.audible).toBe(true);
  });

  it('may be away in a call that another process had: it comes back like any other', async () => {
    const rig = new Rig();
    rig.telephony.muted.add('c1');
    rig.mute.found();
    const released = rig.mute.release(rig.over.signal);
    await rig.clock.advance(1_900);
    expect(rig.audible).toBe(false);
    await rig.clock.advance(200);
    await released;
    expect(rig.audible).toBe(true);
  });
});
