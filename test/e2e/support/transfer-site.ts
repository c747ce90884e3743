import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseTrunks, renderTrunks } from '../../../src/asterisk/sip-trunks';
import { engineCallOf, followScript, type KeypadScript } from '../../../src/lab/keypad-script';
import type { AgentManner, RobotAgent, RobotCaller } from '../../../src/lab/robots';
import { Site } from '../../../src/lab/site';
import { askConsole, eventually, healthAtRest, type Health } from './nothing-left';
import { countRealCall, Lane, PROJECT, shippedFlow, tersely, TestCall } from './payment-site';

/** Telephones that register at the engine's Asterisk, each for one test. */
const DESKS = ['desk-301', 'desk-302', 'desk-303', 'desk-304'];
const PASSWORD = 'telephones-of-the-test';

/** Returns at once, and says what it read of the transfer's headers. */
const STRAIGHT_BACK = `
flow: straight-back
dids: ['7030']
languages: [en]
session-timeout: 2m
context:
  - headers: { note: User-to-User, agent: Referred-By, diverted: Diversion, dialled: History-Info, return_to: X-Return-To }
start: back
steps:
  back:
    return: "{{ return_to ?? call.transferrer ?? 'support-queue' }}"
    with: { X-Note: '{{ note }}', X-Agent: '{{ agent }}', X-Diverted: '{{ diverted }}', X-Dialled: '{{ dialled }}' }
    ring: 12s
    while: returning-to-agent
    on: { no-answer: another }
  another: { say: trying-another-agent, next: second }
  second: { return: support-queue, ring: 12s, on: { no-answer: nobody } }
  nobody: { say: agent-not-available, end: true }
`;

/** The same, by \`release: refer\`. */
const RELEASED = `
flow: released
dids: ['7020']
languages: [en]
session-timeout: 2m
context:
  - headers: { return_to: X-Return-To }
start: back
steps:
  back: { return: "{{ return_to ?? 'transferrer' }}", release: refer, ring: 12s, while: returning-to-agent, on: { no-answer: another } }
  another: { say: trying-another-agent, next: second }
  second: { return: support-queue, ring: 12s, on: { no-answer: nobody } }
  nobody: { say: agent-not-available, end: true }
`;

/** Connects the caller with the agent whom a header names. */
const FRONT_DESK = `
flow: front-desk
dids: ['7010']
languages: [en]
session-timeout: 2m
context:
  - headers: { desk: X-Desk }
start: connect-them
steps:
  connect-them: { return: '{{ desk }}', ring: 12s, on: { no-answer: nobody } }
  nobody: { say: agent-not-available, end: true }
`;

/** One site for all tests of transfers. The engine's Asterisk has telephones of its own, and connects 63NN with desk-3NN by itself. */
export class TransferSite {
  private readonly started: Promise<Site>;
  private lanes = 0;
  atRest: Health = { calls: 0, vault_slots: 0, timers: 0 };

  constructor() {
    this.started = this.start();
    this.started.catch(() => undefined);
  }

  site(): Promise<Site> {
    return this.started;
  }

  async lane(): Promise<TransferLane> {
    return new TransferLane(await this.started, ++this.lanes);
  }

  async stop(): Promise<void> {
    await (await this.started).stop();
  }

  private async start(): Promise<Site> {
    const site = await Site.start({
      projectDir: PROJECT,
      bringAsterisk: true,
      asteriskFiles: asteriskFiles(),
      flows: {
        'transferred-call.yaml': tersely(shippedFlow()),
        'straight-back.yaml': STRAIGHT_BACK,
        'released.yaml': RELEASED,
        'front-desk.yaml': FRONT_DESK,
      },
      environment: { HUSHTONE_LOG_LEVEL: 'debug' },
    });
    site.world.seat('support', { manner: 'answer', recording: 'support' });
    await site.world.register(DESKS, PASSWORD);
    this.atRest = await healthAtRest(site);
    return site;
  }
}

