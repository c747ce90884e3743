import { randomUUID } from 'node:crypto';
import type { OutsideAri, OutsideEvent } from './outside-ari';

export const OUTSIDE_APP = 'outside';

/** Q.850 causes: user busy, call rejected. */
const REFUSALS: Partial<Record<AgentManner, number>> = { busy: 17, decline: 21 };
/** A person's unhurried finger. */
const TONE_MS = 120;
const GAP_MS = 160;
/** How long a finger takes for the keys. */
export function fingersMs(keys: string, toneMs = TONE_MS, gapMs = GAP_MS): number {
  return keys.length * (toneMs + gapMs);
}

const LONGEST_RECORDING_MS = 10 * 60_000;

/** What the robots need of the world they live in. */
export interface RobotGround {
  readonly ari: OutsideAri;
  /** Where the engine's Asterisk listens for SIP: `127.0.0.1:5060`. */
  readonly engine: string;
  /** Folder in which Asterisk keeps what it records. */
  readonly recordings: string;
}

/**
 * A leg of the outside world with ears: what it hears is recorded from its first second, by a snoop channel, so that
 * pressing keys and talking go on beside the recording.
 */
abstract class Robot {
  readonly heardKeys: string[] = [];
  readonly ended: Promise<number>;
  /** Settles when the recording of what this robot heard is complete; its file has no length before. */
  heard: Promise<void> = Promise.resolve();
  private hungUp = false;

  protected constructor(
    readonly channel: string,
    protected readonly ground: RobotGround,
  ) {
    this.ended = new Promise((resolve) => {
      const stop = ground.ari.on((event) => {
        if (event.channel?.id !== channel) return;
        if (event.type === 'ChannelDtmfReceived') this.heardKeys.push(event.digit ?? '?');
        if (event.type !== 'ChannelDestroyed' && event.type !== 'StasisEnd') return;
        stop();
        this.hungUp = true;
        resolve(event.cause ?? 0);
      });
    });
  }

  get up(): boolean {
    return !this.hungUp;
  }

  /** Whether its call is over, or will be within `ms`. */
  async endsWithin(ms: number): Promise<boolean> {
    let enough = (): void => undefined;
    const limit = new Promise<void>((resolve) => (enough = resolve));
    const timer = setTimeout(enough, ms);
    await Promise.race([this.ended, limit]);
    clearTimeout(timer);
    return !this.up;
  }

  /** Says a recording into its phone. */
  async speak(sound: string): Promise<void> {
    await this.ground.ari.command('POST', `/channels/${this.channel}/play`, { media: sound });
  }

  async hangUp(): Promise<void> {
    await this.ground.ari.command('DELETE', `/channels/${this.channel}`);
    await this.ended;
  }

  /** Starts recording what this robot hears, as `<name>.wav` in the world's recordings folder. */
  async listenIn(name: string): Promise<void> {
    const snoop = `ears-${randomUUID()}`;
    const { ari } = this.ground;
    const ready = ari.waitFor(
      `ears of ${name}`,
      (event) => event.type === 'StasisStart' && event.channel?.id === snoop,
    );
    await ari.command('POST', `/channels/${this.channel}/snoop/${snoop}`, {
      spy: 'in',
      app: OUTSIDE_APP,
      appArgs: 'ears',
    });
    await ready;
    await ari.command('POST', `/channels/${snoop}/record`, { name, format: 'wav', ifExists: 'overwrite' });
    this.heard = ari
      .waitFor(
        `the end of the recording ${name}`,
        (event) => event.type === 'RecordingFinished' && event.recording?.name === name,
        LONGEST_RECORDING_MS,
      )
      .then(() => undefined);
    this.heard.catch(() => undefined);
    void this.ended.then(() => ari.command('DELETE', `/channels/${snoop}`)).catch(() => undefined);
  }
}

export interface DialAs {
  readonly did: string;
  /** The number that the carrier tells. */
  readonly number: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Name of the recording of what the caller hears. */
  readonly recording: string;
  /** Where to dial, when it is not the engine: `127.0.0.1:5080`. */
  readonly at?: string;
  /** Endpoint of the outside world to dial as: the carrier, unless it is a telephone of `OutsideWorld.register`. */
  readonly as?: string;
}

