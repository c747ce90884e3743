import { readFileSync } from 'node:fs';
import path from 'node:path';
import { AsteriskTelephony } from '../../../src/ari/asterisk-telephony';
import { startPrivateAsterisk, type PrivateAsterisk } from '../../../src/asterisk/private-asterisk';
import { provisionedRoot } from '../../../src/asterisk/provision';
import { unpackedCommand } from '../../../src/asterisk/unpacked';
import { LiveCall } from '../../../src/call/live-call';
import { MemoryCardVault } from '../../../src/card/vault';
import type { HeardPacket } from '../../../src/lab/phone/media-stream';
import { keysTold, loudMsOf, overheard, type Overheard, type ToneDecoder } from '../../../src/lab/phone/overheard';
import type { DtmfMode, PhoneCall } from '../../../src/lab/phone/phone-call';
import { udpLine } from '../../../src/lab/phone/sip-line';
import { SipPhone } from '../../../src/lab/phone/sip-phone';
import { voice } from '../../../src/lab/phone/sound';
import { randomIds } from '../../../src/observe/random-ids';
import { SystemClock } from '../../../src/observe/system-clock';
import type { ListenResult } from '../../../src/ports/call';
import type { CallEvent } from '../../../src/ports/call-events';
import { MemoryKeptCalls } from '../../support/memory-kept-calls';
import { silentLogger } from '../../support/silent-logger';
import { eventually } from './nothing-left';
import { countRealCall } from './payment-site';

const PROJECT = path.resolve(__dirname, '..', '..', '..');
/** From here callers come over a trunk on which tones are not looked for. */
const TONE_DEAF = '127.0.0.2';
/** Packets take no longer from the caller to the agent, on a busy machine either. */
export const UNDER_WAY_MS = 500;
const TIMING = { firstKeyMs: 8_000, interdigitMs: 4_000, termMs: 2_000, terminator: 0x23, clearKey: 0x2a };

/** The switch, with a test's way to do without what keeps digits from the agent. Nothing in the product can. */
class MaskableTelephony extends AsteriskTelephony {
  /** Channels on which nothing is masked. */
  readonly bare = new Set<string>();

  override async answer(channel: string): Promise<boolean> {
    const muted = await super.answer(channel);
    if (this.bare.has(channel)) await super.unmuteVoice(channel);
    return muted;
  }

  override async muteVoice(channel: string): Promise<void> {
    if (!this.bare.has(channel)) await super.muteVoice(channel);
  }

  override async addToBridge(bridge: string, channel: string, absorbKeys: boolean): Promise<void> {
    await super.addToBridge(bridge, channel, absorbKeys && !this.bare.has(channel));
  }
}

/** A program by the same authors as nothing here finds the tones. */
export function toneDecoder(): ToneDecoder {
  const root = provisionedRoot(PROJECT, 'tones');
  if (root === undefined) throw new Error('multimon-ng is not provisioned');
  const { command, args } = unpackedCommand(root, 'usr/bin/multimon-ng');
  return [command, ...args, '-q', '-a', 'DTMF', '-t', 'raw', '-'];
}

/** The private Asterisk of the product, and the module for keys in SIP INFO, which a site loads for a carrier that needs it. */
export function modulesWithInfo(): string {
  const modules = readFileSync(path.join(PROJECT, 'asterisk-config', 'modules.conf'), 'utf8');
  return `${modules}\nload = res_pjsip_dtmf_info.so\n`;
}

/** The shipped trunk, and one on which tones in the audio are not looked for. */
function trunks(): string {
  const shipped = readFileSync(path.join(PROJECT, 'asterisk-config', 'pjsip_trunks.conf'), 'utf8');
  const deaf = ['[tone-deaf](trunk)', 'disallow = all', 'allow = ulaw', 'dtmf_mode = rfc4733'];
  const address = ['[tone-deaf-address]', 'type = identify', 'endpoint = tone-deaf', `match = ${TONE_DEAF}`];
  return [shipped, ...deaf, ...address, ''].join('\n');
}

/** The last is how an endpoint must not be configured: tones are sound to it, like any other. */
export type Masking = 'on' | 'off' | 'off, and tones not looked for';

/** The engine's call on a real Asterisk, between two telephones whose every packet is seen. */
export class MaskingRig {
  readonly vault: MemoryCardVault;
  /** Timers that run without any call. */
  timersAtRest = 0;
  private readonly offered = new Map<string, LiveCall>();
  /** By call: told when a field opens. */
  private readonly opened = new Map<string, () => void>();

  private constructor(
    private readonly asterisk: PrivateAsterisk,
    private readonly telephony: MaskableTelephony,
    private readonly callers: SipPhone,
    private readonly unheardCallers: SipPhone,
    private readonly agents: SipPhone,
    private readonly clock: SystemClock,
  ) {
    this.vault = new MemoryCardVault({ clock, makeId: randomIds });
    const kept = new MemoryKeptCalls();
    telephony.onCall((offer) => {
      if (offer.did === '7002') telephony.bare.add(offer.channel);
      const record = (id: string, { type }: CallEvent): void => {
        if (type === 'field-opened') this.opened.get(id)?.();
      };
      const tools = { telephony, clock, ids: randomIds, record, logger: silentLogger, kept };
      this.offered.set(offer.caller, new LiveCall(offer, tools));
    });
  }

