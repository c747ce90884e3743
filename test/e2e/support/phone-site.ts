import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../../src/asterisk/free-ports';
import { parseTrunks, renderTrunks } from '../../../src/asterisk/sip-trunks';
import type { LogLine } from '../../../src/lab/engine-log';
import { engineCallOf } from '../../../src/lab/keypad-script';
import type { Impairment, KeyTiming } from '../../../src/lab/phone/media-stream';
import { overheard, soundsOf, type Overheard } from '../../../src/lab/phone/overheard';
import type { DtmfMode, PhoneCall } from '../../../src/lab/phone/phone-call';
import { tlsLine, udpLine } from '../../../src/lab/phone/sip-line';
import { SipPhone } from '../../../src/lab/phone/sip-phone';
import { silence, voice } from '../../../src/lab/phone/sound';
import { Site } from '../../../src/lab/site';
import { selfSignedForLoopback } from '../../support/self-signed';
import { Hearing } from './heard';
import { modulesWithInfo, toneDecoder } from './masking-rig';
import { healthOf, type Health } from './nothing-left';
import { countRealCall, EXPIRY } from './payment-site';
import { PHONE_FLOWS } from './phone-flows';

const PROJECT = path.resolve(__dirname, '..', '..', '..');
const STEP_LIMIT_MS = 60_000;
/** The address from which the lab's TLS telephone calls, so that Asterisk knows its trunk by it. */
const TLS_CALLER = '127.0.0.2';
/** From here callers come over a trunk that is watched closely: a call without audio ends soon. */
const WATCHED_CALLER = '127.0.0.3';
const WATCHED_S = 4;

/** What a caller does when a field opens. */
export type Act = (call: PhoneCall) => Promise<unknown>;

/** Acts by field, one after another as it opens; when they run out the caller stays silent. */
export type Acts = Readonly<Record<string, readonly Act[]>>;

export function keys(text: string, timing?: KeyTiming, impairment?: Impairment): Act {
  return (call) => call.press(text, timing, impairment);
}

/** Everything after the card number, pressed unhurriedly, and as often as it is asked for. */
export const THE_REST: Acts = {
  'expiration-date': thrice(keys(EXPIRY)),
  'security-code': thrice(keys('123')),
  otp: thrice(keys('123456')),
};

function thrice(act: Act): readonly Act[] {
  return [act, act, act];
}

/** A site whose callers and agents are telephones of the lab, each packet of which can be shaped and seen. */
export class PhoneSite {
  private readonly started: Promise<Parts>;
  private lanes = 0;
  atRest: Health = { calls: 0, vault_slots: 0, timers: 0 };

  constructor() {
    this.started = this.start();
    this.started.catch(() => undefined);
  }

  async site(): Promise<Site> {
    return (await this.started).site;
  }

  async lane(): Promise<PhoneLane> {
    return new PhoneLane(await this.started, ++this.lanes);
  }

  async stop(): Promise<void> {
    const { site, agents, callers, tlsCallers, watchedCallers, secrets } = await this.started;
    await Promise.all([agents, callers, tlsCallers, watchedCallers].map((phone) => phone.close()));
    await site.stop();
    rmSync(secrets, { recursive: true });
  }

