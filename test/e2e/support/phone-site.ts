import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../../src/asterisk/free-ports';
import { parseTrunks, renderTrunks } from '../../../src/asterisk/sip-trunks';
import type { LogLine } from '../../../src/lab/engine-log';
import { engineCallOf } from '../../../src/lab/keypad-script';
import type { Impairment, KeyTiming } from '../../../src/lab/phone/media-stream';
import { overheard, type Overheard } from '../../../src/lab/phone/overheard';
import type { DtmfMode, PhoneCall } from '../../../src/lab/phone/phone-call';
import { tlsLine, udpLine } from '../../../src/lab/phone/sip-line';
import { SipPhone } from '../../../src/lab/phone/sip-phone';
import { voice } from '../../../src/lab/phone/sound';
import { Site } from '../../../src/lab/site';
import { selfSignedForLoopback } from '../../support/self-signed';
import { modulesWithInfo, toneDecoder } from './masking-rig';
import { healthOf, type Health } from './nothing-left';
import { countRealCall, EXPIRY } from './payment-site';

const PROJECT = path.resolve(__dirname, '..', '..', '..');
const STEP_LIMIT_MS = 60_000;
/** The address from which the lab's TLS telephone calls, so that Asterisk knows its trunk by it. */
const TLS_CALLER = '127.0.0.2';

interface FlowVariant {
  readonly did: string;
  readonly session?: string;
  /** Settings of the card's field. */
  readonly card?: string;
  /** Says something first. */
  readonly greets?: boolean;
  /** The language that its number speaks. */
  readonly language?: string;
}

/** The card, its details and the OTP, without a word too many. */
const flow = ({ did, session = '5m', card = '', greets = false, language = 'en' }: FlowVariant): string => `
flow: keyed-${did}
dids: { '${did}': ${language} }
languages: [en${language === 'en' ? '' : `, ${language}`}]
session-timeout: ${session}
context:
  - headers: { amount: X-Amount, currency: X-Currency, order_id: X-Order-Id, phone: X-Customer-Phone, return_to: X-Return-To }
require: [amount, currency, order_id]
start: ${greets ? 'hello' : 'card'}
steps:
  ${greets ? 'hello: { say: keypad-is-private, next: card }' : ''}
  card: { collect: card-number, attempts: 3, ${card} on: { collected: expiry, failed: sorry } }
  expiry: { collect: expiration-date, on: { collected: cvv, failed: sorry } }
  cvv: { collect: security-code, on: { collected: send-otp, failed: sorry } }
  send-otp:
    otp: otp-pay
    sms: { connector: sms-dlt, template: otp }
    min: 6
    max: 6
    on: { collected: pay, failed: sorry, error: sorry }
  pay:
    pay: otp-pay
    amount: '{{ amount }}'
    currency: '{{ currency }}'
    reference: '{{ order_id }}'
    on: { approved: back, declined: sorry, unknown: sorry, error: sorry }
  sorry: { say: sorry-not-understood, next: back }
  back:
    return: '{{ return_to }}'
    ring: 20s
    on: { no-answer: bye, busy: second }
  second: { return: agent-999, ring: 5s, on: { no-answer: bye, busy: bye } }
  bye: { say: goodbye, end: true }
`;

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
    const { site, agents, callers, tlsCallers, secrets } = await this.started;
    await Promise.all([agents, callers, tlsCallers].map((phone) => phone.close()));
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
        'keyed.yaml': flow({ did: '7003' }),
        'impatient.yaml': flow({ did: '7004', session: '10s', card: 'timeout: 8s,' }),
        'twice.yaml': flow({ did: '7006', language: 'es', card: 'matching: true, readback: last4,' }),
        'greeting.yaml': flow({ did: '7005', greets: true }),
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
    return { site, agents, callers, tlsCallers, tlsPort, secrets };
  }
}

interface Parts {
  readonly site: Site;
  readonly agents: SipPhone;
  readonly callers: SipPhone;
  readonly tlsCallers: SipPhone;
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
  return renderTrunks(parseTrunks(text, 'trunks.yaml'), () => undefined);
}

export interface PhonePlan {
  readonly acts: Acts;
  readonly dtmf?: DtmfMode;
  /** TLS and SRTP. */
  readonly encrypted?: boolean;
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

  /** Dials; from the answer on the caller talks, and acts whenever a field opens. */
  async dial(plan: PhonePlan): Promise<PhoneTestCall> {
    const { site, agents, callers, tlsCallers, tlsPort } = this.parts;
    const returned = new Promise<PhoneCall>((resolve) => {
      agents.onCall(this.agent, (call) => {
        if (plan.agent === undefined) call.answer();
        else plan.agent(call);
        resolve(call);
      });
    });
    const encrypted = plan.encrypted === true;
    const caller = await (encrypted ? tlsCallers : callers).dial({
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
    countRealCall();
    const id = await engineCallOf(site, this.number);
    await caller.answered;
    caller.media.say(voice);
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

  async awaits(event: string, matches: (line: LogLine) => boolean = () => true): Promise<LogLine> {
    return this.lane.parts.site.log.waitFor(
      `${event} of ${this.id}`,
      (line) => line.call === this.id && line.event === event && matches(line),
      STEP_LIMIT_MS,
    );
  }

  /** Waits for the return, lets the caller do something while the agent listens, hangs up, and waits for the end. */
  async toTheEnd(afterReturn: Act = () => Promise.resolve()): Promise<void> {
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