  static async start(): Promise<MaskingRig> {
    const asterisk = await startPrivateAsterisk({
      projectDir: PROJECT,
      configDir: path.join(PROJECT, 'asterisk-config'),
      soundsDir: path.join(PROJECT, 'sounds'),
      sipPort: 0,
      name: 'masking',
      files: { 'modules.conf': modulesWithInfo(), 'pjsip_trunks.conf': trunks() },
    });
    const clock = new SystemClock();
    const { ariUrl: url, user, password } = asterisk;
    const telephony = new MaskableTelephony({ url, user, password, app: 'hushtone', clock, logger: silentLogger });
    const lines = await Promise.all([udpLine(), udpLine(TONE_DEAF), udpLine()]);
    const phones = lines.map((line) => new SipPhone(line)) as [SipPhone, SipPhone, SipPhone];
    const rig = new MaskingRig(asterisk, telephony, ...phones, clock);
    await telephony.start();
    rig.timersAtRest = rig.timers;
    return rig;
  }

  /** A caller whose telephone sends keys in the given way. Resolves when the call is up. */
  async call(number: string, dtmf: DtmfMode, masking: Masking): Promise<MaskedCall> {
    const { sipHost: host, sipPort: port } = this.asterisk;
    const did = masking === 'on' ? '7001' : '7002';
    const phone = masking === 'off, and tones not looked for' ? this.unheardCallers : this.callers;
    const caller = await phone.dial({ did, server: { host, port }, number, dtmf });
    let live = this.offered.get(number);
    for (; live === undefined; live = this.offered.get(number)) await caller.media.rest(20);
    await live.answer();
    await caller.answered;
    countRealCall();
    caller.media.say(voice);
    const { id } = live;
    const onOpened = (told: () => void): void => void this.opened.set(id, told);
    return new MaskedCall(caller, live, this.agents, this.vault, toneDecoder(), onOpened);
  }

  /** Timers of the engine that are still running. */
  get timers(): number {
    return this.clock.running;
  }

  async console(command: string): Promise<string> {
    return this.asterisk.control(command);
  }

  async stop(): Promise<void> {
    await Promise.all([this.callers, this.unheardCallers, this.agents].map((phone) => phone.close()));
    await this.telephony.close();
    await this.asterisk.stop();
  }
}

export class MaskedCall {
  private agentCall: PhoneCall | null = null;

  constructor(
    readonly caller: PhoneCall,
    private readonly live: LiveCall,
    private readonly agents: SipPhone,
    private readonly vault: MemoryCardVault,
    private readonly decoder: ToneDecoder,
    private readonly onOpened: (told: () => void) => void,
  ) {}

  get agent(): PhoneCall {
    if (this.agentCall === null) throw new Error('no agent is on the line');
    return this.agentCall;
  }

  /** Opens a card number field. `opened` resolves when keys count, `result` with its end. */
  cardField(): { readonly opened: Promise<void>; readonly result: Promise<ListenResult> } {
    const opened = new Promise<void>((resolve) => {
      this.onOpened(resolve);
    });
    return { opened, result: this.listen() };
  }

  private async listen(): Promise<ListenResult> {
    const owner = this.live.id;
    const result = await this.live.listen({
      field: 'card-number',
      attempt: 1,
      media: [],
      words: '',
      bargein: true,
      sensitive: true,
      timing: TIMING,
      hotKey: null,
      sink: this.vault.open({ owner, field: 'card-number' }),
    });
    this.vault.wipeOwner(owner);
    return result;
  }

  /** Takes the caller back to the agent, who lets it ring while `whileRinging` goes on, and then answers. */
  async returnToAgent(whileRinging: () => Promise<void>): Promise<string> {
    const number = this.live.caller.slice(-4);
    const arrived = new Promise<PhoneCall>((resolve) => {
      this.agents.onCall(number, resolve);
    });
    const returned = this.live.returnTo({
      target: 'agent',
      endpoint: `PJSIP/outbound/sip:${number}@${this.agents.address}`,
      headers: {},
      payment: 'none',
      ringMs: 20_000,
      media: [],
      words: '',
    });
    const agent = await arrived;
    this.agentCall = agent;
    agent.ring();
    await whileRinging();
    agent.answer();
    return returned;
  }

  /** What the agent got while `work` went on, until so many keys had come. Packets under way at its ends count in. */
  async heardWhile(work: () => Promise<unknown>, keysToCome = 0): Promise<Overheard> {
    const from = this.agent.media.heard.length;
    const got = (): readonly HeardPacket[] => this.agent.media.heard.slice(from);
    await work();
    await eventually(
      `${keysToCome} keys at the agent's telephone`,
      () => Promise.resolve(keysTold(got())),
      (keys) => keys >= keysToCome,
    );
    await this.agent.media.rest(UNDER_WAY_MS);
    return this.judge(got());
  }

  /** Waits until something of the caller can be heard. */
  async untilHeard(): Promise<void> {
    const from = this.agent.media.heard.length;
    await eventually(
      'the voice of the caller',
      () => Promise.resolve(loudMsOf(this.agent.media.heard.slice(from))),
      (ms) => ms > 0,
    );
  }

  /** What the agent got from the first packet on; nothing when none was called. */
  heardInAll(): Promise<Overheard> {
    return this.judge(this.agentCall?.media.heard ?? []);
  }

  async hangUp(): Promise<void> {
    await this.caller.hangUp();
    await this.live.ended;
  }

  private judge(packets: readonly HeardPacket[]): Promise<Overheard> {
    return overheard(packets, this.decoder);
  }
}
