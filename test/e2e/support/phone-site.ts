import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freeRtpBlock } from '../../../src/asterisk/free-ports';
import { parseTrunks, renderTrunks } from '../../../src/asterisk/sip-trunks';
import { engineCallOf } from '../../../src/lab/keypad-script';
import type { Impairment, KeyTiming } from '../../../src/lab/phone/media-stream';
import type { DtmfMode, PhoneCall } from '../../../src/lab/phone/phone-call';
import { tlsLine, udpLine } from '../../../src/lab/phone/sip-line';
import { SipPhone } from '../../../src/lab/phone/sip-phone';
import { silence, voice } from '../../../src/lab/phone/sound';
import { Site } from '../../../src/lab/site';
import { selfSignedForLoopback } from '../../support/self-signed';
import { modulesWithInfo } from './masking-rig';
import { healthAtRest, type Health } from './nothing-left';
import { countRealCall, EXPIRY } from './payment-site';
import { PHONE_FLOWS } from './phone-flows';
import { PhoneTestCall, type Act, type Acts } from './phone-test-call';

const PROJECT = path.resolve(__dirname, '..', '..', '..');
/** The address from which the lab's TLS telephone calls, so that Asterisk knows its trunk by it. */
const TLS_CALLER = '127.0.0.2';
/** From here callers come over a trunk that is watched closely: a call without audio ends soon. */
const WATCHED_CALLER = '127.0.0.3';
const WATCHED_S = 8;

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
    // None that the system hands out to whoever asks for any: nobody takes it before Asterisk does.
    const { from: tlsPort } = await freeRtpBlock('127.0.0.1', 2, Math.random);
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
    this.atRest = await healthAtRest(site);
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
  /** The call of this lane, once it is up. */
  call: PhoneTestCall | null = null;

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
    this.call = new PhoneTestCall(this, id, caller, returned, plan.acts);
    return this.call;
  }

  /** What the gateway charged for this order: masked numbers of the charges that stand. */
  async charged(): Promise<string[]> {
    const { charges } = await this.parts.site.sandbox<{ charges: { masked: string; state: string }[] }>(
      `/charges?order=${encodeURIComponent(this.order)}`,
    );
    return charges.map(({ masked }) => masked);
  }
}