/** A caller at the carrier: dials a DID over SIP, presses keys, hangs up. */
export class RobotCaller extends Robot {
  /** Dials and waits until the far end has answered. */
  static async dial(ground: RobotGround, as: DialAs): Promise<RobotCaller> {
    const caller = new RobotCaller(`robot-caller-${randomUUID()}`, ground);
    const { ari } = ground;
    const answered = ari.waitFor(
      `an answer at ${as.did}`,
      (event) => event.type === 'StasisStart' && event.channel?.id === caller.channel,
    );
    answered.catch(() => undefined);
    const headers = Object.entries(as.headers ?? {}).map(([name, value]): [string, string] => [
      `PJSIP_HEADER(add,${name})`,
      value,
    ]);
    await ari.command(
      'POST',
      `/channels/${caller.channel}`,
      {
        endpoint: `PJSIP/${as.as ?? 'engine'}/sip:${as.did}@${as.at ?? ground.engine}`,
        app: OUTSIDE_APP,
        appArgs: 'caller',
        callerId: as.number,
        timeout: 30,
      },
      { variables: Object.fromEntries(headers) },
    );
    const refused = caller.ended.then((cause) => {
      throw new Error(`the call to ${as.did} was refused with cause ${cause}`);
    });
    refused.catch(() => undefined);
    // The first words may come with the answer: the ears are there before.
    const listening = caller.listenIn(as.recording);
    listening.catch(() => undefined);
    await Promise.race([answered, refused]);
    await listening;
    return caller;
  }

  /** Presses keys, each as a telephone-event of `toneMs` followed by `gapMs` of silence. Resolves when asked, not when over. */
  async press(keys: string, toneMs = TONE_MS, gapMs = GAP_MS): Promise<void> {
    await this.ground.ari.command('POST', `/channels/${this.channel}/dtmf`, {
      dtmf: keys,
      duration: toneMs,
      between: gapMs,
    });
  }

  /** The same, resolving when the last key has been released: Asterisk tells nobody, so by the fingers' own time. */
  async pressed(keys: string): Promise<void> {
    await this.press(keys);
    await new Promise((resolve) => setTimeout(resolve, fingersMs(keys)));
  }
}

export type AgentManner = 'answer' | 'busy' | 'silent' | 'decline' | 'answer-and-hang-up';

/** An agent at the PBX: what a call from the engine to a number of the PBX meets. */
export class RobotAgent extends Robot {
  /** Headers of the INVITE, as far as they were asked for and are there. */
  readonly headers: Readonly<Record<string, string>>;

  private constructor(
    channel: string,
    ground: RobotGround,
    /** The number that the call shows. */
    readonly from: string,
    headers: Readonly<Record<string, string>>,
  ) {
    super(channel, ground);
    this.headers = headers;
  }

  /** Takes the call that `event` brought, in the given manner; an answered one is recorded as `recording`. */
  static async take(
    ground: RobotGround,
    event: OutsideEvent,
    as: { manner: AgentManner; headers: readonly string[]; recording: string },
  ): Promise<RobotAgent> {
    const channel = event.channel?.id ?? '';
    const read = async (name: string): Promise<[string, string][]> => {
      const variable = `PJSIP_HEADER(read,${name})`;
      // Asterisk answers a header that is not there with an error.
      const answer = await ground.ari.command('GET', `/channels/${channel}/variable`, { variable }).catch(() => null);
      const value = (answer as { value?: string } | null)?.value;
      return value === undefined ? [] : [[name, value]];
    };
    const headers = (await Promise.all(as.headers.map(read))).flat();
    const agent = new RobotAgent(channel, ground, event.channel?.caller.number ?? '', Object.fromEntries(headers));
    const refusal = REFUSALS[as.manner];
    if (refusal !== undefined) await ground.ari.command('DELETE', `/channels/${channel}`, { reason_code: refusal });
    else await ground.ari.command('POST', `/channels/${channel}/ring`);
    if (as.manner === 'answer') {
      await agent.answer();
      await agent.listenIn(as.recording);
    }
    if (as.manner === 'answer-and-hang-up') {
      await agent.answer();
      await agent.hangUp();
    }
    return agent;
  }

  /** Takes a call that rings. */
  async answer(): Promise<void> {
    await this.ground.ari.command('POST', `/channels/${this.channel}/answer`);
  }

  /**
   * Blind-transfers whoever it talks with, by a REFER over SIP. Resolves when asked; the agent hangs up by itself.
   *
   * @param to number and host: `7001@127.0.0.1:5060`
   * @param by how the telephone names itself in Referred-By; left out: by the address it was called at
   */
  async transfer(to: string, by?: string): Promise<void> {
    const { ari } = this.ground;
    const channel = `/channels/${this.channel}`;
    if (by !== undefined) {
      await ari.command('POST', `${channel}/variable`, { variable: 'SIPREFERREDBYHDR', value: `<sip:${by}>` });
    }
    await ari.command('POST', `${channel}/redirect`, { endpoint: `PJSIP/sip:${to}` });
  }
}