function asteriskFiles(): Record<string, string> {
  const shipped = (name: string): string => readFileSync(path.join(PROJECT, 'asterisk-config', name), 'utf8');
  const trunks = parseTrunks(shipped('trunks.yaml'), 'trunks.yaml');
  const agents = DESKS.map((id) => ({ id, password_from: 'DESKS' }));
  const ownConnection = '[from-trunk]\nexten => _6XXX,1,Dial(PJSIP/desk-${EXTEN:1},20)\n same => n,Hangup()\n';
  return {
    'pjsip_trunks.conf': renderTrunks({ ...trunks, agents }, () => PASSWORD),
    'extensions.conf': shipped('extensions.conf').replace('[from-trunk]\n', ownConnection),
  };
}

/** A caller who reaches an agent's telephone first. */
export interface Talk {
  readonly caller: RobotCaller;
  readonly telephone: RobotAgent;
}

export class TransferLane extends Lane {
  /** What the PBX knows of the order; where the caller is to go back to, it does not say. */
  headersOfOrder(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.headers()).filter(([name]) => name !== 'X-Return-To'));
  }

  /** Seats the agent whom the caller is to come back to. */
  seat(manner: AgentManner, headers: readonly string[] = []): void {
    this.site.world.seat(this.agent, { manner, headers, recording: `back-${this.index}` });
  }

  /** The caller dials the agent's number at the PBX; caller and agent talk there. */
  async talkAtPbx(headers: Readonly<Record<string, string>> = {}): Promise<Talk> {
    const talk = await this.talk(`tel${this.agent}`, { did: `desk${this.agent}`, at: this.site.world.pbx, headers });
    await this.areConnected((command) => this.site.world.console(command));
    return talk;
  }

  /** The caller dials the engine, which connects them with the telephone of `desk-NNN`. */
  async talkAtDesk(desk: string): Promise<Talk & { readonly call: TestCall }> {
    const talk = await this.talk(seatOf(desk), { did: '7010', headers: { 'X-Desk': desk } });
    const call = new TestCall(this, await engineCallOf(this.site, this.number), talk.caller, () => undefined);
    await call.awaits('returned', ({ outcome }) => outcome === 'answered');
    return { ...talk, call };
  }

  /** The caller dials the engine's Asterisk, whose own dialplan connects them with the telephone of `desk-NNN`. */
  async talkPastTheEngine(desk: string): Promise<Talk> {
    const talk = await this.talk(seatOf(desk), { did: desk.replace('desk-', '6'), headers: {} });
    await this.areConnected((command) => askConsole(this.site, command));
    return talk;
  }

  /** Waits for the call that the engine makes of the transfer. */
  async arrives(caller: RobotCaller, did: string, keys: KeypadScript = {}): Promise<TestCall> {
    const { log } = this.site;
    const matches = (line: { event: string; caller?: unknown; did?: unknown }): boolean =>
      line.event === 'call-started' && line.caller === this.number && line.did === did;
    const { call = '' } = await log.waitFor(`the call of ${this.number} to ${did}`, matches);
    return new TestCall(this, call, caller, followScript(this.site, call, caller, keys));
  }

  /** Asterisk joins the two a moment after both have answered, and until then refuses to transfer anybody. */
  private async areConnected(console: (command: string) => Promise<string>): Promise<void> {
    await eventually(
      `${this.number} and the telephone joined`,
      () => console('core show channels concise'),
      (channels) => channels.split('\n').some((channel) => isDialAndJoined(channel, this.number)),
    );
  }

  private async talk(
    seat: string,
    as: { did: string; at?: string; headers: Readonly<Record<string, string>> },
  ): Promise<Talk> {
    const { world } = this.site;
    world.seat(seat, { manner: 'answer', recording: `${seat}-${this.index}` });
    const caller = await world.dial({ ...as, number: this.number, recording: `caller-${this.index}` });
    countRealCall();
    return { caller, telephone: await world.called(seat, this.number) };
  }
}

function seatOf(desk: string): string {
  return desk.replace('desk-', 'tel');
}

/** Of a line of `core show channels concise`: the caller's channel, in the application Dial, and in a bridge. */
function isDialAndJoined(line: string, number: string): boolean {
  const [, , , , , application, , caller, , , , , bridge = ''] = line.split('!');
  return application === 'Dial' && caller === number && bridge !== '';
}