  private async start(): Promise<Parts> {
    const secrets = mkdtempSync(path.join(tmpdir(), 'hushtone-tls-'));
    const { cert, key } = selfSignedForLoopback();
    writeFileSync(path.join(secrets, 'sip.crt'), cert);
    writeFileSync(path.join(secrets, 'sip.key'), key, { mode: 0o600 });
    const tlsPort = await freePort('127.0.0.1', false);
    const agents = new SipPhone(await udpLine());
    const site = await Site.start({
      projectDir: PROJECT,
      bringAsterisk: true,
      asteriskFiles: { 'modules.conf': modulesWithInfo(), 'pjsip_trunks.conf': trunks(secrets, tlsPort) },
      flows: {
        ...PHONE_FLOWS,
        'targets.yaml': targets(agents.address),
      },
      environment: { HUSHTONE_LOG_LEVEL: 'debug' },
    }).catch(async (error: unknown) => {
      await agents.close();
      throw error;
    });
    this.atRest = await healthOf(site);
    const callers = new SipPhone(await udpLine());
    const tlsCallers = new SipPhone(await tlsLine({ host: '127.0.0.1', port: tlsPort }, cert, TLS_CALLER));
    const watchedCallers = new SipPhone(await udpLine(WATCHED_CALLER));
    return { site, agents, callers, tlsCallers, watchedCallers, tlsPort, secrets };
  }
}

interface Parts {
  readonly site: Site;
  readonly agents: SipPhone;
  readonly callers: SipPhone;
  readonly tlsCallers: SipPhone;
  readonly watchedCallers: SipPhone;
  readonly tlsPort: number;
  readonly secrets: string;
}

/** A number of which nobody takes calls is busy. */
function targets(agents: string): string {
  return `default: support-queue\ntargets:\n  support-queue: sip:999@${agents}\n  agent-NNN: sip:NNN@${agents}\n`;
}

/** Plain SIP from 127.0.0.1, and TLS with SRTP from another address of this machine: as `trunks.yaml` would have them. */
function trunks(secrets: string, tlsPort: number): string {
  const text = `
tls: { port: ${tlsPort}, certificate: ${secrets}/sip.crt, key: ${secrets}/sip.key }
trunks:
  - { id: loopback, addresses: [127.0.0.1], codecs: [ulaw] }
  - { id: carrier, addresses: [${TLS_CALLER}], transport: tls, srtp: true, codecs: [ulaw] }
`;
  const watched = ['[watched](trunk)', 'disallow = all', 'allow = ulaw', `rtp_timeout = ${WATCHED_S}`];
  const address = ['[watched-address]', 'type = identify', 'endpoint = watched', `match = ${WATCHED_CALLER}`];
  return [renderTrunks(parseTrunks(text, 'trunks.yaml'), () => undefined), ...watched, ...address, ''].join('\n');
}

export interface PhonePlan {
  readonly acts: Acts;
  readonly dtmf?: DtmfMode;
  /** TLS and SRTP; or a trunk on which calls without audio end soon. Plain SIP when left out. */
  readonly trunk?: 'encrypted' | 'watched';
  /** What the telephone sends while no key is pressed: somebody talking when left out. */
  readonly microphone?: 'silence' | 'off';
  /** What becomes of a REFER; see `PhoneCall.onRefer`. */
  readonly refer?: (to: string) => Promise<number>;
  readonly did?: string;
  /** What the agent does with the call; answers when left out. */
  readonly agent?: (call: PhoneCall) => void;
}

export class PhoneLane {
  /** Ends in 00, so that the sandbox's one-time password is 123456. */
  readonly number: string;
  readonly order: string;
  readonly agent: string;

  constructor(
    readonly parts: Parts,
    index: number,
  ) {
    this.number = `+9198761${String(100 + index)}00`;
    this.order = `PHONE-${index}-${Date.now().toString(36)}`;
    this.agent = String(200 + index);
  }

  get site(): Site {
    return this.parts.site;
  }

  /** Dials; from the answer on the caller talks, and acts whenever a field opens. */
  async dial(plan: PhonePlan): Promise<PhoneTestCall> {
    const { site, agents, callers, tlsCallers, watchedCallers, tlsPort } = this.parts;
    const returned = new Promise<PhoneCall>((resolve) => {
      agents.onCall(this.agent, (call) => {
        if (plan.agent === undefined) call.answer();
        else plan.agent(call);
        resolve(call);
      });
    });
    const encrypted = plan.trunk === 'encrypted';
    const phone = plan.trunk === 'watched' ? watchedCallers : callers;
    const caller = await (encrypted ? tlsCallers : phone).dial({
      did: plan.did ?? '7003',
      server: { host: '127.0.0.1', port: encrypted ? tlsPort : (site.asterisk?.sipPort ?? 0) },
      number: this.number,
      dtmf: plan.dtmf ?? 'rfc4733',
      srtp: encrypted,
      headers: {
        'X-Amount': '2500.50',
        'X-Currency': 'INR',
        'X-Order-Id': this.order,
        'X-Customer-Phone': this.number,
        'X-Return-To': `agent-${this.agent}`,
      },
    });
    caller.onRefer = plan.refer ?? null;
    caller.media.say(plan.microphone === 'off' ? null : silence);
    countRealCall();
    const id = await engineCallOf(site, this.number);
    await caller.answered;
    if (plan.microphone === undefined) caller.media.say(voice);
    return new PhoneTestCall(this, id, caller, returned, plan.acts);
  }

  /** What the gateway charged for this order: masked numbers of the charges that stand. */
  async charged(): Promise<string[]> {
    const { charges } = await this.parts.site.sandbox<{ charges: { masked: string; state: string }[] }>(
      `/charges?order=${encodeURIComponent(this.order)}`,
    );
    return charges.map(({ masked }) => masked);
  }
}

export class PhoneTestCall {
  private readonly turns = new Map<string, number>();
  private readonly stopListening: () => void;
  private failure: Error | null = null;

  constructor(
    readonly lane: PhoneLane,
    readonly id: string,
    readonly caller: PhoneCall,
    /** The call that reached the agent. */
    readonly returned: Promise<PhoneCall>,
    private readonly acts: Acts,
  ) {
    const { log } = lane.parts.site;
    for (const line of log.lines) this.act(line);
    this.stopListening = log.on((line) => {
      this.act(line);
    });
  }

  get story(): readonly LogLine[] {
    return this.lane.parts.site.log.lines.filter((line) => line.call === this.id);
  }

  /** How the attempts at a field ended, in order. */
  attempts(field: string): string[] {
    return this.story.flatMap((line) =>
      line.event === 'field-closed' && line.field === field ? [String(line.outcome)] : [],
    );
  }

  async awaits(
    event: string,
    matches: (line: LogLine) => boolean = () => true,
    withinMs = STEP_LIMIT_MS,
  ): Promise<LogLine> {
    return this.lane.parts.site.log.waitFor(
      `${event} of ${this.id}`,
      (line) => line.call === this.id && line.event === event && matches(line),
      withinMs,
    );
  }

  /** Waits for the return, lets the caller do something while the agent listens, hangs up, and waits for the end. */
  async toTheEnd(afterReturn: Act = (caller) => caller.media.rest(500)): Promise<void> {
    await this.awaits('returned', (line) => line.outcome === 'answered');
    await afterReturn(this.caller);
    await this.caller.hangUp();
    await this.ends();
  }

  async ends(): Promise<LogLine> {
    const end = await this.awaits('call-ended');
    this.stopListening();
    if (this.failure !== null) throw this.failure;
    return end;
  }

  /** What came to the caller's telephone as sound. */
  get hearing(): Hearing {
    return Hearing.ofPackets(soundsOf(this.caller.media.heard));
  }

  /** What the agent got, of all packets. */
  async overheard(): Promise<Overheard & { readonly infos: number }> {
    const agent = await this.returned;
    return { ...(await overheard(agent.media.heard, toneDecoder())), infos: agent.infos.length };
  }

  private act(line: LogLine): void {
    if (line.call !== this.id || line.event !== 'field-opened') return;
    const field = String(line.field);
    const turn = this.turns.get(field) ?? 0;
    this.turns.set(field, turn + 1);
    this.acts[field]?.[turn]?.(this.caller).catch((error: unknown) => {
      this.failure ??= error as Error;
    });
  }
}
